/*
 * outbox: turns what intake left in district.outbox into alerts and deliveries. One transaction
 * takes a batch of rows out, judges each incident by the rules, and writes what is to be said; if
 * it does not commit, the rows are still there. Nothing is sent from here.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_OUTBOX_H
#define NOTIFY_OUTBOX_H

#include "counters.h"
#include "db.h"
#include "settings.h"

struct outbox;

struct outbox_hooks {
    /* An alert changed; called after the commit, once an alert and batch. */
    void (*alert_cb)(void *ctx, int district_id, int64_t alert_id);
    /* A batch was committed: there may be deliveries due. */
    void (*moved_cb)(void *ctx);
    void *ctx;
};

struct outbox *outbox_open(struct db *db, struct counters *counters,
                           const struct settings *settings, const struct outbox_hooks *hooks);
/* Looks at the outbox now, or as soon as the batch that runs has ended. */
void outbox_wake(struct outbox *outbox);
bool outbox_idle(const struct outbox *outbox);
/* Only when idle. */
void outbox_close(struct outbox *outbox);

#endif
