/* See guess_table.h. */
#include "guess_table.h"

#include "charset.h"
#include "guess_words.h"
#include "mapping.h"

#include <csv.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { SAMPLE_MAX = 32 << 20, PIECE = 1 << 16, ALIKE_PERCENT = 90, NAMED_PERCENT = 90 };

/* The first line is row 0. */
struct reading {
    struct csv_parser parser;
    struct charset *plain, *charset; /* UTF-8 alone; with its fallback */
    struct guess_table *table;       /* NULL: the columns are only counted */
    size_t counted[MAPPING_MAX_COLUMNS + 1];
    size_t column, rows, wanted, cells, room, line_room;
    size_t first; /* columns of the first line */
    size_t line;  /* on which the row at hand begins */
    bool open;    /* it has begun */
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
    const char *text = size ? data : "";

    if (r->rows == 0 && r->column == 0 && size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (r->table && r->rows < r->wanted && !r->err)
        keep_cell(r, text, size);
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

/* A row that has not as many columns as most is taken back. */
static void row_cb(int last, void *ctx)
{
    struct reading *r = ctx;

    (void)last;
    if (r->rows == 0)
        r->first = r->column;
    if (r->rows++ < r->wanted) {
        r->counted[r->column < MAPPING_MAX_COLUMNS ? r->column : MAPPING_MAX_COLUMNS]++;
        if (r->table && r->column != r->table->columns) {
            for (size_t i = 0; i < r->column && r->cells > 0 && !r->err; i++)
                free(r->table->cell[--r->cells]);
            r->table->ragged++;
        } else if (r->table) {
            keep_line(r);
        }
    }
    r->column = 0;
    r->open = false;
}

static size_t line_size(const char *data, size_t size)
{
    const char *end = memchr(data, '\n', size);

    return end ? (size_t)(end - data) + 1 : size;
}

static bool is_blank_line(const char *line, size_t size)
{
    return size == 1 ? *line == '\n' : size == 2 && line[0] == '\r' && line[1] == '\n';
}

static void read_rows(struct reading *r, const char *data, size_t size, char delimiter)
{
    csv_init(&r->parser, 0);
    csv_set_delim(&r->parser, (unsigned char)delimiter);
    for (size_t at = 0, piece, line = 1; at < size && r->rows < r->wanted && !r->err;
         at += piece, line++) {
        piece = line_size(data + at, size - at);
        if (!r->open)
            r->line = line;
        r->open = r->open || !is_blank_line(data + at, piece);
        if (csv_parse(&r->parser, data + at, piece, field_cb, row_cb, r) != piece)
            r->err = ERR_NOMEM;
    }
    if (r->rows < r->wanted)
        csv_fini(&r->parser, field_cb, row_cb, r);
    csv_free(&r->parser);
}

/* The divider by which most lines have the same number of columns, and more than one. */
static int choose_delimiter(struct guess_table *table, const char *data, size_t size, size_t rows,
                            struct fault *fault)
{
    static const char dividers[] = ",;\t|";
    size_t first = 0;

    for (const char *divider = dividers; *divider; divider++) {
        struct reading r = {.wanted = rows};
        size_t most = 0;

        read_rows(&r, data, size, *divider);
        for (size_t i = 0; i < MAPPING_MAX_COLUMNS; i++)
            if (r.counted[i] > r.counted[most])
                most = i;
        if (r.rows > rows)
            r.rows = rows;
        if (r.counted[most] * 100 >= r.rows * ALIKE_PERCENT && most > table->columns && most > 1) {
            table->columns = most;
            table->delimiter = *divider;
            first = r.first;
        }
    }
    if (table->columns == 0)
        return fault_set(fault, ERR_SYNTAX, "sample",
                         "is no table: by comma, semicolon, tab or bar no two columns come out");
    if (first != table->columns)
        return fault_set(fault, ERR_SYNTAX, "sample",
                         "its first line has %zu columns, the others %zu: take titles off", first,
                         table->columns);
    return 0;
}

/* A number, a time or a number with a letter or two: more digits than letters. */
static bool is_number(const char *text)
{
    size_t digits = 0, letters = 0;

    for (; *text; text++) {
        digits += isdigit((unsigned char)*text) != 0;
        letters += isalpha((unsigned char)*text) || (unsigned char)*text >= 0x80;
    }
    return digits > letters;
}

static bool is_nothing(const char *text)
{
    static const char *const words[] = {"null", "na", "n/a", "none", "unknown", "nan"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(words[i], text) == 0)
            return true;
    return false;
}

/* Half of the first line are words that columns are known by. */
static bool is_known(const struct guess_table *table)
{
    size_t known = 0;

    for (size_t c = 0; c < table->columns; c++) {
        bool one = guess_words_private(table->cell[c]) != GUESS_OPEN;

        for (enum guess_role role = 0; !one && role < GUESS_ROLES; role++)
            one = guess_words_score(table->cell[c], role) > 0;
        known += one;
    }
    return known * 2 >= table->columns;
}

/*
 * The first line names the columns if none of it is a number or a time, and words stand where there
 * are numbers or times below. In doubt it is a row: what is taken for a name is shown.
 */
static bool has_header(const struct guess_table *table)
{
    size_t different = 0;

    for (size_t c = 0; c < table->columns; c++) {
        const char *name = table->cell[c];
        size_t filled = 0, numbers = 0;

        if (is_number(name))
            return false;
        for (size_t r = 1; r < table->rows; r++) {
            const char *text = table->cell[r * table->columns + c];

            filled += *text != '\0';
            numbers += is_number(text);
            if (*name && strcasecmp(text, name) == 0 && r < 20)
                return false;
        }
        if (numbers == 0 || numbers * 100 < filled * NAMED_PERCENT)
            continue;
        if (is_nothing(name) || (*name == '\0' && !is_known(table)))
            return false;
        different++;
    }
    return different > 0;
}

/* Why reading failed: of a folder, that it is one. */
static const char *gzip_error(gzFile file)
{
    int code;
    const char *text = gzerror(file, &code);

    return code == Z_ERRNO ? strerror(errno) : text;
}

static int read_file(const char *path, char **data, size_t *size, struct fault *fault)
{
    gzFile file = gzopen(path, "rb");
    int got = 1, err = 0;

    *data = malloc(SAMPLE_MAX);
    *size = 0;
    if (!file)
        err = fault_set(fault, ERR_IO, "sample", "cannot be opened: %s", strerror(errno));
    else if (!*data)
        err = fault_set(fault, ERR_NOMEM, "", "no memory");
    while (!err && got > 0 && *size < SAMPLE_MAX) {
        got = gzread(file, *data + *size, PIECE);
        if (got < 0)
            err = fault_set(fault, ERR_IO, "sample", "cannot be read: %s", gzip_error(file));
        else
            *size += (size_t)got;
    }
    if (file)
        gzclose(file);
    return err;
}

static int check_octets(const char *data, size_t size, struct fault *fault)
{
    if (size == 0)
        return fault_set(fault, ERR_MISSING, "sample", "is empty");
    if (memchr(data, '\0', size))
        return fault_set(fault, ERR_SYNTAX, "sample",
                         "holds NUL octets: it is no text, or UTF-16; export it as UTF-8");
    return 0;
}

int guess_table_read(struct guess_table *table, const char *path, size_t rows, struct fault *fault)
{
    struct reading r = {.table = table, .wanted = rows};
    char *data = NULL;
    size_t size = 0;
    int err;

    *table = (struct guess_table){0};
    err = read_file(path, &data, &size, fault);
    if (!err)
        err = check_octets(data, size, fault);
    if (!err)
        err = choose_delimiter(table, data, size, rows, fault);
    if (!err) {
        r.plain = charset_open("utf-8", NULL, fault);
        r.charset = charset_open("utf-8", "windows-1252", fault);
        err = r.plain && r.charset ? 0 : ERR_NOMEM;
    }
    if (!err) {
        read_rows(&r, data, size, table->delimiter);
        if (r.err)
            err = fault_set(fault, r.err, "", "no memory");
        else if (table->rows < 2)
            err = fault_set(fault, ERR_MISSING, "sample", "holds no two rows to compare");
        else
            table->header = has_header(table);
        /* Cells of a line that never ended. */
        while (r.cells > table->rows * table->columns)
            free(table->cell[--r.cells]);
    }
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

size_t guess_table_line(const struct guess_table *table, size_t row)
{
    return table->line[row + (table->header ? 1 : 0)];
}

size_t guess_table_rows(const struct guess_table *table)
{
    return table->rows - (table->header ? 1 : 0);
}
