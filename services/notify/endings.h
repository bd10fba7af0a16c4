/*
 * endings: how tries ended, until the database knows it. Each is decided on once: the state of its
 * row, and when it is tried again; then it is written down with those that came back meanwhile.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_ENDINGS_H
#define NOTIFY_ENDINGS_H

#include "counters.h"
#include "db.h"
#include "parcel.h"
#include "reason.h"
#include "retry.h"
#include "steady.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ending;

/* Whoever opens it sets these; all else is zero. */
struct endings {
    struct db *db;
    struct counters *counters;
    const struct retry_policy *retry;
    const struct steady *steady;
    const char *instance; /* holder of the leases */
    /* An alert's deliveries changed; called after the commit. */
    void (*alert_cb)(void *ctx, int district_id, int64_t alert_id);
    /* Some were written down, or could not be. unsent: a message was not sent. */
    void (*written_cb)(void *ctx, bool unsent);
    void *ctx;

    struct ending *first; /* by alert */
    bool noting;          /* a transaction writes down those that are submitted */
};

/* An end as delivery_end takes it. state: of the row; wait_ms: until the next try; -1: none. tried:
 * false for a claim that came to nothing. NULL without memory. */
json_t *ending_json(int district_id, int64_t delivery_id, const char *state, enum reason reason,
                    const char *error, const char *provider_id, int64_t wait_ms, bool tried);
/* Writes a list of ends down in this job, with whatever is to be written beside. */
void endings_write(const struct endings *endings, struct db_job *job, const char *list);
/* Returns a list, which it takes, as a text to free; NULL without memory. */
char *endings_text(json_t *list);
/* Takes a parcel that came back. elsewhere: its channel has another provider. */
void endings_add(struct endings *endings, struct parcel *parcel, bool elsewhere);
/* What this provider of the channel deferred, and is not written down yet, has no wait of its own
 * any more. */
void endings_release(struct endings *endings, const struct channel *channel, enum settings_way way);
/* Writes down what was not, for there was no connection. */
void endings_submit(struct endings *endings);
bool endings_idle(const struct endings *endings);
/* Forgets what was not written down: leases run out. */
void endings_close(struct endings *endings);

#endif
