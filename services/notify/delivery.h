/*
 * delivery: claims what is due, hands it to its provider, and writes down how each try ended. A
 * delivery is leased while it is being sent; the lease of a process that died runs out, and the
 * delivery ends as unknown. A try has four ends:
 *
 *   ok         sent
 *   temporary  queued again, later and later, or when its provider is up; in the end failed or
 * expired permanent  failed unknown    nobody knows whether it arrived; reconciliation decides
 * whether it is repeated
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_DELIVERY_H
#define NOTIFY_DELIVERY_H

#include "counters.h"
#include "db.h"
#include "providers.h"
#include "settings.h"
#include "steady.h"

struct delivery;

struct delivery_hooks {
    /* The alert's deliveries changed; called after the commit. */
    void (*alert_cb)(void *ctx, int district_id, int64_t alert_id);
    /* A message was not sent: its alert is to be looked at. */
    void (*look_cb)(void *ctx);
    /* A provider went down or came up. */
    void (*changed_cb)(void *ctx);
    void *ctx;
    const char *instance; /* this process, as a UUID: holder of the leases */
};

struct delivery *delivery_open(uv_loop_t *loop, struct db *db, struct counters *counters,
                               const struct settings *settings, const struct steady *steady,
                               const struct delivery_hooks *hooks);
/* Valid until delivery_close. */
const struct providers *delivery_providers(const struct delivery *delivery);
/* Looks for what is due, now or as soon as there is room. */
void delivery_wake(struct delivery *delivery);
/* Takes no more; what is on its way is let end. */
void delivery_stop(struct delivery *delivery);
/* Nothing is being sent, claimed or written down. */
bool delivery_idle(const struct delivery *delivery);
/* Only when idle, or when the loop has ended. */
void delivery_close(struct delivery *delivery);

#endif
