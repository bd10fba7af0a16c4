#include "import.h"
#include "out.h"
#include "sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int open_file(struct import *import, struct ctl *ctl, const char *path,
                     const char *const *columns)
{
    int err;

    memset(import, 0, sizeof(*import));
    import->ctl = ctl;
    snprintf(ctl->file, sizeof(ctl->file), "%s", path);
    err = sheet_read(&import->sheet, path, &ctl->error, &ctl->line);
    if (!err)
        err = sheet_need(import->sheet, columns, &ctl->error);
    if (!err) {
        ctl->unit = sheet_unit(import->sheet);
        err = sql_begin(ctl);
    }
    return err;
}

static int take_rows(struct import *import, import_row_fn each, void *owner)
{
    struct ctl *ctl = import->ctl;

    for (size_t row = 0; row < sheet_rows(import->sheet); row++) {
        int err = each(import, row, owner);

        if (err == ERR_DB || err == ERR_NOMEM) {
            ctl->line = sheet_line(import->sheet, row);
            return err;
        }
        if (err)
            out_row_error(ctl, sheet_line(import->sheet, row));
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

static int finish(struct import *import, const struct import_job *job)
{
    struct ctl *ctl = import->ctl;
    char version[96];
    json_t *counts = json_pack("{s:I s:I s:I}", "added", (json_int_t)import->added, "changed",
                               (json_int_t)import->changed, "same", (json_int_t)import->same);
    int err;

    counts = add_version(import, counts, version, sizeof(version));
    err = sql_finish(ctl, 0, job->action, job->object, json_incref(counts));
    if (!err)
        out_done(ctl, json_incref(counts), "%s: %ld added, %ld changed, %ld as before%s", job->path,
                 import->added, import->changed, import->same, version);
    json_decref(counts);
    return err;
}

int import_run(struct ctl *ctl, const struct import_job *job, void *owner)
{
    struct import import;
    int err = open_file(&import, ctl, job->path, job->columns);

    if (!err && job->begin)
        err = job->begin(&import, owner);
    if (!err)
        err = take_rows(&import, job->each, owner);
    if (!err && job->end)
        err = job->end(&import, owner);
    if (!err)
        err = finish(&import, job);
    sheet_free(import.sheet);
    return err;
}

int import_run_district(struct ctl *ctl, const struct ctl_args *args, const char *const *columns,
                        import_row_fn each, const char *action)
{
    const struct import_job job = {
        .path = args->operand[1],
        .columns = columns,
        .each = each,
        .action = action,
        .object = args->operand[0],
    };
    char district[16];
    int err = sql_district(ctl, args->operand[0], district);

    return err ? err : import_run(ctl, &job, district);
}

const char *import_need(struct import *import, size_t row, const char *column)
{
    const char *text = sheet_get(import->sheet, row, column);

    if (!text)
        error_set(&import->ctl->error, ERR_MISSING, column, "must be given");
    return text;
}

int import_real(struct import *import, size_t row, const char *column, double low, double high,
                double *out)
{
    const char *text = import_need(import, row, column);
    char *end;

    if (!text)
        return import->ctl->error.code;
    *out = strtod(text, &end);
    if (*end || !isfinite(*out) || *out < low || *out > high)
        return error_set(&import->ctl->error, ERR_RANGE, column, "must be a number from %g to %g",
                         low, high);
    return 0;
}

int import_int(struct import *import, size_t row, const char *column, long low, long high,
               long fallback, long *out)
{
    const char *text = sheet_get(import->sheet, row, column);
    char *end;

    *out = fallback;
    if (!text)
        return 0;
    *out = strtol(text, &end, 10);
    if (*end || *out < low || *out > high)
        return error_set(&import->ctl->error, ERR_RANGE, column,
                         "must be a whole number from %ld to %ld", low, high);
    return 0;
}

int import_day(struct import *import, size_t row, const char *column, const char **out)
{
    *out = sheet_get(import->sheet, row, column);
    return *out ? cli_check_day(*out, column, &import->ctl->error) : 0;
}

int import_quiet(struct import *import, size_t row, const char **from, const char **to)
{
    struct error *error = &import->ctl->error;
    int err = 0;

    *from = sheet_get(import->sheet, row, "quiet_from");
    *to = sheet_get(import->sheet, row, "quiet_to");
    if (sheet_has(import->sheet, "quiet_from") != sheet_has(import->sheet, "quiet_to"))
        return error_set(error, ERR_MISSING,
                         sheet_has(import->sheet, "quiet_to") ? "quiet_from" : "quiet_to",
                         "must be a column too: quiet hours have a begin and an end");
    if (!*from != !*to)
        return error_set(error, ERR_MISSING, *from ? "quiet_to" : "quiet_from",
                         "quiet hours have a begin and an end");
    if (*from)
        err = cli_check_clock(*from, "quiet_from", error);
    if (!err && *to)
        err = cli_check_clock(*to, "quiet_to", error);
    if (!err && *from && strcmp(*from, *to) == 0)
        err = error_set(error, ERR_RANGE, "quiet_to", "must differ from quiet_from");
    return err;
}

int import_word(struct import *import, size_t row, const char *column, const char *const *words,
                const char *fallback, const char **out)
{
    const char *text = sheet_get(import->sheet, row, column);
    char all[120] = "";

    *out = fallback;
    if (!text)
        return 0;
    for (size_t i = 0; words[i]; i++) {
        if (strcasecmp(words[i], text) == 0) {
            *out = words[i];
            return 0;
        }
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", words[i]);
    }
    return error_set(&import->ctl->error, ERR_VALUE, column, "must be one of %s", all);
}

int import_flag(struct import *import, size_t row, const char *column, bool fallback,
                const char **out)
{
    static const char *const words[] = {"yes", "true", "1", "no", "false", "0", NULL};
    const char *word;
    int err = import_word(import, row, column, words, fallback ? "yes" : "no", &word);

    *out = strchr("yt1", word ? word[0] : 'n') ? "true" : "false";
    return err;
}

int import_count(struct import *import, PGresult *result)
{
    if (!result)
        return import->ctl->error.code;
    if (PQntuples(result) == 0)
        import->same++;
    else if (PQgetvalue(result, 0, 0)[0] == 't')
        import->added++;
    else
        import->changed++;
    PQclear(result);
    return 0;
}
