/*
 * release: a provider deferred everybody, and messages may go again, by it or by the channel's
 * other one: what it deferred in that time has no wait of its own any more. In a transaction of its
 * own, after those by which the ends of these tries are written down.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_RELEASE_H
#define NOTIFY_RELEASE_H

#include "db.h"
#include "provider.h"
#include "steady.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one provider. Whoever opens it sets these; all else is zero. */
struct release {
    struct db *db;
    const struct steady *steady;
    const struct provider *provider;
    void (*done_cb)(void *ctx); /* messages are due */
    void *ctx;

    bool wanted, running, more;
    int64_t since_us; /* what it deferred since then, by the monotonic clock; INT64_MIN: ever */
};

/* What the provider deferred since it last took a message is due. */
void release_want(struct release *release);
/* Does what is wanted and was not done, for there was no connection. */
void release_submit(struct release *release);

#endif
