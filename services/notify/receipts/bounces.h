/*
 * bounces: fetches what mail servers send back about our mail, every so often, and has the database
 * move the deliveries that it is about. What the messages said and how far the mailbox was read are
 * committed together; the messages are marked or deleted after that. So a crash at any moment loses
 * no report, and one that is read twice changes nothing twice. Several processes may read one
 * mailbox.
 *
 * On the loop's thread; what waits for the mail server is a thread of its own, so that a server
 * that is slow takes no worker from the messages.
 */
#ifndef NOTIFY_BOUNCES_H
#define NOTIFY_BOUNCES_H

#include "counters.h"
#include "db.h"
#include "settings.h"

struct bounces;

struct bounces_hooks {
    /* The alert's deliveries changed; called after the commit. */
    void (*alert_cb)(void *ctx, int district_id, int64_t alert_id);
    void *ctx;
};

/* settings must stay. Without settings->bounces.url it does nothing. NULL: no memory. */
struct bounces *bounces_open(struct db *db, struct counters *counters,
                             const struct settings *settings, const struct bounces_hooks *hooks);
/* Goes on with what has begun, and begins when it is time. */
void bounces_tick(struct bounces *bounces);
/* Begins nothing more; what waits for the server ends soon. Goes on being ticked until idle. */
void bounces_stop(struct bounces *bounces);
bool bounces_idle(const struct bounces *bounces);
/* Waits for the thread, if there is one. NULL is fine. */
void bounces_close(struct bounces *bounces);

#endif
