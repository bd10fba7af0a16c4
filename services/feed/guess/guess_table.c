/* See guess_table.h. */
#include "guess_table.h"

#include "charset.h"
#include "csv_lines.h"
#include "mapping.h"
#include "source_head.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    SAMPLE_MAX = 32 << 20,
    PIECE = 1 << 16,
    ALIKE_PERCENT = 90,
    FEW_PERCENT = 60,
    TITLES_MAX = 100
};

struct reading {
    struct csv_parser parser;
    struct charset *plain, *charset; /* UTF-8 alone; with its fallback */
    struct guess_table *table;       /* NULL: the columns are only counted */
    size_t counted[MAPPING_MAX_COLUMNS + 1], counted_filled[MAPPING_MAX_COLUMNS + 1];
    size_t column, filled; /* of the current row; columns up to the last that is not empty */
    size_t some;           /* its columns that are not empty */
    size_t rows, wanted, cells, room, line_room;
    size_t most;        /* columns that most rows have, once they are counted */
    size_t filled_most; /* the same, without empty ones at their end */
    size_t line;        /* on which the current row begins */
    bool open, started; /* the row has begun; the titles are over */
    enum err err;
};

static void keep_cell(struct reading *r, const char *data, size_t size)
{
    struct guess_table *table = r->table;
    char text[MAPPING_TEXT];

    if (r->cells == r->room) {
        size_t room = r->room ? r->room * 2 : 1024;
        char **grown = reallocarray(table->cell, room, sizeof *grown);

        if (!grown) {
            r->err = ERR_NOMEM;
            return;
        }
        table->cell = grown;
        r->room = room;
    }
    if (charset_read(r->plain, data, size, text, sizeof text) == ERR_UTF8)
        table->not_utf8++;
    if (charset_read(r->charset, data, size, text, sizeof text) < 0)
        *text = '\0';
    table->cell[r->cells] = strdup(text);
    if (table->cell[r->cells])
        r->cells++;
    else
        r->err = ERR_NOMEM;
}

static void field_cb(void *data, size_t size, void *ctx)
{
    struct reading *r = ctx;

    if (size > 0) {
        r->filled = r->column + 1;
        r->some++;
    }
    if (r->table && r->rows < r->wanted && !r->err)
        keep_cell(r, size ? data : "", size);
    r->column++;
}

static void keep_line(struct reading *r)
{
    struct guess_table *table = r->table;

    if (table->rows == r->line_room) {
        size_t room = r->line_room ? r->line_room * 2 : 1024;
        size_t *grown = reallocarray(table->line, room, sizeof *grown);

        if (!grown) {
            r->err = ERR_NOMEM;
            return;
        }
        table->line = grown;
        r->line_room = room;
    }
    table->line[table->rows++] = r->line;
}

static void drop_cells(struct reading *r, size_t count)
{
    for (; count > 0 && r->cells > 0 && !r->err; count--)
        free(r->table->cell[--r->cells]);
}

/* Whether the row is a title above the header: it has fewer cells than most rows. */
static bool is_title(const struct reading *r)
{
    return r->some * 2 < r->most || (r->some < 2 && r->most > 1) || r->column < r->filled_most;
}

/* The first line after the titles says how many columns there are. A row with another number is
 * dropped, as the agent refuses it; empty columns at a row's end do not count. */
static void keep_row(struct reading *r)
{
    struct guess_table *table = r->table;
    size_t columns = r->column;

    if (!r->started && is_title(r)) {
        drop_cells(r, columns);
        return;
    }
    if (!r->started) {
        r->started = true;
        table->columns = columns;
        table->title_lines = (int)r->line - 1;
        if (table->separator && table->title_lines == 1)
            table->title_lines = 0; /* the agent skips "sep=;" without this */
    }
    while (columns < table->columns && !r->err && table->rows > 0 &&
           !*table->cell[columns]) { /* a column without a name */
        keep_cell(r, "", 0);
        columns++;
    }
    if (columns < table->columns || r->filled > table->columns) {
        drop_cells(r, columns);
        table->ragged++;
        return;
    }
    drop_cells(r, columns - table->columns);
    keep_line(r);
}

static void row_cb(int last, void *ctx)
{
    struct reading *r = ctx;

    (void)last;
    if (r->some == 0) { /* ",,,": an empty row of a spreadsheet */
        if (r->table)
            drop_cells(r, r->column);
    } else if (r->rows++ < r->wanted) {
        r->counted[r->column < MAPPING_MAX_COLUMNS ? r->column : MAPPING_MAX_COLUMNS]++;
        r->counted_filled[r->filled < MAPPING_MAX_COLUMNS ? r->filled : MAPPING_MAX_COLUMNS]++;
        if (r->table)
            keep_row(r);
    }
    r->column = r->filled = r->some = 0;
    r->open = false;
}

/* Lines end in LF, CR LF or CR. */
static size_t line_size(const char *data, size_t size)
{
    size_t at = 0;

    while (at < size && data[at] != '\n' && data[at] != '\r')
        at++;
    if (at + 1 < size && data[at] == '\r' && data[at + 1] == '\n')
        at++;
    return at < size ? at + 1 : size;
}

static void read_rows(struct reading *r, const char *data, size_t size, char delimiter)
{
    csv_init(&r->parser, 0);
    csv_set_delim(&r->parser, (unsigned char)delimiter);
    for (size_t at = 0, piece, line = 1; at < size && r->rows < r->wanted && !r->err;
         at += piece, line++) {
        piece = line_size(data + at, size - at);
        if (!r->open && (csv_lines_is_blank(data + at, piece) ||
                         (line == 1 && csv_lines_separator(data + at, piece))))
            continue;
        if (!r->open)
            r->line = line;
        r->open = true;
        if (csv_parse(&r->parser, data + at, piece, field_cb, row_cb, r) != piece)
            r->err = ERR_NOMEM;
    }
    if (r->rows < r->wanted)
        csv_fini(&r->parser, field_cb, row_cb, r);
    csv_free(&r->parser);
}

static size_t most_of(const size_t counted[MAPPING_MAX_COLUMNS + 1])
{
    size_t most = 0;

    for (size_t i = 0; i < MAPPING_MAX_COLUMNS; i++)
        if (counted[i] > counted[most])
            most = i;
    return most;
}

/* Drops titles that have as many cells as the table has columns. */
static void drop_titles(struct guess_table *table, size_t rows)
{
    size_t cells = rows * table->columns;

    for (size_t i = 0; i < cells; i++)
        free(table->cell[i]);
    table->rows -= rows;
    memmove(table->cell, table->cell + cells, table->rows * table->columns * sizeof *table->cell);
    memmove(table->line, table->line + rows, table->rows * sizeof *table->line);
    table->title_lines = (int)table->line[0] - 1;
}

/* Whether nearly every line is one quoted cell that holds several values. */
static bool is_packed(const char *data, size_t size)
{
    size_t lines = 0, quoted = 0;

    for (size_t at = 0, piece; at < size; at += piece) {
        piece = line_size(data + at, size - at);
        lines += !csv_lines_is_blank(data + at, piece);
        quoted += data[at] == '"' && memchr(data + at, ';', piece) != NULL;
        quoted += data[at] == '"' && !memchr(data + at, ';', piece) &&
                  (memchr(data + at, ',', piece) || memchr(data + at, '|', piece));
    }
    return lines > 1 && quoted * 100 >= lines * ALIKE_PERCENT;
}

/* Chooses the delimiter by which most lines have the same number of columns, and more than one. */
static int choose_delimiter(struct guess_table *table, const char *data, size_t size,
                            struct reading *wanted, struct error *error)
{
    static const char all[] = ",;\t|";
    char said[2] = {csv_lines_separator(data, line_size(data, size)), '\0'};
    const char *dividers = *said ? said : all;

    table->separator = *said != '\0';
    for (int percent = ALIKE_PERCENT; wanted->most == 0 && percent >= FEW_PERCENT;
         percent -= ALIKE_PERCENT - FEW_PERCENT)
        for (const char *divider = dividers; *divider; divider++) {
            struct reading r = {.wanted = wanted->wanted};
            size_t most, rows;

            read_rows(&r, data, size, *divider);
            most = most_of(r.counted);
            rows = r.rows > wanted->wanted ? wanted->wanted : r.rows;
            if (r.counted[most] * 100 < rows * (size_t)percent || most <= wanted->most || most < 2)
                continue;
            wanted->most = most;
            wanted->filled_most = most_of(r.counted_filled);
            table->delimiter = *divider;
        }
    if (wanted->most == 0 && is_packed(data, size)) {
        wanted->most = wanted->filled_most = 1;
        table->delimiter = ',';
    }
    if (wanted->most == 0)
        return error_set(error, ERR_SYNTAX, "sample",
                         "is not a table: neither comma, semicolon, tab nor bar gives two columns");
    return 0;
}

/* Why reading failed; for a system error (the path is a folder), its message. */
static const char *gzip_error(gzFile file)
{
    int code;
    const char *text = gzerror(file, &code);

    return code == Z_ERRNO ? strerror(errno) : text;
}

static int read_file(const char *path, char **data, size_t *size, struct error *error)
{
    gzFile file = gzopen(path, "rb");
    int got = 1, err = 0;

    *data = malloc(SAMPLE_MAX);
    *size = 0;
    if (!file)
        err = error_set(error, ERR_IO, "sample", "cannot be opened: %s", strerror(errno));
    else if (!*data)
        err = error_set(error, ERR_NOMEM, "", "no memory");
    while (!err && got > 0 && *size < SAMPLE_MAX) {
        got = gzread(file, *data + *size, PIECE);
        if (got < 0)
            err = error_set(error, ERR_IO, "sample", "cannot be read: %s", gzip_error(file));
        else
            *size += (size_t)got;
    }
    if (file)
        gzclose(file);
    return err;
}

static int check_octets(const char *data, size_t size, struct error *error)
{
    if (size == 0)
        return error_set(error, ERR_MISSING, "sample", "is empty");
    if (memchr(data, '\0', size))
        return error_set(error, ERR_SYNTAX, "sample",
                         "has NUL bytes: it is not text, or it is UTF-16; export it as UTF-8");
    return 0;
}

int guess_table_read(struct guess_table *table, const char *path, size_t rows, struct error *error)
{
    struct reading r = {.table = table, .wanted = rows};
    char *data = NULL, *text;
    size_t size = 0;
    int err;

    *table = (struct guess_table){0};
    err = read_file(path, &data, &size, error);
    if (!err)
        err = check_octets(data, size, error);
    text = data;
    if (!err) {
        size_t mark = source_head_mark(data, size);

        text += mark;
        size -= mark;
        err = choose_delimiter(table, text, size, &r, error);
    }
    if (!err) {
        r.plain = charset_open("utf-8", NULL, error);
        r.charset = charset_open("utf-8", "windows-1252", error);
        err = r.plain && r.charset ? 0 : ERR_NOMEM;
    }
    if (!err) {
        read_rows(&r, text, size, table->delimiter);
        if (r.err)
            err = error_set(error, r.err, "", "no memory");
        else if (table->rows < 2)
            err = error_set(error, ERR_MISSING, "sample", "has fewer than two rows");
        else
            table->header = guess_table_has_header(table);
        /* Drops the cells of a line that never ended. */
        while (r.cells > table->rows * table->columns)
            free(table->cell[--r.cells]);
        if (!err && !table->header && guess_table_find_header(table) > 0) {
            drop_titles(table, guess_table_find_header(table));
            table->header = guess_table_has_header(table);
        }
    }
    if (!err && table->title_lines > TITLES_MAX)
        err = error_set(error, ERR_RANGE, "sample", "has more than %d lines of titles", TITLES_MAX);
    charset_free(r.plain);
    charset_free(r.charset);
    free(data);
    if (err)
        guess_table_free(table);
    return err;
}

void guess_table_free(struct guess_table *table)
{
    for (size_t i = 0; i < table->rows * table->columns; i++)
        free(table->cell[i]);
    free(table->cell);
    free(table->line);
    *table = (struct guess_table){0};
}

const char *guess_table_at(const struct guess_table *table, size_t row, size_t column)
{
    return table->cell[(row + (table->header ? 1 : 0)) * table->columns + column];
}

size_t guess_table_rows(const struct guess_table *table)
{
    return table->rows - (table->header ? 1 : 0);
}
