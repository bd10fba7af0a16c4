/*
 * The source of CSV. libcsv splits the rows; the mapping says what the columns are. Lines are fed
 * one by one, so that the position of each row in the input is known. A row stays in the buffer
 * until it is complete. A quote that is never closed would swallow all rows after it. So only the
 * line that opened it is refused, and reading continues with the next line. This is done when a
 * line within the quote is a complete row by itself, after ROW_MAX_OCTETS or ROW_MAX_LINES, at the
 * end of the input, or when the caller gives up waiting.
 */
#include "agent_clock.h"
#include "charset.h"
#include "csv_line.h"
#include "csv_lines.h"
#include "identity.h"
#include "source_head.h"
#include "source_private.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROW_MAX_OCTETS = 65536, ROW_MAX_LINES = 500, NAME_MAX_OCTETS = 128 };

#define IN_BOUNDS "within 65536 octets and 500 lines"

struct csv_source {
    struct mapping *mapping;
    struct charset *charset;
    struct identity *identity;
    struct csv_parser parser;
    char delimiter; /* the mapping's, or the one of a line "sep=;" */
    bool begun;     /* its first line has been seen */
    int titles;     /* lines above the header that are still to be skipped */
    bool bound;
    size_t bad_name;                 /* column of the header that could not be read, from 1; or 0 */
    char *name[MAPPING_MAX_COLUMNS]; /* of the header */
    size_t name_count;
    int slot_of[MAPPING_MAX_COLUMNS]; /* -1: not read */
    bool held[MAPPING_MAX_COLUMNS];   /* not read, and not empty in the last row */

    size_t pending; /* octets of the row so far, fed but not consumed */
    size_t lines;   /* lines of the row so far */
    size_t column;  /* index of the next field */
    size_t filled;  /* columns up to the last one that is not empty */
    bool given_up;  /* the caller waits no longer for the row's end */
    bool row_ended;
    struct error row_error;
    struct mapping_row row;
    /* A line within an open quote, read as a row by itself. */
    struct mapping_row trial;
    struct event trial_event;
    bool trial_failed;
};

static void restart_parser(struct csv_source *self)
{
    csv_free(&self->parser);
    csv_init(&self->parser, CSV_STRICT_FINI);
    csv_set_delim(&self->parser, (unsigned char)self->delimiter);
    csv_set_quote(&self->parser, (unsigned char)self->mapping->quote);
    self->pending = self->lines = self->column = self->filled = 0;
    self->row_ended = self->given_up = false;
    self->row_error = (struct error){0};
}

static void csv_source_reset(void *ctx)
{
    struct csv_source *self = ctx;

    for (size_t i = 0; i < self->name_count; i++)
        free(self->name[i]);
    self->name_count = 0;
    self->bound = self->begun = false;
    self->bad_name = 0;
    self->delimiter = self->mapping->delimiter;
    self->titles = self->mapping->title_lines;
    charset_take_mark(self->charset, false);
    identity_reset(self->identity);
    restart_parser(self);
}

static void csv_source_free(void *ctx)
{
    struct csv_source *self = ctx;

    csv_source_reset(self);
    csv_free(&self->parser);
    charset_free(self->charset);
    identity_free(self->identity);
    free(self);
}

static void *csv_source_open(struct mapping *mapping, struct error *error)
{
    struct csv_source *self = calloc(1, sizeof *self);

    if (!self) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    self->mapping = mapping;
    self->identity = identity_new();
    self->charset = charset_open(mapping->encoding, mapping->fallback, error);
    if (self->identity && self->charset)
        return self;
    if (!self->identity)
        error_set(error, ERR_NOMEM, "", "no memory");
    charset_free(self->charset);
    identity_free(self->identity);
    free(self);
    return NULL;
}

static int bind(struct csv_source *self, const char *const *names, size_t count,
                struct error *error)
{
    int err = mapping_bind(self->mapping, names, count, error);

    if (err && self->bad_name > 0)
        return error_set(error, ERR_UTF8, "encoding",
                         "name %zu of the header is not in the declared [source] encoding",
                         self->bad_name);
    if (err)
        return err;
    for (size_t i = 0; i < MAPPING_MAX_COLUMNS; i++)
        self->slot_of[i] = -1;
    for (size_t i = 0; i < self->mapping->slot_count; i++)
        if (self->mapping->slot[i].kind == MAPPING_COLUMN)
            self->slot_of[self->mapping->slot[i].column] = (int)i;
    self->bound = true;
    return 0;
}

static const char nul_reason[] = "holds a NUL octet, as damaged files and pieces of UTF-16 do";

static void header_field(struct csv_source *self, const char *data, size_t size)
{
    char name[NAME_MAX_OCTETS];
    int got;

    if (self->name_count == MAPPING_MAX_COLUMNS) {
        error_set(&self->row_error, ERR_SIZE, "", "more than %d columns", MAPPING_MAX_COLUMNS);
        return;
    }
    if (memchr(data, '\0', size))
        error_set(&self->row_error, ERR_UTF8, "input", "%s in its header", nul_reason);
    got = charset_read(self->charset, data, size, name, sizeof name);
    if (got == ERR_UTF8 && self->bad_name == 0)
        self->bad_name = self->name_count + 1;
    if (got < 0)
        *name = '\0'; /* no mapping can name it */
    self->name[self->name_count] = strdup(name);
    if (self->name[self->name_count])
        self->name_count++;
    else
        error_set(&self->row_error, ERR_NOMEM, "", "no memory");
}

static void take_field(struct csv_source *self, size_t column, const char *data, size_t size)
{
    int slot = column < MAPPING_MAX_COLUMNS ? self->slot_of[column] : -1;
    const char *name;
    int got;

    if (column < MAPPING_MAX_COLUMNS)
        self->held[column] = slot < 0 && size > 0;
    if (slot < 0 || self->row_error.code)
        return;
    name = self->mapping->slot[slot].name;
    if (memchr(data, '\0', size)) {
        error_set(&self->row_error, ERR_UTF8, name, "%s", nul_reason);
        return;
    }
    got = charset_read(self->charset, data, size, self->row.text[slot], MAPPING_TEXT);
    if (got == ERR_SIZE)
        error_set(&self->row_error, ERR_SIZE, name, "longer than %d octets", MAPPING_TEXT - 1);
    else if (got < 0)
        error_set(&self->row_error, ERR_UTF8, name,
                  strncasecmp(self->mapping->encoding, "utf", 3) == 0
                      ? "is not UTF-8: if the export is in Windows-1252, set [source] encoding = "
                        "utf-8, fallback windows-1252"
                      : "is not in the declared [source] encoding");
}

static void field_cb(void *data, size_t size, void *ctx)
{
    struct csv_source *self = ctx;

    if (size > 0)
        self->filled = self->column + 1;
    if (self->bound)
        take_field(self, self->column, size ? data : "", size);
    else
        header_field(self, size ? data : "", size);
    self->column++;
}

static void row_cb(int last, void *ctx)
{
    (void)last;
    ((struct csv_source *)ctx)->row_ended = true;
}

static int set_number(struct csv_source *self, const struct mapping *m, struct source_row *row,
                      char number[IDENTITY_NUMBER])
{
    struct identity_text key[MAPPING_MAX_PARTS], all[MAPPING_MAX_SLOTS];
    size_t count = 0;
    bool repeated = false;
    int err;

    for (size_t i = 0; i < m->key_count; i++) {
        const char *text = self->row.text[m->key[i]];

        key[i] = (struct identity_text){text, strlen(text)};
    }
    for (size_t i = 0; i < m->slot_count; i++)
        if (m->slot[i].kind == MAPPING_COLUMN)
            all[count++] = (struct identity_text){self->row.text[i], strlen(self->row.text[i])};
    err = identity_number(self->identity, key, m->key_count, all, count, number, &repeated);
    row->repeated = repeated && m->drop_duplicates;
    return err;
}

/* Empty columns at the end do not count: spreadsheets write them, or leave them out. */
static bool has_columns(const struct csv_source *self, size_t wanted)
{
    if (self->column >= wanted)
        return self->filled <= wanted;
    for (size_t i = self->column; i < wanted; i++)
        if (!self->mapping->header || *self->name[i])
            return false;
    return true;
}

/* Makes the event of a complete row, or its error. */
static int make_event(struct csv_source *self, struct source_row *row, struct event *event,
                      struct event_dropped *dropped)
{
    const struct mapping *m = self->mapping;
    struct event_dropped counted = event_dropped_begin(dropped);
    char number[IDENTITY_NUMBER] = "";
    size_t wanted = m->header ? self->name_count : m->column_count;
    int err = 0;

    if (self->row_error.code) {
        row->error = self->row_error;
        return SOURCE_ROW;
    }
    if (!has_columns(self, wanted)) {
        error_set(&row->error, ERR_SYNTAX, "", "has %zu columns where %zu are expected",
                  self->column, wanted);
        return SOURCE_ROW;
    }
    mapping_derive(m, &self->row);
    if (m->key_count > 0)
        err = set_number(self, m, row, number);
    if (err)
        return err;
    err = mapping_apply(m, &self->row, event, &counted, &row->error);
    if (!err && *number)
        err = event_set(event, "incident", number, &row->error);
    if (!err) {
        event_tidy(event, agent_clock_now(), &counted, NULL); /* source.c checks the rest */
        counted.bare = event->kind <= EVENT_INCIDENT_OPENED && !event_says_what_or_where(event);
        row->event = event;
    }
    event_dropped_add(dropped, &counted);
    return SOURCE_ROW;
}

static void forget_names(struct csv_source *self)
{
    if (self->bound)
        return;
    for (size_t i = 0; i < self->name_count; i++)
        free(self->name[i]);
    self->name_count = 0;
}

/* text: from the header on, as far as it was read. */
static int take_header(struct csv_source *self, const char *text, size_t size, uint64_t line,
                       struct error *error)
{
    int err = self->row_error.code, at;

    if (err) {
        *error = self->row_error;
        return err;
    }
    err = bind(self, (const char *const *)self->name, self->name_count, error);
    at = err == ERR_ABSENT
             ? csv_lines_find_header(self->mapping, self->charset, self->delimiter, text, size)
             : 0;
    if (at > 1)
        error_set(error, err, "title_lines",
                  "line %llu of the input names the columns, line %llu does not: set [source] "
                  "title_lines = %llu",
                  (unsigned long long)line + at - 1, (unsigned long long)line,
                  (unsigned long long)line + at - 2);
    return err;
}

static int take_row(struct csv_source *self, struct source_buffer *buffer, struct source_row *row,
                    struct event *event, struct event_dropped *dropped, struct error *error)
{
    const char *text = buffer->data + buffer->used;
    size_t size = buffer->size - buffer->used;
    int got = 0;

    row->line = buffer->line;
    source_consume(buffer, self->pending);
    row->end = buffer->offset;
    if (self->filled == 0 && !self->row_error.code)
        forget_names(self); /* ",,,": an empty row of a spreadsheet */
    else if (!self->bound)
        got = take_header(self, text, size, row->line, error);
    else
        got = make_event(self, row, event, dropped);
    self->pending = self->lines = self->column = self->filled = 0;
    self->row_ended = self->given_up = false;
    self->row_error = (struct error){0};
    return got;
}

static void trial_field_cb(void *ctx, size_t column, const char *data, size_t size)
{
    struct csv_source *self = ctx;
    int slot = column < MAPPING_MAX_COLUMNS ? self->slot_of[column] : -1;

    if (slot >= 0 &&
        charset_read(self->charset, data, size, self->trial.text[slot], MAPPING_TEXT) < 0)
        self->trial_failed = true;
}

/* Whether a line within an open quote is a row by itself: it has all columns and makes an event. */
static bool is_row(struct csv_source *self, const char *line, size_t size)
{
    const struct mapping *m = self->mapping;
    struct csv_line as = {.delimiter = self->delimiter,
                          .quote = m->quote,
                          .columns = m->header ? self->name_count : m->column_count,
                          .field_cb = trial_field_cb,
                          .ctx = self};
    struct error error = {0};
    struct event_dropped counted = {0};
    char scratch[4 * MAPPING_TEXT];

    self->trial_failed = false;
    if (!self->bound || as.columns < 2 || size > sizeof scratch ||
        !csv_line_read(&as, line, size, scratch) || self->trial_failed)
        return false;
    mapping_derive(m, &self->trial);
    return mapping_apply(m, &self->trial, &self->trial_event, &counted, &error) == 0 &&
           (m->key_count > 0 || event_check(&self->trial_event, EVENT_NOW_ANY, &error) == 0);
}

/* Refuses the line whose quote is not closed. Only that line is lost. */
static int refuse_line(struct csv_source *self, struct source_buffer *buffer,
                       struct source_row *row, struct error *error, const char *where)
{
    size_t size = 0;

    error_set(&row->error, ERR_SYNTAX, "", "a quote is not closed %s", where);
    if (!self->bound) {
        *error = row->error;
        return ERR_SYNTAX;
    }
    row->line = buffer->line;
    if (source_line(buffer, 0, &size))
        source_consume(buffer, size);
    else /* the line is too long for a row: all that was read of it */
        source_consume(buffer, buffer->size - buffer->used);
    row->end = buffer->offset;
    restart_parser(self);
    return SOURCE_ROW;
}

static void feed(struct csv_source *self, const char *line, size_t size, bool last)
{
    if (csv_parse(&self->parser, line, size, field_cb, row_cb, self) != size)
        error_set(&self->row_error, ERR_NOMEM, "", "no memory");
    self->pending += size;
    if (last && !self->row_ended)
        csv_fini(&self->parser, field_cb, row_cb, self);
}

/* How many octets to skip at the line's start: a mark, or a line that belongs to no row. */
static size_t pass_over(struct csv_source *self, const char *line, size_t size)
{
    size_t mark = source_head_mark(line, size);
    bool first = !self->begun;

    if (mark > 0) { /* further marks stand where files were concatenated */
        if (first)
            charset_take_mark(self->charset, true);
        return mark;
    }
    self->begun = true;
    if (first && csv_lines_separator(line, size)) {
        self->delimiter = csv_lines_separator(line, size);
        restart_parser(self);
        self->titles -= self->titles > 0;
        return size;
    }
    if (self->titles > 0) {
        self->titles--;
        return size;
    }
    return csv_lines_is_blank(line, size) ? size : 0;
}

static const char *next_line(const struct csv_source *self, struct source_buffer *buffer,
                             size_t *size)
{
    if (self->pending == 0)
        source_pass_hole(buffer);
    return source_line(buffer, self->pending, size);
}

static int csv_source_next(void *ctx, struct source_buffer *buffer, struct source_row *row,
                           struct event *event, struct event_dropped *dropped, struct error *error)
{
    struct csv_source *self = ctx;
    const struct mapping *m = self->mapping;
    const char *line;
    size_t size;
    int err;

    if (!self->bound && !m->header &&
        (err = bind(self, (const char *const *)m->column, m->column_count, error)) != 0)
        return err;
    while ((line = next_line(self, buffer, &size))) {
        bool last = buffer->finished && buffer->used + self->pending + size == buffer->size;

        size_t passed = self->pending == 0 ? pass_over(self, line, size) : 0;

        if (passed > 0) {
            source_consume(buffer, passed);
            continue;
        }
        if (self->pending > 0 && is_row(self, line, size))
            return refuse_line(self, buffer, row, error, "before the next row");
        feed(self, line, size, last);
        if (!self->row_ended && !last && self->pending <= ROW_MAX_OCTETS &&
            ++self->lines < ROW_MAX_LINES)
            continue;
        if (!self->row_ended)
            return refuse_line(self, buffer, row, error, IN_BOUNDS);
        err = take_row(self, buffer, row, event, dropped, error);
        if (err)
            return err;
    }
    /* An incomplete row at the end of the input, or one that is too long, has an open quote. */
    if (self->given_up && self->pending > 0)
        return refuse_line(self, buffer, row, error, "and nothing more comes");
    if ((buffer->finished && self->pending > 0) ||
        buffer->size - buffer->used - self->pending > ROW_MAX_OCTETS)
        return refuse_line(self, buffer, row, error, IN_BOUNDS);
    return SOURCE_MORE;
}

static bool csv_is_open(const void *ctx)
{
    return ((const struct csv_source *)ctx)->pending > 0;
}

static void csv_give_up(void *ctx)
{
    ((struct csv_source *)ctx)->given_up = true;
}

static void csv_print_dropped(const void *ctx, FILE *out)
{
    const struct csv_source *self = ctx;
    const struct mapping *m = self->mapping;
    size_t count = m->header ? self->name_count : m->column_count;

    for (size_t i = 0; i < count; i++)
        if (!mapping_reads(m, i))
            fprintf(out, "%s\n", m->header ? self->name[i] : m->column[i]);
}

static bool csv_print_row_dropped(const void *ctx, FILE *out)
{
    const struct csv_source *self = ctx;
    const struct mapping *m = self->mapping;
    size_t count = m->header ? self->name_count : m->column_count;
    bool any = false;

    for (size_t i = 0; i < count; i++)
        if (self->held[i]) {
            fprintf(out, "%s%s", any ? ", " : "", m->header ? self->name[i] : m->column[i]);
            any = true;
        }
    return any;
}

const struct source_kind source_csv = {csv_source_open, csv_source_reset,  csv_source_free,
                                       csv_source_next, csv_print_dropped, csv_print_row_dropped,
                                       csv_is_open,     csv_give_up};
