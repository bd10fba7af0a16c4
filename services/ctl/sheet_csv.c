/* CSV as in RFC 4180: quoted fields may hold commas, quotes (doubled) and line ends. */
#include "sheet_private.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    const char *at, *end;
    long line;
    char *field; /* the field just read, unquoted */
    size_t size;
};

/* Reads a quoted field behind its opening quote. */
static int read_quoted(struct reader *r, struct error *error)
{
    while (r->at < r->end) {
        char c = *r->at++;

        if (c == '"') {
            if (r->at == r->end || *r->at != '"')
                return 0;
            r->at++;
        }
        if (c == '\n') {
            r->line++;
            c = ' '; /* a line end inside a field counts as a blank */
        } else if (c == '\r') {
            continue;
        }
        r->field[r->size++] = c;
    }
    return error_set(error, ERR_SYNTAX, "", "a quoted field that begins here does not end");
}

/* Blanks before a quotation mark: the field would be split at its commas, and its quotes kept. */
static bool blank_before_quote(const struct reader *r)
{
    const char *c = r->at;

    while (c < r->end && (*c == ' ' || *c == '\t'))
        c++;
    return c > r->at && c < r->end && *c == '"';
}

/* Reads one field into r->field; *last is set when the row ends behind it. */
static int read_field(struct reader *r, bool *last, struct error *error)
{
    r->size = 0;
    if (blank_before_quote(r))
        return error_set(error, ERR_SYNTAX, "", "there is a blank before an opening quote");
    if (r->at < r->end && *r->at == '"') {
        int err;

        r->at++;
        err = read_quoted(r, error);
        if (err)
            return err;
        if (r->at < r->end && !strchr(",\r\n", *r->at))
            return error_set(error, ERR_SYNTAX, "", "there is text behind a closing quote");
    }
    while (r->at < r->end && *r->at != ',' && *r->at != '\n' && *r->at != '\r')
        r->field[r->size++] = *r->at++;
    *last = r->at == r->end || *r->at != ',';
    if (!*last) {
        r->at++;
        return 0;
    }
    if (r->at < r->end && *r->at == '\r')
        r->at++;
    if (r->at < r->end && *r->at == '\n')
        r->at++;
    return 0;
}

/* Refuses a file of a single column whose lines contain the separators of other programs. */
static int check_comma(const struct sheet *sheet, struct error *error)
{
    const char *header = sheet->column[0];
    const char *parted = strchr(header, '\t') ? "tabs" : strchr(header, ';') ? "semicolons" : NULL;

    if (sheet->columns > 1 || !parted)
        return 0;
    return error_set(error, ERR_SYNTAX, "", "the columns are parted by %s; export with commas",
                     parted);
}

/* Adds the column whose name was just read. A name may be missing: programs that write tables put
 * commas behind the last column. */
static int add_column(struct sheet *sheet, const struct reader *r, struct error *error)
{
    const char *name = r->field;
    size_t size = r->size;
    int same;

    while (size && strchr(" \t", name[size - 1]))
        r->field[--size] = '\0';
    name += strspn(name, " \t");
    same = *name ? sheet_column(sheet, name) : -1;
    if (same >= 0)
        return sheet_twice(sheet, (size_t)same, error);
    if (sheet_column_add(sheet, name, 1) < 0)
        return error_set(error, ERR_SIZE, "", "more than %d columns", SHEET_MAX_COLUMNS);
    return 0;
}

static int read_header(struct sheet *sheet, struct reader *r, long *line, struct error *error)
{
    bool last = false;

    *line = 1;
    while (!last) {
        int err = read_field(r, &last, error);

        if (err)
            return err;
        r->field[r->size] = '\0';
        err = add_column(sheet, r, error);
        if (err)
            return err;
    }
    *line = 0;
    return check_comma(sheet, error);
}

static int read_row(struct sheet *sheet, struct reader *r, struct error *error)
{
    struct sheet_row *row = sheet_add(sheet, r->line);
    bool last = false;
    size_t column = 0;

    if (!row)
        return error_set(error, ERR_NOMEM, "", "no memory");
    for (; !last; column++) {
        int err = read_field(r, &last, error);

        if (!err && column >= sheet->columns)
            err = error_set(error, ERR_SYNTAX, "", "more fields than the header has columns");
        if (!err)
            err = sheet_put(sheet, row, column, r->field, r->size, error);
        if (err)
            return err;
    }
    if (!row->filled) { /* an empty line */
        free(row->cell);
        sheet->rows--;
    }
    return 0;
}

int sheet_parse_csv(struct sheet *sheet, const char *text, size_t size, struct error *error,
                    long *line)
{
    struct reader r = {.at = text, .end = text + size, .line = 1};
    int err;

    sheet->unit = "line";
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        r.at += 3;
    if (r.at == r.end)
        return error_set(error, ERR_MISSING, "", "the file is empty: a header line is needed");
    r.field = malloc(size + 1);
    if (!r.field)
        return error_set(error, ERR_NOMEM, "", "no memory");
    err = read_header(sheet, &r, line, error);
    while (!err && r.at < r.end) {
        r.line++;
        *line = r.line;
        err = read_row(sheet, &r, error);
    }
    if (!err)
        *line = 0;
    free(r.field);
    return err;
}
