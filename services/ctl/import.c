#include "import_private.h"
#include "out.h"
#include "sql.h"

#include <string.h>

int import_open(struct import *import, struct ctl *ctl, const struct import_job *job)
{
    const char *needed[CTL_MAX_COLUMNS] = {NULL};
    int err;

    *import = (struct import){.ctl = ctl, .file = job->file, .renamed = job->renamed};
    snprintf(ctl->file, sizeof(ctl->file), "%s", job->path);
    err = sheet_read(&import->sheet, job->path, &ctl->error, &ctl->unit, &ctl->line);
    if (err)
        return err;
    err = import_check_columns(import);
    for (size_t i = 0; job->columns[i]; i++)
        needed[i] = import_name(import, job->columns[i]);
    return err ? err : sheet_need(import->sheet, needed, &ctl->error);
}

static void forget_row(struct import *import)
{
    PQclear(import->stored);
    import->stored = NULL;
    import->statement = NULL;
    import->key[0] = '\0';
}

void import_close(struct import *import)
{
    forget_row(import);
    json_decref(import->ignored);
    json_decref(import->seen);
    json_decref(import->changes);
    sheet_free(import->sheet);
    import->sheet = NULL;
}

/* Whether a row is refused, while the following ones can still be checked. */
static bool is_refused(int err)
{
    return err && err != ERR_DB && err != ERR_NOMEM;
}

static int take_row(struct import *import, size_t row, import_row_fn each, void *owner)
{
    int err = import_check_cells(import, row);

    if (!err)
        err = each(import, row, owner);
    forget_row(import);
    return err;
}

/* Takes a row that is refused once more, and undoes it. Returns what take_row did, or negative with
 * *failed set where the database fails. */
static int take_again(struct import *import, size_t row, import_row_fn each, void *owner,
                      bool *failed)
{
    int found, err = sql_script(import->ctl, "savepoint cell");

    found = err ? err : take_row(import, row, each, owner);
    if (!err)
        err = sql_script(import->ctl, "rollback to savepoint cell; release savepoint cell");
    *failed = err != 0;
    return err ? err : found;
}

/* Reports what else is wrong with a row whose first error was reported: it is taken again without
 * the cells that were named, until nothing new is found. */
static int tell_others(struct import *import, size_t row, import_row_fn each, void *owner)
{
    struct ctl *ctl = import->ctl;
    bool failed = false;
    int err;

    import->told = json_object();
    do {
        if (json_object_size(import->told) > 0)
            out_error(ctl);
        json_object_set_new(import->told, ctl->error.field, json_true());
        sheet_clear(import->sheet, row, ctl->error.field);
        err = take_again(import, row, each, owner, &failed);
    } while (is_refused(err) && !json_object_get(import->told, ctl->error.field));
    json_decref(import->told);
    import->told = NULL;
    return failed ? err : 0;
}

/* A row that is refused: reports all that is wrong with it, or counts it where enough are told. */
static int refuse_row(struct import *import, size_t row, import_row_fn each, void *owner)
{
    struct ctl *ctl = import->ctl;
    long line = sheet_line(import->sheet, row);
    int err = 0;

    out_row_error(ctl, line);
    ctl->line = line;
    if (!ctl->untold)
        err = tell_others(import, row, each, owner);
    if (!err)
        ctl->line = 0;
    return err;
}

int import_rows(struct import *import, import_row_fn each, void *owner)
{
    struct ctl *ctl = import->ctl;

    for (size_t row = 0; row < sheet_rows(import->sheet); row++) {
        int err = take_row(import, row, each, owner);

        if (err && !is_refused(err)) {
            ctl->line = sheet_line(import->sheet, row);
            return err;
        }
        if (err)
            err = refuse_row(import, row, each, owner);
        if (err)
            return err;
    }
    if (ctl->refused)
        return error_set(&ctl->error, ERR_VALUE, "", "%ld of %zu rows refused; nothing was changed",
                         ctl->refused, sheet_rows(import->sheet));
    return 0;
}

/* Adds what an import of a version reports: codes that are gone, and whether the version is new. */
static json_t *add_version(const struct import *import, json_t *counts, char *text, size_t size)
{
    text[0] = '\0';
    if (!import->version)
        return counts;
    snprintf(text, size, ", %ld gone, %ld unmapped; version %ld %s", import->gone, import->unmapped,
             import->version, import->version == import->previous ? "stays" : "is current");
    json_object_set_new(counts, "gone", json_integer(import->gone));
    json_object_set_new(counts, "unmapped", json_integer(import->unmapped));
    json_object_set_new(counts, "version", json_integer(import->version));
    json_object_set_new(counts, "new", json_boolean(import->version != import->previous));
    return counts;
}

/* The audit's detail: the counts, and which columns changed of what. Values are not in it. */
static json_t *detail_of(const struct import *import, json_t *counts)
{
    json_t *detail = json_copy(counts), *columns = json_array();

    for (size_t i = 0; i < sheet_columns(import->sheet); i++) {
        char label[SHEET_LABEL_SIZE];

        sheet_label(import->sheet, i, label);
        json_array_append_new(columns, json_string(label));
    }
    if (import->changes) {
        json_object_set(detail, "columns", columns);
        json_object_set(detail, "changes", import->changes);
    }
    if (import->more_changes)
        json_object_set_new(detail, "more_changes", json_integer(import->more_changes));
    json_decref(columns);
    return detail;
}

static int finish(struct import *import, const struct import_job *job)
{
    struct ctl *ctl = import->ctl;
    char version[96];
    json_t *counts = json_pack("{s:I s:I s:I}", "added", (json_int_t)import->added, "changed",
                               (json_int_t)import->changed, "same", (json_int_t)import->same);
    int err;

    counts = add_version(import, counts, version, sizeof(version));
    if (import->ignored)
        json_object_set(counts, "ignored", import->ignored);
    err = sql_finish(ctl, 0, job->action, job->object, detail_of(import, counts));
    if (!err)
        out_done(ctl, json_incref(counts), "%s: %ld added, %ld changed, %ld as before%s", job->path,
                 import->added, import->changed, import->same, version);
    json_decref(counts);
    return err;
}

int import_run(struct ctl *ctl, const struct import_job *job, void *owner)
{
    struct import import;
    int err = import_open(&import, ctl, job);

    if (!err)
        err = sql_begin(ctl);
    if (!err && job->begin)
        err = job->begin(&import, owner);
    if (!err)
        err = import_rows(&import, job->each, owner);
    if (!err && job->end)
        err = job->end(&import, owner);
    if (!err)
        err = finish(&import, job);
    import_close(&import);
    return err;
}

int import_run_district(struct ctl *ctl, const struct ctl_args *args, const char *const *columns,
                        import_row_fn each, const char *action)
{
    const struct import_job job = {
        .path = args->operand[1],
        .file = file_columns_next(args->command, NULL),
        .columns = columns,
        .each = each,
        .action = action,
        .object = args->operand[0],
    };
    char district[16];
    int err = sql_district(ctl, args->operand[0], district);

    return err ? err : import_run(ctl, &job, district);
}
