#include "alarms.h"

#include "clock.h"
#include "decimal.h"
#include "log.h"

#define EVERY_US (2 * INT64_C(1000000))
#define MOST_US  (60 * INT64_C(1000000))
/* A look is followed by so many times its own length in which there is none. */
#define REST           20
#define HOLES_EVERY_US (3600 * INT64_C(1000000))
#define LATE_US        (90 * INT64_C(1000000)) /* without a look: longer than MOST_US */

/* What is not ok --------------------------------------------------------------------------------*/

static void looked_cb(struct db_job *job, PGresult *result, void *ctx)
{
    (void)job;
    ((struct alarms *)ctx)->looked = !PQgetisnull(result, 0, 0);
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct alarms *alarms = ctx;

    alarms->looked = false;
    db_exec_text(job, "alarm_look", looked_cb, ctx, 1, DECIMAL(alarms->settings->alarm_after_s));
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

    alarms->due_mono = clock_mono_us() + rest_us(alarms);
    log_debug("alarm_looked", "committed=%d", outcome == DB_COMMITTED);
    if (outcome == DB_COMMITTED && !alarms->looked)
        aside_job_passed(&alarms->look);
    else
        aside_job_ended(alarms->db, &alarms->look, outcome, error);
    if (outcome == DB_COMMITTED)
        alarms->looked_cb(alarms->ctx);
}

/* Holes in the roster ---------------------------------------------------------------------------*/

static void holes_step_cb(struct db_job *job, void *ctx)
{
    (void)ctx;
    db_exec_text(job, "alarm_holes", NULL, NULL, 0);
}

static void holes_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct alarms *alarms = ctx;
    bool done = outcome == DB_COMMITTED;

    alarms->holes_mono = clock_mono_us() + (done ? HOLES_EVERY_US : EVERY_US);
    aside_job_ended(alarms->db, &alarms->holes, outcome, error);
    if (done)
        alarms->looked_cb(alarms->ctx);
}

/* The whole -------------------------------------------------------------------------------------*/

void alarms_tick(struct alarms *alarms, struct db *db, struct db *notes)
{
    int64_t now = clock_mono_us();

    alarms->db = db;
    if (alarms->due_mono == 0) /* this process is not known yet */
        alarms->due_mono = alarms->holes_mono = now + EVERY_US;
    if (!alarms->look.runs && now >= alarms->due_mono) {
        alarms->began_mono = now;
        aside_job_begin(db, &alarms->look, step_cb, done_cb, alarms);
    }
    if (now >= alarms->holes_mono)
        aside_job_begin(db, &alarms->holes, holes_step_cb, holes_done_cb, alarms);
    aside_job_watch(notes, &alarms->look, LATE_US);
}
