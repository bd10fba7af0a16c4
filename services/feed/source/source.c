/* See source.h. */
#include "source.h"

#include "agent_clock.h"
#include "source_head.h"
#include "source_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOLE_OCTETS = 4 };

struct source {
    const struct source_kind *kind;
    void *self;
    struct source_buffer buffer;
    bool begun; /* its first octets were checked */
    struct event event;
    struct event_dropped dropped;
    struct leftout members, fields; /* names of what was left out */
    struct source_hearer hearer;
    bool takes_ahead;
};

static const struct {
    const char *word;
    const struct source_kind *kind;
} kinds[] = {
    [SOURCE_CSV] = {"csv", &source_csv},
    [SOURCE_NDJSON] = {"ndjson", &source_ndjson},
    [SOURCE_EIDO] = {"eido", &source_eido},
    [SOURCE_EVENTS] = {NULL, &source_events}, /* no setting selects it */
};

int source_format_parse(const char *word, enum source_format *format)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].word && strcasecmp(kinds[i].word, word) == 0) {
            *format = (enum source_format)i;
            return 0;
        }
    return -1;
}

struct source *source_open(enum source_format format, struct mapping *mapping, struct error *error)
{
    struct source *source = calloc(1, sizeof *source);

    if (!source) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    source->kind = kinds[format].kind;
    source->self = source->kind->open(mapping, error);
    if (!source->self) {
        free(source);
        return NULL;
    }
    source_reset(source);
    return source;
}

void source_free(struct source *source)
{
    if (!source)
        return;
    source->kind->free(source->self);
    free(source->buffer.data);
    free(source);
}

static void named_cb(void *ctx, const char *name, size_t size, bool denied)
{
    struct source *source = ctx;

    if (!denied)
        leftout_add(&source->members, name, size);
    if (source->hearer.named_cb)
        source->hearer.named_cb(source->hearer.ctx, name, size, denied);
}

static void unfit_cb(void *ctx, const struct error *why)
{
    struct source *source = ctx;
    char name[EVENT_FIELD_NAME];

    event_field_name(why->field, name);
    leftout_add(&source->fields, name, strlen(name));
    if (source->hearer.unfit_cb)
        source->hearer.unfit_cb(source->hearer.ctx, why);
}

void source_reset(struct source *source)
{
    source->kind->reset(source->self);
    source->buffer.size = source->buffer.used = 0;
    source->buffer.offset = 0;
    source->buffer.line = 1;
    source->buffer.finished = source->buffer.in_hole = source->begun = false;
    source->dropped =
        (struct event_dropped){.named_cb = named_cb, .unfit_cb = unfit_cb, .ctx = source};
    source->members = source->fields = (struct leftout){0};
}

int source_push(struct source *source, const char *data, size_t size)
{
    struct source_buffer *buffer = &source->buffer;

    if (buffer->used > 0)
        memmove(buffer->data, buffer->data + buffer->used, buffer->size - buffer->used);
    buffer->size -= buffer->used;
    buffer->used = 0;
    if (buffer->size + size > buffer->room) {
        size_t room = (buffer->size + size) * 2;
        char *larger = realloc(buffer->data, room);

        if (!larger)
            return ERR_NOMEM;
        buffer->data = larger;
        buffer->room = room;
    }
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    return 0;
}

void source_finish(struct source *source)
{
    source->buffer.finished = true;
}

/* Withholding is done before any other code sees the event. */
static void finish_row(struct source *source, struct source_row *row)
{
    struct error other = {0};

    if (!row->event && row->ahead && source->takes_ahead)
        row->event = &source->event; /* as it was decoded */
    if (!row->event)
        return;
    if (event_withhold(&source->event, &source->dropped, &row->error) != 0) {
        row->event = NULL;
        return;
    }
    if (event_check(&source->event, agent_clock_now(), &row->error) == 0)
        return;
    row->ahead = event_check(&source->event, EVENT_NOW_ANY, &other) == 0;
    if (row->ahead && source->takes_ahead)
        row->error = (struct error){0};
    else
        row->event = NULL;
}

bool source_cut(struct source *source, struct source_row *row)
{
    struct source_buffer *buffer = &source->buffer;

    *row = (struct source_row){.line = buffer->line};
    if (buffer->size == buffer->used)
        return false;
    source_consume(buffer, buffer->size - buffer->used);
    row->end = buffer->offset;
    error_set(&row->error, ERR_SYNTAX, "",
              "the file was written anew before this line had its end");
    return true;
}

void source_take_ahead(struct source *source)
{
    source->takes_ahead = true;
}

bool source_is_open(const struct source *source)
{
    return source->kind->is_open && source->kind->is_open(source->self);
}

void source_give_up(struct source *source)
{
    if (source->kind->give_up)
        source->kind->give_up(source->self);
}

int source_next(struct source *source, struct source_row *row, struct error *error)
{
    int got;

    *row = (struct source_row){0};
    if (!source->begun) {
        got = source_head_take(&source->buffer, error);
        if (got != 0)
            return got == SOURCE_HEAD_MORE ? SOURCE_MORE : got;
        source->begun = true;
    }
    got = source->kind->next(source->self, &source->buffer, row, &source->event, &source->dropped,
                             error);
    if (got == SOURCE_ROW)
        finish_row(source, row);
    return got;
}

void source_hear(struct source *source, const struct source_hearer *hearer)
{
    source->hearer = *hearer;
}

const struct leftout *source_members_left_out(const struct source *source)
{
    return &source->members;
}

const struct leftout *source_fields_left_out(const struct source *source)
{
    return &source->fields;
}

const struct event_dropped *source_dropped(const struct source *source)
{
    return &source->dropped;
}

void source_print_dropped(const struct source *source, FILE *out)
{
    if (source->kind->print_dropped)
        source->kind->print_dropped(source->self, out);
}

bool source_print_row_dropped(const struct source *source, FILE *out)
{
    return source->kind->print_row_dropped && source->kind->print_row_dropped(source->self, out);
}

const char *source_line(const struct source_buffer *buffer, size_t ahead, size_t *size)
{
    size_t left = buffer->size - buffer->used - ahead, at = 0;
    const char *from, *lf, *cr;

    if (left == 0)
        return NULL;
    from = buffer->data + buffer->used + ahead;
    lf = memchr(from, '\n', left);
    cr = memchr(from, '\r', lf ? (size_t)(lf - from) : left);
    if (cr)
        at = (size_t)(cr - from) + 1;
    if (cr && at < left && from[at] == '\n')
        at++; /* CR LF */
    else if (cr && at == left && !buffer->finished)
        return NULL; /* LF may follow */
    else if (!cr)
        at = lf ? (size_t)(lf - from) + 1 : left;
    if (!cr && !lf && !buffer->finished)
        return NULL;
    *size = at;
    return from;
}

void source_pass_hole(struct source_buffer *buffer)
{
    size_t left = buffer->size - buffer->used, size = 0;

    while (size < left && buffer->data[buffer->used + size] == '\0')
        size++;
    if (size >= HOLE_OCTETS || (buffer->in_hole && size > 0))
        source_consume(buffer, size);
    buffer->in_hole = size == left && (buffer->in_hole || size >= HOLE_OCTETS);
}

void source_consume(struct source_buffer *buffer, size_t size)
{
    const char *at = buffer->data + buffer->used, *end = at + size;

    buffer->offset += size;
    buffer->used += size;
    for (; at < end; at++)
        if (*at == '\n' || (*at == '\r' && (at + 1 == end || at[1] != '\n')))
            buffer->line++;
}
