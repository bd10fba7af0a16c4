/*
 * steady: a time that goes on evenly when the clock of this machine or of the database is set. What
 * is due, leased or escalated stands in steady time. The database keeps it (notify.clock), and all
 * processes move it on by their monotonic clocks. While no process runs, it follows PostgreSQL's
 * clock.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_STEADY_H
#define NOTIFY_STEADY_H

#include "db.h"

#include <stdint.h>

/* All zero at the start. */
struct steady {
    int64_t base_us; /* steady time at mono_us; 0: not known yet */
    int64_t mono_us;
    void (*known_cb)(void *ctx); /* called once, when the time is known; may be NULL */
    void *ctx;
};

/* Microseconds since 1970, about as the wall clock had them when notify was first started; 0: not
 * known yet. */
int64_t steady_now_us(const struct steady *steady);
/* Compares it with the database. Once a second, and when a connection is made. */
void steady_tick(struct steady *steady, struct db *db);

#endif
