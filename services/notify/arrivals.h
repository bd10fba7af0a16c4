/*
 * arrivals: asks the database every few seconds which providers lose too many messages, as their
 * receipts say (notify.not_arriving), and tells the providers. Another provider of the channel
 * carries the messages then (route.h); without one nothing is asked.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_ARRIVALS_H
#define NOTIFY_ARRIVALS_H

#include "aside.h"
#include "db.h"
#include "providers.h"

#include <stdint.h>

/* But for providers and the job's name all zero at the start. */
struct arrivals {
    const struct providers *providers;
    struct db *db;
    struct aside_job job;
    int64_t due_mono;
};

void arrivals_tick(struct arrivals *arrivals, struct db *db);

#endif
