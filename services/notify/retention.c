#include "retention.h"

#include "clock.h"
#include "decimal.h"

#include <stdlib.h>

#define EVERY_US (3600 * INT64_C(1000000))

enum { FORGET_MOST = 200 };

/* If there may be more, the next tick goes on. */
static void forgotten_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct retention *retention = ctx;

    (void)job;
    if (atoi(PQgetvalue(result, 0, 0)) >= FORGET_MOST)
        retention->due_mono = 0;
}

static void forget_step_cb(struct db_job *job, void *ctx)
{
    const struct retention *retention = ctx;

    db_exec_text(job, "watch_forget", forgotten_cb, ctx, 2, DECIMAL(retention->keep_days),
                 DECIMAL(FORGET_MOST));
}

static void forget_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct retention *retention = ctx;

    aside_job_ended(retention->db, &retention->forget, outcome, error);
}

void retention_tick(struct retention *retention, struct db *db)
{
    if (clock_mono_us() < retention->due_mono)
        return;
    if (db_run(db, "token_expire") != 0)
        return; /* there is no connection yet */
    retention->due_mono = clock_mono_us() + EVERY_US;
    retention->db = db;
    aside_job_begin(db, &retention->forget, forget_step_cb, forget_done_cb, retention);
}
