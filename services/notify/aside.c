#include "aside.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>

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
