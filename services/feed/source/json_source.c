/*
 * Sources of JSON. NDJSON: one event of the data dictionary's form on each line; a bad line does
 * not affect the others. EIDO and JSON (events of that form): one document after another, in any
 * layout. Between documents, only white space, commas, byte order marks and the brackets of a list
 * are skipped.
 */
#include "agent_clock.h"
#include "eido.h"
#include "source_private.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_OCTETS = 4 * EVENT_MAX_OCTETS };

/* The state of the scan for the end of a document. */
struct json_source {
    size_t scanned;
    int depth;
    bool in_text, escaped;
    bool skipping; /* the rest of an overlong line or document */
    struct eido_facts facts;
    json_t *message;     /* of the EIDO documents that are being returned, or NULL */
    size_t next_in;      /* index of the next of them */
    uint64_t line, from; /* position of the message */
    uint64_t end;        /* the octet after it */
};

static void *json_open(struct mapping *mapping, struct error *error)
{
    void *self = calloc(1, sizeof(struct json_source));

    (void)mapping;
    if (!self)
        error_set(error, ERR_NOMEM, "", "no memory");
    return self;
}

static void json_reset(void *ctx)
{
    struct json_source *self = ctx;

    json_decref(self->message);
    *self = (struct json_source){0};
}

static void json_source_free(void *self)
{
    json_reset(self);
    free(self);
}

static int refuse_size(struct json_source *self, struct source_buffer *buffer,
                       struct source_row *row, size_t limit)
{
    row->line = buffer->line;
    error_set(&row->error, ERR_SIZE, "", "longer than %zu octets", limit);
    source_consume(buffer, buffer->size - buffer->used);
    row->end = buffer->offset;
    self->skipping = true;
    return SOURCE_ROW;
}

static bool is_blank(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) && text[size - 1])
        size--;
    return size == 0;
}

static void decode(struct source_row *row, struct event *event, const char *text, size_t size,
                   struct event_dropped *dropped)
{
    if (event_decode(event, text, size, agent_clock_now(), dropped, &row->error) == 0)
        row->event = event;
    else
        row->ahead = event_decode(event, text, size, EVENT_NOW_ANY, NULL, NULL) == 0;
}

static int ndjson_next(void *ctx, struct source_buffer *buffer, struct source_row *row,
                       struct event *event, struct event_dropped *dropped, struct error *error)
{
    struct json_source *self = ctx;
    const char *line;
    size_t size, bom;

    (void)error;
    while (source_pass_hole(buffer), (line = source_line(buffer, 0, &size))) {
        bool skip = self->skipping || is_blank(line, size);

        row->line = buffer->line;
        self->skipping = false;
        bom = buffer->offset == 0 && size >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
        source_consume(buffer, size);
        if (skip)
            continue;
        row->end = buffer->offset;
        decode(row, event, line + bom, size - bom, dropped);
        return SOURCE_ROW;
    }
    if (buffer->size - buffer->used <= LINE_MAX_OCTETS)
        return SOURCE_MORE;
    if (!self->skipping)
        return refuse_size(self, buffer, row, LINE_MAX_OCTETS);
    source_consume(buffer, buffer->size - buffer->used);
    return SOURCE_MORE;
}

/* Skips what may stand between documents. True if a document begins. */
static bool find_document(struct source_buffer *buffer)
{
    const char *from = buffer->data + buffer->used;
    size_t left = buffer->size - buffer->used, at = 0;

    while (at < left && strchr(" \t\r\n,[]\xEF\xBB\xBF", from[at]) && from[at])
        at++;
    if (at > 0)
        source_consume(buffer, at);
    return at < left;
}

/* Continues the scan for the end of the document at the start of the buffer. Its size, or 0. */
static size_t scan_document(struct json_source *self, const struct source_buffer *buffer)
{
    const char *from = buffer->data + buffer->used;
    size_t left = buffer->size - buffer->used;

    for (; self->scanned < left; self->scanned++) {
        char c = from[self->scanned];

        if (self->in_text) {
            self->in_text = self->escaped || c != '"';
            self->escaped = !self->escaped && c == '\\';
            continue;
        }
        self->in_text = c == '"';
        self->depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (self->depth <= 0 && (c == '}' || c == ']' || c == '\n'))
            return ++self->scanned;
    }
    return buffer->finished ? left : 0;
}

/* Consumes the next complete document. Returns its size, or 0. */
static size_t next_document(struct json_source *self, struct source_buffer *buffer,
                            struct source_row *row, const char **document)
{
    while (self->skipping || self->scanned > 0 || find_document(buffer)) {
        size_t size = scan_document(self, buffer);
        bool skip = self->skipping;

        *document = buffer->data + buffer->used;
        if (size == 0)
            break;
        row->line = buffer->line;
        self->scanned = 0;
        self->depth = 0;
        self->in_text = self->escaped = self->skipping = false;
        source_consume(buffer, size);
        row->end = buffer->offset;
        if (!skip)
            return size;
    }
    return 0;
}

/* Waits for the rest of a document, or refuses it if it is too long already. */
static int wait_for_more(struct json_source *self, struct source_buffer *buffer,
                         struct source_row *row, size_t limit)
{
    if (buffer->size - buffer->used <= limit)
        return SOURCE_MORE;
    self->scanned = 0;
    if (!self->skipping)
        return refuse_size(self, buffer, row, limit);
    source_consume(buffer, buffer->size - buffer->used);
    return SOURCE_MORE;
}

/* Returns SOURCE_ROW with a document, or the result of wait_for_more with size 0. */
static int document_next(struct json_source *self, struct source_buffer *buffer,
                         struct source_row *row, size_t limit, const char **document, size_t *size)
{
    *size = next_document(self, buffer, row, document);
    return *size > 0 ? SOURCE_ROW : wait_for_more(self, buffer, row, limit);
}

/*
 * Returns the next document of the message. Each ends at its own octet, so that reading can resume
 * after any of them; the last one ends where the message ends.
 */
static void take_wrapped(struct json_source *self, struct source_row *row, struct event *event,
                         struct event_dropped *dropped)
{
    size_t index = self->next_in++, count = eido_count(self->message);

    row->line = self->line;
    row->end = index + 1 == count ? self->end : self->from + index + 1;
    if (eido_read(event, &self->facts, self->message, index, agent_clock_now(), dropped,
                  &row->error) == 0)
        row->event = event;
    else
        row->ahead =
            eido_read(event, &self->facts, self->message, index, EVENT_NOW_ANY, NULL, NULL) == 0;
    row->eido = row->event || row->ahead ? &self->facts : NULL;
    if (self->next_in < count)
        return;
    json_decref(self->message);
    self->message = NULL;
}

static int eido_next(void *ctx, struct source_buffer *buffer, struct source_row *row,
                     struct event *event, struct event_dropped *dropped, struct error *error)
{
    struct json_source *self = ctx;
    const char *document;
    size_t size;
    int next = SOURCE_ROW;

    (void)error;
    if (!self->message) {
        next = document_next(self, buffer, row, EVENT_MAX_EIDO_OCTETS, &document, &size);
        if (size == 0 || eido_load(&self->message, document, size, &row->error) != 0)
            return next;
        self->next_in = 0;
        self->line = row->line;
        self->end = row->end;
        self->from = row->end - size;
    }
    take_wrapped(self, row, event, dropped);
    return next;
}

static int events_next(void *ctx, struct source_buffer *buffer, struct source_row *row,
                       struct event *event, struct event_dropped *dropped, struct error *error)
{
    struct json_source *self = ctx;
    const char *document;
    size_t size;
    int next = document_next(self, buffer, row, LINE_MAX_OCTETS, &document, &size);

    (void)error;
    if (size > 0)
        decode(row, event, document, size, dropped);
    return next;
}

const struct source_kind source_ndjson = {
    json_open, json_reset, json_source_free, ndjson_next, NULL, NULL, NULL, NULL};
const struct source_kind source_eido = {
    json_open, json_reset, json_source_free, eido_next, NULL, NULL, NULL, NULL};
const struct source_kind source_events = {
    json_open, json_reset, json_source_free, events_next, NULL, NULL, NULL, NULL};
