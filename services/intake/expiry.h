/*
 * expiry: deadlines that pass, each handled in a separate database job: the holding window of calls
 * that concern no school and the wait of outcomes for their incident (every purge_s seconds), and
 * the time in which a person may decide where a call is (at each tick). All calls on the loop's
 * thread.
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

/* Call once a second. The caller owns the members, and must have set them. */
void expiry_tick(struct expiry *expiry);

#endif
