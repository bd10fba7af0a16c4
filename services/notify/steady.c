#include "steady.h"

#include "clock.h"
#include "decimal.h"
#include "log.h"

#include <stdlib.h>

int64_t steady_now_us(const struct steady *steady)
{
    return steady->base_us ? steady->base_us + clock_mono_us() - steady->mono_us : 0;
}

/* Another process may be ahead of this one; nobody goes back. */
static void ticked_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct steady *steady = ctx;
    int64_t now_us = strtoll(PQgetvalue(result, 0, 0), NULL, 10);

    (void)job;
    if (now_us < steady_now_us(steady))
        return;
    steady->base_us = now_us;
    steady->mono_us = clock_mono_us();
}

static void step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "steady_tick", ticked_cb, ctx, 1, DECIMAL(steady_now_us(ctx)));
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct steady *steady = ctx;
    void (*known_cb)(void *) = steady->known_cb;

    if (outcome == DB_REFUSED)
        log_warn("steady_tick", "sqlstate=%s", error->sqlstate);
    if (!steady->base_us || !known_cb)
        return;
    steady->known_cb = NULL;
    known_cb(steady->ctx);
}

void steady_tick(struct steady *steady, struct db *db)
{
    db_submit(db, step_cb, done_cb, steady);
}
