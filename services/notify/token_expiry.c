#include "token_expiry.h"

#include "clock.h"
#include "log.h"

#define EVERY_US (3600 * INT64_C(1000000))

static void step_cb(struct db_job *job, void *ctx)
{
    (void)ctx;
    db_exec_text(job, "token_expire", NULL, NULL, 0);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("token_expire", "sqlstate=%s", error->sqlstate);
}

void token_expiry_tick(struct token_expiry *expiry, struct db *db)
{
    if (clock_mono_us() < expiry->due_mono)
        return;
    expiry->due_mono = clock_mono_us() + EVERY_US;
    db_submit(db, step_cb, done_cb, NULL);
}
