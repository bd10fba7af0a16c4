#include "alarms.h"

#include "clock.h"
#include "decimal.h"
#include "log.h"

#define EVERY_US (2 * INT64_C(1000000))
#define MOST_US  (60 * INT64_C(1000000))
/* A look is followed by so many times its own length in which there is none. */
#define REST           20
#define HOLES_EVERY_US (3600 * INT64_C(1000000))

static void step_cb(struct db_job *job, void *ctx)
{
    struct alarms *alarms = ctx;

    db_exec_text(job, "alarm_look", NULL, NULL, 1, DECIMAL(alarms->settings->alarm_after_s));
    if (clock_mono_us() < alarms->holes_mono)
        return;
    alarms->holes_mono = clock_mono_us() + HOLES_EVERY_US;
    db_exec_text(job, "alarm_holes", NULL, NULL, 0);
}

/* How long there is no look after one that has just ended. */
static int64_t rest_us(const struct alarms *alarms)
{
    int64_t rest = (clock_mono_us() - alarms->began_mono) * REST;

    return rest < EVERY_US ? EVERY_US : rest > MOST_US ? MOST_US : rest;
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct alarms *alarms = ctx;

    alarms->looking = false;
    alarms->due_mono = clock_mono_us() + rest_us(alarms);
    log_debug("alarm_looked", "committed=%d", outcome == DB_COMMITTED);
    if (outcome == DB_COMMITTED) {
        alarms->looked_cb(alarms->ctx);
        return;
    }
    alarms->holes_mono = 0; /* nothing was written */
    if (outcome == DB_REFUSED)
        log_warn("alarm_look", "sqlstate=%s", error->sqlstate);
}

void alarms_tick(struct alarms *alarms, struct db *db)
{
    if (alarms->due_mono == 0) /* this process is not known yet */
        alarms->due_mono = clock_mono_us() + EVERY_US;
    if (alarms->looking || clock_mono_us() < alarms->due_mono)
        return;
    alarms->began_mono = clock_mono_us();
    alarms->looking = db_submit(db, step_cb, done_cb, alarms) == 0;
}
