/* A row: what is stored of it, the values of its columns, and what it changed. */
#include "import.h"
#include "sql.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHANGES_MOST = 500, OID_BOOL = 16 };

void import_key(struct import *import, const char *key)
{
    snprintf(import->key, sizeof import->key, "%s", key);
}

int import_once(struct import *import, size_t row, const char *column, const char *key)
{
    const char *unit = sheet_unit(import->sheet);
    json_t *line;

    if (!import->seen)
        import->seen = json_object();
    line = json_object_get(import->seen, key);
    if (line && json_integer_value(line) != sheet_line(import->sheet, row))
        return import_error(import, ERR_EXISTS, column, "is in this file already: %s %lld", unit,
                            (long long)json_integer_value(line));
    json_object_set_new(import->seen, key, json_integer(sheet_line(import->sheet, row)));
    import_key(import, key);
    return 0;
}

static PGresult *read_stored(struct import *import)
{
    return sql_query(import->ctl, import->statement, import->params, import->param[0],
                     import->param[1], import->param[2], import->param[3]);
}

int import_find(struct import *import, const char *statement, int count, ...)
{
    va_list list;

    va_start(list, count);
    for (int i = 0; i < count; i++)
        import->param[i] = va_arg(list, const char *);
    va_end(list);
    import->statement = statement;
    import->params = count;
    if (!import->changes)
        import->changes = json_object();
    PQclear(import->stored);
    import->stored = read_stored(import);
    return import->stored ? 0 : import->ctl->error.code;
}

bool import_exists(const struct import *import)
{
    return import->stored && PQntuples(import->stored) > 0;
}

const char *import_stored(const struct import *import, const char *column)
{
    int field = import_exists(import) ? PQfnumber(import->stored, column) : -1;

    if (field < 0 || PQgetisnull(import->stored, 0, field))
        return NULL;
    if (PQftype(import->stored, field) == OID_BOOL)
        return PQgetvalue(import->stored, 0, field)[0] == 't' ? "yes" : "no";
    return PQgetvalue(import->stored, 0, field);
}

bool import_told(const struct import *import, const char *column)
{
    return json_object_get(import->told, import_name(import, column)) != NULL;
}

bool import_given(const struct import *import, size_t row, const char *column)
{
    return sheet_given(import->sheet, row, import_name(import, column));
}

const char *import_text(const struct import *import, size_t row, const char *column)
{
    const char *name = import_name(import, column);

    return sheet_given(import->sheet, row, name) ? sheet_get(import->sheet, row, name)
                                                 : import_stored(import, column);
}

int import_error(struct import *import, enum err code, const char *column, const char *fmt, ...)
{
    char reason[sizeof import->ctl->error.reason];
    va_list list;

    va_start(list, fmt);
    vsnprintf(reason, sizeof reason, fmt, list);
    va_end(list);
    return error_set(&import->ctl->error, code, import_name(import, column), "%s", reason);
}

const char *import_need(struct import *import, size_t row, const char *column)
{
    const char *text = import_text(import, row, column);

    if (!text)
        import_error(import, ERR_MISSING, column, "must be given");
    return text;
}

int import_real(struct import *import, size_t row, const char *column, double low, double high,
                double *out)
{
    const char *text;
    char *end;

    *out = low;
    if (import_told(import, column))
        return 0;
    text = import_need(import, row, column);
    if (!text)
        return import->ctl->error.code;
    *out = strtod(text, &end);
    if (*end || !isfinite(*out) || *out < low || *out > high)
        return import_error(import, ERR_RANGE, column, "must be a number from %g to %g", low, high);
    return 0;
}

int import_int(struct import *import, size_t row, const char *column, long low, long high,
               long fallback, long *out)
{
    const char *text = import_text(import, row, column);
    char *end;

    *out = fallback;
    if (!text)
        return 0;
    *out = strtol(text, &end, 10);
    if (*end || *out < low || *out > high)
        return import_error(import, ERR_RANGE, column, "must be a whole number from %ld to %ld",
                            low, high);
    return 0;
}

int import_day(struct import *import, size_t row, const char *column, const char **out)
{
    *out = import_text(import, row, column);
    return *out ? cli_check_day(*out, import_name(import, column), &import->ctl->error) : 0;
}

int import_clock(struct import *import, size_t row, const char *column, const char **out)
{
    *out = import_text(import, row, column);
    return *out ? cli_check_clock(*out, import_name(import, column), &import->ctl->error) : 0;
}

int import_quiet(struct import *import, size_t row, const char **from, const char **to)
{
    const char *missing = NULL;
    int err = import_clock(import, row, "quiet_from", from);

    if (!err)
        err = import_clock(import, row, "quiet_to", to);
    if (!err && !*from != !*to)
        missing = *from ? "quiet_to" : "quiet_from";
    if (missing)
        return import_error(import, ERR_MISSING, missing, "%squiet hours have a begin and an end",
                            import_given(import, row, missing) ? "" : "must be a column too: ");
    if (!err && *from && strcmp(*from, *to) == 0)
        err = import_error(import, ERR_RANGE, "quiet_to", "must differ from quiet_from");
    return err;
}

int import_word(struct import *import, size_t row, const char *column, const char *const *words,
                const char *fallback, const char **out)
{
    const char *text = import_text(import, row, column);
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
    return import_error(import, ERR_VALUE, column, "must be one of %s", all);
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

/* Whether a field differs between two results, of which either may have no row. */
static bool differs(const PGresult *one, const PGresult *other, int field)
{
    bool none = PQntuples(one) == 0 || PQgetisnull(one, 0, field);
    bool none_other = PQntuples(other) == 0 || PQgetisnull(other, 0, field);

    if (none || none_other)
        return none != none_other;
    return strcmp(PQgetvalue(one, 0, field), PQgetvalue(other, 0, field)) != 0;
}

/* The columns of the file that the row changed, as an array; NULL: the statement failed. */
static json_t *changed_columns(struct import *import)
{
    PGresult *now = read_stored(import);
    json_t *names = now ? json_array() : NULL;

    for (const struct ctl_column *c = import->file->column; names && c->name; c++) {
        int field = PQfnumber(now, c->name);

        if (field >= 0 && differs(import->stored, now, field))
            json_array_append_new(names, json_string(c->name));
    }
    PQclear(now);
    return names;
}

/* Keeps for the audit what a row that existed has changed. Whether it changed something, or
 * negative. */
static int note_changes(struct import *import)
{
    json_t *names = changed_columns(import);
    int changed = names ? json_array_size(names) > 0 : import->ctl->error.code;

    if (changed > 0 && json_object_size(import->changes) >= CHANGES_MOST)
        import->more_changes++;
    else if (changed > 0)
        json_object_set(import->changes, import->key, names);
    json_decref(names);
    return changed;
}

int import_count(struct import *import, PGresult *result)
{
    int changed;

    if (!result)
        return import->ctl->error.code;
    changed = import_exists(import) ? note_changes(import) : 0;
    if (changed < 0) {
        PQclear(result);
        return changed;
    }
    if (PQntuples(result) == 0 && !changed)
        import->same++;
    else if (PQntuples(result) > 0 && PQgetvalue(result, 0, 0)[0] == 't')
        import->added++;
    else
        import->changed++;
    PQclear(result);
    return 0;
}
