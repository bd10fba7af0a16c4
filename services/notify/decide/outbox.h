/*
 * outbox: turns the work that waits for one kind of subject into alerts and deliveries. One
 * transaction takes a batch of rows out, has the kind decide on each subject, and carries its plans
 * out; if it does not commit, the rows are still there. Nothing is sent from here. It knows no
 * kind: what differs stands in struct subject_kind (subject.h).
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_OUTBOX_H
#define NOTIFY_OUTBOX_H

#include "counters.h"
#include "db.h"
#include "settings.h"
#include "steady.h"

struct outbox;
struct subject_kind;

struct outbox_hooks {
    /* An alert changed; called after the commit, once an alert and batch. */
    void (*alert_cb)(void *ctx, int district_id, int64_t alert_id);
    /* A batch was committed: there may be deliveries due. */
    void (*moved_cb)(void *ctx);
    void *ctx;
};

struct outbox *outbox_open(const struct subject_kind *kind, struct db *db,
                           struct counters *counters, const struct settings *settings,
                           const struct steady *steady, const struct outbox_hooks *hooks);
/* Has the large statements planned before they are needed. Inside a step of a job. */
void outbox_warm(struct outbox *outbox, struct db_job *job);
/* Looks at the outbox now, or as soon as the batch that runs has ended. */
void outbox_wake(struct outbox *outbox);
bool outbox_idle(const struct outbox *outbox);
/* Only when idle. */
void outbox_close(struct outbox *outbox);

#endif
