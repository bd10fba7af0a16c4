/*
 * alarms: has PostgreSQL look every two seconds at what is not ok (notify.look_for_alarms), or less
 * often if that takes long, and every hour for holes in the roster, in a transaction of their own.
 * What it notes becomes messages as any subject does (subject_alarm.h).
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_ALARMS_H
#define NOTIFY_ALARMS_H

#include "aside.h"
#include "db.h"
#include "settings.h"

#include <stdbool.h>
#include <stdint.h>

/* All zero but for settings, the jobs' names and the hook: it looks from the third second on. */
struct alarms {
    const struct settings *settings;
    struct db *db;
    struct aside_job look, holes;
    int64_t due_mono, holes_mono, began_mono;
    bool looked; /* the look that runs is done by this process, and by no other */
    /* It was looked: there may be alarms to be told. */
    void (*looked_cb)(void *ctx);
    void *ctx;
};

/* notes: another session than db, for alarms that are not looked for. */
void alarms_tick(struct alarms *alarms, struct db *db, struct db *notes);

#endif
