/*
 * expiry: what ends by time, each in a job of its own on the database: the holding window of calls
 * that concern no school and the wait of outcomes (every purge_s seconds), and the time in which a
 * person may say where a call is (at each tick). On the loop's thread.
 */
#ifndef INTAKE_EXPIRY_H
#define INTAKE_EXPIRY_H

#include "bus.h"
#include "counters.h"
#include "db.h"
#include "intake_options.h"

extern const struct db_statement expiry_statements[];
extern const size_t expiry_statement_count;

struct expiry {
    struct db *db;
    struct bus *bus;
    struct counters *counters;
    const struct intake_options *options;
    int64_t purged_mono;
    bool purging, expiring; /* a job runs */
};

/* Once a second. The parts are the caller's, and must be there. */
void expiry_tick(struct expiry *expiry);

#endif
