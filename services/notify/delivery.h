/*
 * delivery: takes what is due, hands it to its provider, and writes down how each try ended. A
 * delivery is leased while it is being sent; whoever dies with it loses the lease, and another
 * instance takes over. A try has four ends:
 *
 *   ok         sent
 *   temporary  queued again, later and later, until it is too late: failed
 *   permanent  failed; if nobody of the wave can be reached, the next wave hears at once
 *   unknown    as temporary where the channel can repeat a message; else it waits, and goes once
 *              more at most
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_DELIVERY_H
#define NOTIFY_DELIVERY_H

#include "counters.h"
#include "db.h"
#include "settings.h"

struct delivery;

struct delivery_hooks {
    /* The alert's deliveries changed; called after the commit. */
    void (*alert_cb)(void *ctx, int district_id, int64_t alert_id);
    void *ctx;
};

struct delivery *delivery_open(uv_loop_t *loop, struct db *db, struct counters *counters,
                               const struct settings *settings, const struct delivery_hooks *hooks);
/* Looks for what is due, now or as soon as there is room. */
void delivery_wake(struct delivery *delivery);
/* Takes no more; what is on its way is let end. */
void delivery_stop(struct delivery *delivery);
/* Nothing is being sent, claimed or written down. */
bool delivery_idle(const struct delivery *delivery);
/* Only when idle, or when the loop has ended. */
void delivery_close(struct delivery *delivery);

#endif
