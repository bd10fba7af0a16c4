/*
 * retention: deletes what has ended, once an hour: links in messages, and alarms and drills that
 * are older than settings say, with all that belongs to them. On the loop's thread.
 */
#ifndef NOTIFY_RETENTION_H
#define NOTIFY_RETENTION_H

#include "aside.h"
#include "db.h"

#include <stdint.h>

/* All else but the job's name is zero at the start: the first tick deletes. */
struct retention {
    int keep_days; /* alarms that are over, and drills */
    struct db *db;
    struct aside_job forget;
    int64_t due_mono;
};

void retention_tick(struct retention *retention, struct db *db);

#endif
