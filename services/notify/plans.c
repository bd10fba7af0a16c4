#include "plans.h"

#include "clock.h"
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>

#define EVERY_US INT64_C(1000000)

enum {
    GROWTH = 8,         /* so many times as large: plans are made anew */
    LEAST = 512 * 1024, /* octets: any plan will do for less */
};

static void grown_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct plans *plans = ctx;
    int64_t octets = strtoll(PQgetvalue(result, 0, 0), NULL, 10);

    plans->grown = plans->made && octets > LEAST && octets > plans->planned * GROWTH;
    if (plans->grown)
        db_exec_text(job, "plans_discard", NULL, NULL, 0);
    if (plans->grown || !plans->made)
        plans->planned = octets;
    plans->made = true;
}

static void step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "growing_octets", grown_cb, ctx, 0);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct plans *plans = ctx;

    if (outcome == DB_REFUSED)
        log_warn("growing_octets", "sqlstate=%s", error->sqlstate);
    if (outcome != DB_COMMITTED || !plans->grown)
        return;
    plans->grown = false;
    log_info("plans_discarded", "octets=%" PRId64, plans->planned);
    plans->discarded_cb(plans->ctx);
}

void plans_none(struct plans *plans)
{
    plans->made = false;
    plans->due_mono = 0;
}

void plans_tick(struct plans *plans, struct db *db)
{
    if (clock_mono_us() < plans->due_mono)
        return;
    plans->due_mono = clock_mono_us() + EVERY_US;
    db_submit(db, step_cb, done_cb, plans);
}
