#include "sheet_private.h"
#include "utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char sheet_empty[1] = "";

int sheet_column(const struct sheet *sheet, const char *name)
{
    for (size_t i = 0; i < sheet->columns; i++)
        if (strcasecmp(sheet->column[i], name) == 0)
            return (int)i;
    return -1;
}

int sheet_column_add(struct sheet *sheet, const char *name, long line)
{
    if (sheet->columns == SHEET_MAX_COLUMNS)
        return -1;
    sheet->column[sheet->columns] = strdup(name);
    sheet->column_line[sheet->columns] = line;
    return sheet->column[sheet->columns] ? (int)sheet->columns++ : -1;
}

struct sheet_row *sheet_add(struct sheet *sheet, long line)
{
    struct sheet_row *row;

    if (sheet->rows == sheet->room) {
        size_t room = sheet->room ? sheet->room * 2 : 64;
        struct sheet_row *more = realloc(sheet->row, room * sizeof(*more));

        if (!more)
            return NULL;
        sheet->row = more;
        sheet->room = room;
    }
    row = &sheet->row[sheet->rows++];
    *row = (struct sheet_row){.line = line};
    return row;
}

void sheet_label(const struct sheet *sheet, size_t column, char label[SHEET_LABEL_SIZE])
{
    enum { NAME_MOST = 40 };
    const char *name = sheet->column[column];

    if (utf8_is_blank(name, strlen(name)) || strlen(name) > NAME_MOST ||
        utf8_text_defect(name, strlen(name)))
        snprintf(label, SHEET_LABEL_SIZE, "column %zu", column + 1);
    else
        snprintf(label, SHEET_LABEL_SIZE, "%s", name);
}

static int column_error(const struct sheet *sheet, size_t column, enum err code, const char *defect,
                        struct error *error)
{
    char label[SHEET_LABEL_SIZE];

    sheet_label(sheet, column, label);
    return error_set(error, code, label, "%s", defect);
}

int sheet_twice(const struct sheet *sheet, size_t column, struct error *error)
{
    return column_error(sheet, column, ERR_EXISTS, "is there twice", error);
}

/* Makes room for a cell of each column that is known so far. */
static int widen(const struct sheet *sheet, struct sheet_row *row)
{
    char **more = realloc(row->cell, sheet->columns * sizeof(*more));

    if (!more)
        return ERR_NOMEM;
    memset(more + row->cells, 0, (sheet->columns - row->cells) * sizeof(*more));
    row->cell = more;
    row->cells = sheet->columns;
    return 0;
}

int sheet_put(struct sheet *sheet, struct sheet_row *row, size_t column, const char *text,
              size_t size, struct error *error)
{
    const char *defect;

    while (size && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        size--;
    }
    while (size && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    if (column >= row->cells && widen(sheet, row) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    defect = utf8_text_defect(text, size);
    if (defect)
        return column_error(sheet, column, ERR_UTF8, defect, error);
    if (utf8_is_blank(text, size)) {
        row->cell[column] = sheet_empty;
        return 0;
    }
    if (!sheet->column[column][0])
        return column_error(sheet, column, ERR_SYNTAX,
                            "has a value, and the header has no name for it", error);
    row->cell[column] = strndup(text, size);
    row->filled = true;
    return row->cell[column] ? 0 : error_set(error, ERR_NOMEM, "", "no memory");
}

/* Refuses encodings of spreadsheets that cannot be read. */
static int check_encoding(const char *text, size_t size, struct error *error)
{
    if (size >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return error_set(error, ERR_UTF8, "", "is UTF-16; export it as UTF-8");
    if (size && memchr(text, '\0', size))
        return error_set(error, ERR_UTF8, "",
                         "holds NUL octets: it is no text, or UTF-16; export it as UTF-8");
    return 0;
}

static int parse(struct sheet **sheet, const char *text, size_t size, struct error *error,
                 const char **unit, long *line)
{
    struct sheet *new;
    size_t at = 0;
    int err;

    *sheet = NULL;
    *unit = "line";
    *line = 0;
    err = check_encoding(text, size, error);
    if (err)
        return err;
    new = calloc(1, sizeof(*new));
    if (!new)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        at = 3;
    while (at < size && strchr(" \t\r\n", text[at]) && text[at])
        at++;
    if (at < size && (text[at] == '[' || text[at] == '{'))
        err = sheet_parse_json(new, text + at, size - at, error, line);
    else if (size - at > 15 && strncasecmp(text + at, "BEGIN:VCALENDAR", 15) == 0)
        err = sheet_parse_ical(new, text + at, size - at, error);
    else
        err = sheet_parse_csv(new, text, size, error, line);
    *unit = new->unit;
    if (err) {
        sheet_free(new);
        return err;
    }
    *sheet = new;
    return 0;
}

int sheet_parse(struct sheet **sheet, const char *text, size_t size, struct error *error,
                long *line)
{
    const char *unit;

    return parse(sheet, text, size, error, &unit, line);
}

static int slurp(FILE *in, char **text, size_t *size, struct error *error)
{
    size_t room = 0, have = 0;
    char *all = NULL;

    for (;;) {
        size_t got;

        if (have == room) {
            char *more;

            room = room ? room * 2 : 65536;
            more = room > SHEET_MAX_OCTETS ? NULL : realloc(all, room);
            if (!more) {
                free(all);
                return error_set(error, ERR_SIZE, "", "the file is too large to import");
            }
            all = more;
        }
        got = fread(all + have, 1, room - have, in);
        have += got;
        if (!got)
            break;
    }
    if (ferror(in)) {
        free(all);
        return error_set(error, ERR_IO, "", "%s", strerror(errno));
    }
    *text = all;
    *size = have;
    return 0;
}

int sheet_read(struct sheet **sheet, const char *path, struct error *error, const char **unit,
               long *line)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    int err;

    *sheet = NULL;
    *unit = "line";
    *line = 0;
    if (!in)
        return error_set(error, ERR_IO, "", "%s", strerror(errno));
    err = slurp(in, &text, &size, error);
    if (!standard)
        fclose(in);
    if (!err)
        err = parse(sheet, text, size, error, unit, line);
    free(text);
    return err;
}

static void free_cells(struct sheet_row *row)
{
    for (size_t c = 0; c < row->cells; c++)
        if (row->cell[c] != sheet_empty)
            free(row->cell[c]);
    free(row->cell);
}

void sheet_free(struct sheet *sheet)
{
    if (!sheet)
        return;
    for (size_t r = 0; r < sheet->rows; r++)
        free_cells(&sheet->row[r]);
    for (size_t c = 0; c < sheet->columns; c++)
        free(sheet->column[c]);
    free(sheet->row);
    free(sheet);
}

size_t sheet_rows(const struct sheet *sheet)
{
    return sheet->rows;
}

long sheet_line(const struct sheet *sheet, size_t row)
{
    return sheet->row[row].line;
}

const char *sheet_unit(const struct sheet *sheet)
{
    return sheet->unit;
}

bool sheet_has(const struct sheet *sheet, const char *column)
{
    return sheet_column(sheet, column) >= 0;
}

size_t sheet_columns(const struct sheet *sheet)
{
    return sheet->columns;
}

const char *sheet_column_name(const struct sheet *sheet, size_t column)
{
    return sheet->column[column];
}

long sheet_column_line(const struct sheet *sheet, size_t column)
{
    return sheet->column_line[column];
}

/* The cell as it is stored; NULL where the row does not have it. */
static const char *cell_of(const struct sheet *sheet, size_t row, const char *column)
{
    int at = sheet_column(sheet, column);

    return at < 0 || (size_t)at >= sheet->row[row].cells ? NULL : sheet->row[row].cell[at];
}

bool sheet_given(const struct sheet *sheet, size_t row, const char *column)
{
    return cell_of(sheet, row, column) != NULL;
}

const char *sheet_get(const struct sheet *sheet, size_t row, const char *column)
{
    const char *cell = cell_of(sheet, row, column);

    return cell == sheet_empty ? NULL : cell;
}

void sheet_clear(struct sheet *sheet, size_t row, const char *column)
{
    int at = sheet_column(sheet, column);

    if (!cell_of(sheet, row, column) || sheet->row[row].cell[at] == sheet_empty)
        return;
    free(sheet->row[row].cell[at]);
    sheet->row[row].cell[at] = sheet_empty;
}

/* The names of the columns, as many as fit. */
static void list_columns(const struct sheet *sheet, char *out, size_t size)
{
    char label[SHEET_LABEL_SIZE];
    size_t used = 0;

    snprintf(out, size, "nothing");
    for (size_t i = 0; i < sheet->columns; i++) {
        sheet_label(sheet, i, label);
        if (used + strlen(label) + sizeof ", ..." > size) {
            snprintf(out + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", label);
    }
}

int sheet_need(const struct sheet *sheet, const char *const *columns, struct error *error)
{
    char names[100];

    for (; *columns; columns++) {
        if (sheet_has(sheet, *columns))
            continue;
        list_columns(sheet, names, sizeof names);
        return error_set(error, ERR_MISSING, *columns, "must be a column; the file has %s", names);
    }
    return 0;
}
