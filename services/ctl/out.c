#include "out.h"
#include "sql.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Types as in PostgreSQL's pg_type.dat; they never change. */
enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_JSON = 114,
    OID_NUMERIC = 1700,
    OID_JSONB = 3802,
};

enum { INT64_DIGITS = 18 }; /* so many digits always fit */

static json_t *value_json(const PGresult *result, int row, int column)
{
    const char *text = PQgetvalue(result, row, column);

    if (PQgetisnull(result, row, column))
        return json_null();
    switch (PQftype(result, column)) {
    case OID_BOOL:
        return json_boolean(text[0] == 't');
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        return json_integer(strtoll(text, NULL, 10));
    case OID_NUMERIC: /* a sum of counts */
        return strchr(text, '.') == NULL && strlen(text) <= INT64_DIGITS
                   ? json_integer(strtoll(text, NULL, 10))
                   : json_real(strtod(text, NULL));
    case OID_FLOAT4:
    case OID_FLOAT8:
        return json_real(strtod(text, NULL));
    case OID_JSON:
    case OID_JSONB:
        return json_loads(text, JSON_DECODE_ANY, NULL);
    default:
        return json_string(text);
    }
}

json_t *out_rows(const PGresult *result)
{
    json_t *rows = json_array();

    for (int row = 0; row < PQntuples(result); row++) {
        json_t *object = json_object();

        for (int column = 0; column < PQnfields(result); column++)
            json_object_set_new(object, PQfname(result, column), value_json(result, row, column));
        json_array_append_new(rows, object);
    }
    return rows;
}

/* Characters, not octets, so that columns stay straight. */
static int width_of(const char *text)
{
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

enum { WORD_ROOM = 64 };

/* room: for a text of JSON, which stands without its quotation marks; it may be a number too. */
static const char *cell(const PGresult *result, int row, int column, char room[WORD_ROOM])
{
    const char *text = PQgetvalue(result, row, column);

    if (PQgetisnull(result, row, column))
        return "-";
    if (PQftype(result, column) == OID_BOOL)
        return text[0] == 't' ? "yes" : "no";
    if (PQftype(result, column) == OID_JSONB && text[0] == '"' && !strchr(text, '\\')) {
        snprintf(room, WORD_ROOM, "%.*s", (int)strcspn(text + 1, "\""), text + 1);
        return room;
    }
    return text;
}

static void print_cell(FILE *out, const char *text, int width, bool last)
{
    fprintf(out, "%s%*s", text, last ? 0 : width - width_of(text) + 2, "");
}

static bool is_like(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++)
        if (*pattern == '0' ? !isdigit((unsigned char)*text) : *pattern != *text)
            return false;
    return true;
}

void out_note_time(struct ctl *ctl, const char *text)
{
    for (; !ctl->timed && *text; text++)
        ctl->timed = is_like(text, "0000-00-00 00:00");
}

void out_zone(struct ctl *ctl)
{
    if (ctl->timed && !ctl->json)
        fprintf(ctl->out, "Times are in %s.\n", ctl->zone);
}

void out_table(struct ctl *ctl, const PGresult *result, const char *heading)
{
    FILE *out = ctl->out;
    enum { MOST = 32 };
    int columns = PQnfields(result) < MOST ? PQnfields(result) : MOST;
    int width[MOST];
    char room[WORD_ROOM];

    for (int c = 0; c < columns; c++) {
        width[c] = width_of(PQfname(result, c));
        for (int r = 0; r < PQntuples(result); r++) {
            int here = width_of(cell(result, r, c, room));

            width[c] = here > width[c] ? here : width[c];
            out_note_time(ctl, cell(result, r, c, room));
        }
    }
    if (heading)
        fprintf(out, "%s\n", heading);
    for (int r = -1; r < PQntuples(result); r++) {
        fputs(heading ? "  " : "", out);
        for (int c = 0; c < columns; c++)
            print_cell(out, r < 0 ? PQfname(result, c) : cell(result, r, c, room), width[c],
                       c == columns - 1);
        fputc('\n', out);
    }
    if (PQntuples(result) == 0)
        fprintf(out, "%s(none)\n", heading ? "  " : "");
}

/* The text of a member; of a number, in buffer. */
static const char *member_text(const json_t *value, char *buffer, size_t size)
{
    if (!json_is_integer(value))
        return json_is_string(value) ? json_string_value(value) : "-";
    snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return buffer;
}

static int width_of_member(const json_t *lines, const char *key)
{
    int width = width_of(key);
    char buffer[32];
    json_t *line;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        int here = width_of(member_text(json_object_get(line, key), buffer, sizeof buffer));

        width = here > width ? here : width;
    }
    return width;
}

static void print_line(struct ctl *ctl, const json_t *first, const json_t *line, const int *width,
                       int columns)
{
    char buffer[32];
    FILE *out = ctl->out;

    fputs("  ", out);
    for (void *at = json_object_iter((json_t *)first); at && columns > 0; width++, columns--) {
        const char *key = json_object_iter_key(at);
        const char *text =
            line ? member_text(json_object_get(line, key), buffer, sizeof buffer) : key;

        at = json_object_iter_next((json_t *)first, at);
        out_note_time(ctl, text);
        print_cell(out, text, *width, !at);
    }
    fputc('\n', out);
}

void out_lines(struct ctl *ctl, const json_t *lines, const char *heading)
{
    enum { MOST = 16 };
    const json_t *first = json_array_get(lines, 0);
    int width[MOST] = {0}, columns = 0;

    fprintf(ctl->out, "%s\n", heading);
    for (void *at = json_object_iter((json_t *)first); at && columns < MOST;
         at = json_object_iter_next((json_t *)first, at))
        width[columns++] = width_of_member(lines, json_object_iter_key(at));
    if (!first)
        fputs("  (none)\n", ctl->out);
    else
        print_line(ctl, first, NULL, width, columns);
    for (size_t i = 0; i < json_array_size(lines); i++)
        print_line(ctl, first, json_array_get(lines, i), width, columns);
}

int out_list(struct ctl *ctl, const PGresult *result)
{
    if (ctl->json)
        return out_json(ctl, out_rows(result));
    out_table(ctl, result, NULL);
    return 0;
}

int out_query(struct ctl *ctl, const char *statement, bool has_param, const char *param)
{
    PGresult *result = sql_query(ctl, statement, has_param ? 1 : 0, param);
    int err;

    if (!result)
        return ctl->error.code;
    err = out_list(ctl, result);
    PQclear(result);
    return err;
}

int out_json(struct ctl *ctl, json_t *document)
{
    int err = json_dumpf(document, ctl->out, JSON_INDENT(2) | JSON_PRESERVE_ORDER) ? ERR_IO : 0;

    fputc('\n', ctl->out);
    json_decref(document);
    return err;
}

int out_done(struct ctl *ctl, json_t *object, const char *fmt, ...)
{
    va_list list;

    if (ctl->json)
        return out_json(ctl, object ? object : json_object());
    json_decref(object);
    va_start(list, fmt);
    vfprintf(ctl->out, fmt, list);
    va_end(list);
    fputc('\n', ctl->out);
    return 0;
}

static void error_json(struct ctl *ctl)
{
    json_t *error = json_pack("{s:s s:s s:s}", "code", err_name(ctl->error.code), "field",
                              ctl->error.field, "reason", ctl->error.reason);
    json_t *whole = json_pack("{s:o}", "error", error);

    if (ctl->file[0])
        json_object_set_new(error, "file", json_string(ctl->file));
    if (ctl->line)
        json_object_set_new(error, "line", json_integer(ctl->line));
    if (ctl->untold)
        json_object_set_new(error, "more", json_integer(ctl->untold));
    json_dumpf(whole, ctl->errors, JSON_COMPACT | JSON_PRESERVE_ORDER);
    fputc('\n', ctl->errors);
    json_decref(whole);
}

void out_error(struct ctl *ctl)
{
    if (ctl->json) {
        error_json(ctl);
        return;
    }
    if (ctl->untold)
        fprintf(ctl->errors, "liaisonctl: %s: and %ld more\n", ctl->file, ctl->untold);
    fputs("liaisonctl: ", ctl->errors);
    if (ctl->file[0])
        fprintf(ctl->errors, "%s: ", ctl->file);
    if (ctl->line)
        fprintf(ctl->errors, "%s %ld: ", ctl->unit ? ctl->unit : "line", ctl->line);
    if (ctl->error.field[0])
        fprintf(ctl->errors, "%s: ", ctl->error.field);
    fprintf(ctl->errors, "%s\n", ctl->error.reason);
}

void out_row_error(struct ctl *ctl, long line)
{
    if (++ctl->refused > OUT_ROWS_MOST) {
        ctl->untold++;
        return;
    }
    ctl->line = line;
    out_error(ctl);
    ctl->line = 0;
}
