/*
 * The source of CSV: libcsv takes the rows apart, the mapping says what the columns are. Lines are
 * fed one by one, so that where a row begins and ends in the input is known. A row stays in the
 * buffer until it is whole: a quote that is never closed would swallow all that follows, so behind
 * ROW_MAX_OCTETS, or at the end of the input, the line that opened it is refused, and reading goes
 * on with the line after it.
 */
#include "charset.h"
#include "identity.h"
#include "source_kinds.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAX_OCTETS = 65536, NAME_MAX_OCTETS = 128 };

struct csv_source {
    struct mapping *mapping;
    struct charset *charset;
    struct identity *identity;
    struct csv_parser parser;
    bool bound;
    char *name[MAPPING_MAX_COLUMNS]; /* of the header */
    size_t name_count;
    int slot_of[MAPPING_MAX_COLUMNS]; /* -1: not read */
    bool held[MAPPING_MAX_COLUMNS];   /* not read, and not empty in the last row */

    size_t pending; /* octets of the row so far, fed but not consumed */
    size_t column;  /* of the field that comes next */
    bool row_ended;
    struct fault row_fault;
    struct mapping_row row;
};

static void restart_parser(struct csv_source *self)
{
    csv_free(&self->parser);
    csv_init(&self->parser, CSV_STRICT_FINI);
    csv_set_delim(&self->parser, (unsigned char)self->mapping->delimiter);
    csv_set_quote(&self->parser, (unsigned char)self->mapping->quote);
    self->pending = self->column = 0;
    self->row_ended = false;
    self->row_fault = (struct fault){0};
}

static void csv_source_reset(void *ctx)
{
    struct csv_source *self = ctx;

    for (size_t i = 0; i < self->name_count; i++)
        free(self->name[i]);
    self->name_count = 0;
    self->bound = false;
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

static void *csv_source_open(struct mapping *mapping, struct fault *fault)
{
    struct csv_source *self = calloc(1, sizeof *self);

    if (!self) {
        fault_set(fault, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    self->mapping = mapping;
    self->identity = identity_new();
    self->charset = charset_open(mapping->encoding, mapping->fallback, fault);
    if (self->identity && self->charset)
        return self;
    if (!self->identity)
        fault_set(fault, ERR_NOMEM, "", "no memory");
    charset_free(self->charset);
    identity_free(self->identity);
    free(self);
    return NULL;
}

static int bind(struct csv_source *self, const char *const *names, size_t count,
                struct fault *fault)
{
    int err = mapping_bind(self->mapping, names, count, fault);

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

static void header_field(struct csv_source *self, const char *data, size_t size)
{
    char name[NAME_MAX_OCTETS];

    if (self->name_count == 0 && size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) {
        data += 3;
        size -= 3;
    }
    if (self->name_count == MAPPING_MAX_COLUMNS) {
        fault_set(&self->row_fault, ERR_SIZE, "", "more than %d columns", MAPPING_MAX_COLUMNS);
        return;
    }
    if (charset_read(self->charset, data, size, name, sizeof name) < 0)
        *name = '\0'; /* no mapping can name it */
    self->name[self->name_count] = strdup(name);
    if (self->name[self->name_count])
        self->name_count++;
    else
        fault_set(&self->row_fault, ERR_NOMEM, "", "no memory");
}

static void take_field(struct csv_source *self, size_t column, const char *data, size_t size)
{
    int slot = column < MAPPING_MAX_COLUMNS ? self->slot_of[column] : -1;
    const char *name;
    int got;

    if (column < MAPPING_MAX_COLUMNS)
        self->held[column] = slot < 0 && size > 0;
    if (slot < 0 || self->row_fault.code)
        return;
    name = self->mapping->slot[slot].name;
    got = charset_read(self->charset, data, size, self->row.text[slot], MAPPING_TEXT);
    if (got == ERR_SIZE)
        fault_set(&self->row_fault, ERR_SIZE, name, "longer than %d octets", MAPPING_TEXT - 1);
    else if (got < 0)
        fault_set(&self->row_fault, ERR_UTF8, name, "is not in the declared encoding");
}

static void field_cb(void *data, size_t size, void *ctx)
{
    struct csv_source *self = ctx;

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

/* The row's columns are in; makes the event, or the row's fault. */
static int make_event(struct csv_source *self, struct source_row *row, struct event *event)
{
    const struct mapping *m = self->mapping;
    char number[IDENTITY_NUMBER] = "";
    size_t wanted = m->header ? self->name_count : m->column_count;
    int err = 0;

    if (self->row_fault.code) {
        row->fault = self->row_fault;
        return SOURCE_ROW;
    }
    if (self->column != wanted) {
        fault_set(&row->fault, ERR_SYNTAX, "", "has %zu columns where %zu are expected",
                  self->column, wanted);
        return SOURCE_ROW;
    }
    mapping_derive(m, &self->row);
    if (m->key_count > 0)
        err = set_number(self, m, row, number);
    if (err)
        return err;
    err = mapping_apply(m, &self->row, event, &row->fault);
    if (!err && *number)
        err = event_set(event, "incident", number, &row->fault);
    if (!err)
        row->event = event;
    return SOURCE_ROW;
}

static int take_row(struct csv_source *self, struct source_buffer *buffer, struct source_row *row,
                    struct event *event, struct fault *fault)
{
    int got;

    row->line = buffer->line;
    source_consume(buffer, self->pending);
    row->end = buffer->offset;
    if (!self->bound) {
        got = self->row_fault.code;
        if (got)
            *fault = self->row_fault;
        else
            got = bind(self, (const char *const *)self->name, self->name_count, fault);
    } else {
        got = make_event(self, row, event);
    }
    self->pending = self->column = 0;
    self->row_ended = false;
    self->row_fault = (struct fault){0};
    return got;
}

/* A quote that is not closed: only the line with it is lost. */
static int refuse_line(struct csv_source *self, struct source_buffer *buffer,
                       struct source_row *row, struct fault *fault)
{
    size_t size = 0;

    fault_set(&row->fault, ERR_SYNTAX, "", "a quote is not closed within %d octets",
              ROW_MAX_OCTETS);
    if (!self->bound) {
        *fault = row->fault;
        return ERR_SYNTAX;
    }
    row->line = buffer->line;
    if (source_line(buffer, 0, &size))
        source_consume(buffer, size);
    else /* one line longer than a row may be: what is here of it */
        source_consume(buffer, buffer->size - buffer->used);
    row->end = buffer->offset;
    restart_parser(self);
    return SOURCE_ROW;
}

static void feed(struct csv_source *self, const char *line, size_t size, bool last)
{
    if (csv_parse(&self->parser, line, size, field_cb, row_cb, self) != size)
        fault_set(&self->row_fault, ERR_NOMEM, "", "no memory");
    self->pending += size;
    if (last && !self->row_ended)
        csv_fini(&self->parser, field_cb, row_cb, self);
}

static bool is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r\n", line[i]) || !line[i])
            return false;
    return true;
}

static int csv_source_next(void *ctx, struct source_buffer *buffer, struct source_row *row,
                           struct event *event, struct event_dropped *dropped, struct fault *fault)
{
    struct csv_source *self = ctx;
    const struct mapping *m = self->mapping;
    const char *line;
    size_t size;
    int err;

    (void)dropped;
    if (!self->bound && !m->header &&
        (err = bind(self, (const char *const *)m->column, m->column_count, fault)) != 0)
        return err;
    while ((line = source_line(buffer, self->pending, &size))) {
        bool last = buffer->finished && buffer->used + self->pending + size == buffer->size;

        if (self->pending == 0 && is_blank(line, size)) {
            source_consume(buffer, size);
            continue;
        }
        feed(self, line, size, last);
        if (!self->row_ended && !last && self->pending <= ROW_MAX_OCTETS)
            continue;
        if (!self->row_ended)
            return refuse_line(self, buffer, row, fault);
        err = take_row(self, buffer, row, event, fault);
        if (err)
            return err;
    }
    /* What is left of a row when the input has ended, or a line too long, is an open quote. */
    if ((buffer->finished && self->pending > 0) ||
        buffer->size - buffer->used - self->pending > ROW_MAX_OCTETS)
        return refuse_line(self, buffer, row, fault);
    return SOURCE_MORE;
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
                                       csv_source_next, csv_print_dropped, csv_print_row_dropped};
