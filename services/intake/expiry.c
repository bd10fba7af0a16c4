#include "expiry.h"

#include "clock.h"
#include "decimal.h"
#include "log.h"

#include <stdlib.h>

/* ---- The end of the holding window, and of the wait for an outcome's incident ---- */

static void outcomes_expired_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct expiry *expiry = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        counters_add(expiry->counters, "outcomes_expired", PQgetvalue(result, r, 0),
                     atol(PQgetvalue(result, r, 1)));
}

static void purge_step_cb(struct db_job *job, void *ctx)
{
    struct expiry *expiry = ctx;

    db_exec_text(job, "purge", NULL, NULL, 1, DECIMAL(expiry->options->window_h));
    db_exec_text(job, "expire_outcomes", outcomes_expired_cb, expiry, 1,
                 DECIMAL(expiry->options->outcome_days));
}

static void purge_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct expiry *expiry = ctx;

    expiry->purging = false;
    if (outcome == DB_REFUSED)
        log_warn("purge_refused", "sqlstate=%s", error->sqlstate);
}

static void purge(struct expiry *expiry)
{
    int64_t now = clock_mono_us();

    if (expiry->purging || now - expiry->purged_mono < expiry->options->purge_s * 1000000LL)
        return;
    expiry->purged_mono = now;
    expiry->purging = db_submit(expiry->db, purge_step_cb, purge_done_cb, expiry) == 0;
}

/* ---- Work that commits left for later, and the end of the time to answer a question ---- */

static void moved_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct expiry *expiry = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        bus_publish(expiry->bus, "change", atoi(PQgetvalue(result, r, 0)),
                    strtoll(PQgetvalue(result, r, 1), NULL, 10));
}

static void expire_step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "catch_up", moved_cb, ctx, 0);
    db_exec_text(job, "expire_reviews", moved_cb, ctx, 0);
}

static void expire_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct expiry *expiry = ctx;

    expiry->expiring = false;
    if (outcome == DB_REFUSED)
        log_warn("expire_refused", "sqlstate=%s", error->sqlstate);
}

static void expire(struct expiry *expiry)
{
    if (!expiry->expiring && db_is_up(expiry->db))
        expiry->expiring = db_submit(expiry->db, expire_step_cb, expire_done_cb, expiry) == 0;
}

void expiry_tick(struct expiry *expiry)
{
    purge(expiry);
    expire(expiry);
}
