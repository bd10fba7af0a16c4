#include "aside.h"

#include "clock.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OUTAGE_US (300 * INT64_C(1000000))

struct note {
    const char *kind;
    char why[ASIDE_WHY_SIZE];
};

static void step_cb(struct db_job *job, void *ctx)
{
    const struct note *note = ctx;

    db_exec_text(job, "aside_note", NULL, NULL, 2, note->kind, note->why);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    if (outcome == DB_REFUSED)
        log_error("aside_note", "sqlstate=%s", error->sqlstate);
    free(ctx);
}

void aside_note(struct db *db, const char *kind, const char *why)
{
    struct note *note = calloc(1, sizeof *note);

    if (!note)
        return;
    note->kind = kind;
    snprintf(note->why, sizeof note->why, "%s", why);
    if (db_submit(db, step_cb, done_cb, note) != 0)
        free(note);
}

void aside_job_begin(struct db *db, struct aside_job *job, db_step_cb step, db_done_cb done,
                     void *ctx)
{
    if (job->done_mono == 0)
        job->done_mono = clock_mono_us();
    if (!job->runs)
        job->runs = db_submit(db, step, done, ctx) == 0;
}

void aside_job_passed(struct aside_job *job)
{
    job->runs = false;
}

void aside_job_watch(struct db *notes, struct aside_job *job, int64_t most_us)
{
    int64_t now = clock_mono_us();

    if (job->done_mono == 0)
        return;
    if (!db_is_up(notes)) /* everything stands, and that is seen */
        job->done_mono = now;
    if (now - job->done_mono < most_us)
        return;
    job->done_mono = now;
    log_warn(job->name, "seconds=%" PRId64, most_us / 1000000);
    aside_note(notes, job->name, "not_done");
}

void aside_job_ended(struct db *db, struct aside_job *job, enum db_outcome outcome,
                     const struct db_error *error)
{
    int64_t now = clock_mono_us();

    job->runs = false;
    if (outcome == DB_COMMITTED) {
        job->refused_mono = 0;
        job->done_mono = now;
    }
    if (outcome != DB_REFUSED)
        return;
    log_warn(job->name, "sqlstate=%s", error->sqlstate);
    if (job->refused_mono == 0)
        job->refused_mono = now;
    else if (!db_error_is_outage(error) || now - job->refused_mono > OUTAGE_US)
        aside_note(db, job->name, error->sqlstate);
}
