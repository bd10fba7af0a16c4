/* event_json: decodes Liaison's JSON form by the rows, in one pass and without a tree. */
#include "event_rows.h"
#include "json_text.h"

#include <string.h>

struct decode {
    struct json_reader reader;
    const char *name; /* of the current member */
    size_t name_size;
    struct event_dropped *dropped;
    struct error *error; /* never NULL */
};

static int decode_type(struct decode *d, const struct event_type *type, void *base,
                       const struct event_where *up);

/* ---- Members that the dictionary does not name ---- */

/* Denied members inside a dropped value are counted too. */
static bool drop_denied_cb(void *ctx, const char *name, size_t size)
{
    bool denied = event_name_is_denied(name, size);

    if (denied)
        event_drop(ctx, name, size, true);
    return !denied;
}

static bool drop(struct decode *d, const char *name, size_t size)
{
    bool denied = event_name_is_denied(name, size);

    event_drop(d->dropped, name, size, denied);
    return json_read_skip(&d->reader, denied ? NULL : drop_denied_cb, d->dropped);
}

/* Skips and counts a value that cannot be kept, which began at from. If the JSON itself is broken
 * or has a duplicate member, the event is refused. A number that is too large is not broken
 * JSON. */
static int leave_out(struct decode *d, size_t from, const struct event_where *where, int err)
{
    if (d->reader.defect == ERR_RANGE) {
        event_fail(d->error, ERR_RANGE, where, "%s", d->reader.reason);
        d->reader.defect = 0;
    }
    if (d->reader.defect || err == ERR_SYNTAX)
        return err;
    if (d->reader.at == from && !json_read_skip(&d->reader, NULL, NULL))
        return d->reader.defect;
    event_leave_out(d->dropped, d->error);
    return 0;
}

/* ---- One value into one member: a function for each kind of row ---- */

typedef int decode_cb(struct decode *d, const struct event_row *row, void *member,
                      const struct event_where *where);

static int wrong_type(struct decode *d, const struct event_where *where, const char *type)
{
    if (d->reader.defect)
        return d->reader.defect;
    return event_fail(d->error, ERR_TYPE, where, "must be %s", type);
}

static bool is_a(struct decode *d, enum json_kind kind)
{
    return json_read_kind(&d->reader) == kind;
}

static int decode_enum(struct decode *d, const struct event_row *row, void *member,
                       const struct event_where *where)
{
    const char *text;
    size_t size;

    if (!is_a(d, JSON_IS_TEXT))
        return wrong_type(d, where, "a text");
    if (!json_read_text(&d->reader, &text, &size))
        return d->reader.defect;
    return event_take_word(row, member, text, size, where, d->error);
}

static int decode_text(struct decode *d, const struct event_row *row, void *member,
                       const struct event_where *where)
{
    const char *text;
    size_t size;

    if (!is_a(d, JSON_IS_TEXT))
        return wrong_type(d, where, "a text");
    if (!json_read_text(&d->reader, &text, &size))
        return d->reader.defect;
    return event_take_text(row, member, text, size, where, d->error);
}

static int decode_time(struct decode *d, const struct event_row *row, void *member,
                       const struct event_where *where)
{
    const char *text;
    size_t size;

    (void)row;
    if (!is_a(d, JSON_IS_TEXT))
        return wrong_type(d, where, "a text");
    if (!json_read_text(&d->reader, &text, &size))
        return d->reader.defect;
    return event_take_time(member, text, size, where, d->error);
}

static int decode_number(struct decode *d, const struct event_row *row, void *member,
                         const struct event_where *where)
{
    double number;

    if (!is_a(d, JSON_IS_NUMBER))
        return wrong_type(d, where, "a number");
    if (!json_read_number(&d->reader, &number))
        return d->reader.defect;
    return event_take_number(row, member, number, where, d->error);
}

static int decode_flag(struct decode *d, const struct event_row *row, void *member,
                       const struct event_where *where)
{
    enum json_kind kind = json_read_kind(&d->reader);

    (void)row;
    if (kind != JSON_IS_TRUE && kind != JSON_IS_FALSE)
        return wrong_type(d, where, "true or false");
    *(bool *)member = kind == JSON_IS_TRUE;
    return json_read_word(&d->reader) ? 0 : d->reader.defect;
}

static int decode_object(struct decode *d, const struct event_row *row, void *member,
                         const struct event_where *where)
{
    if (!is_a(d, JSON_IS_OBJECT))
        return wrong_type(d, where, "an object");
    return decode_type(d, row->type, member, where);
}

static int decode_item(struct decode *d, const struct event_row *row, void *item,
                       const struct event_where *where)
{
    if (!row->type)
        return decode_text(d, row, item, where);
    event_type_clear(row->type, item);
    return decode_object(d, row, item, where);
}

static int decode_list(struct decode *d, const struct event_row *row, void *member,
                       const struct event_where *where)
{
    char *base = (char *)member - row->offset;
    struct event_where at = *where;
    size_t *count = member;

    if (!is_a(d, JSON_IS_LIST))
        return wrong_type(d, where, "a list");
    json_read_enter(&d->reader);
    for (at.index = 0; json_read_item(&d->reader); at.index++) {
        json_read_kind(&d->reader);
        size_t from = d->reader.at;
        int err = *count == row->count ? event_fail(d->error, ERR_SIZE, where,
                                                    "must have at most %zu items", row->count)
                                       : decode_item(d, row, event_item(base, row, *count), &at);
        *count += err == 0;
        if (err && !where->up && event_path_is_required(row->name))
            return err;
        if (err && (err = leave_out(d, from, where, err)) != 0)
            return err;
    }
    return d->reader.defect;
}

static decode_cb *const decoders[EVENT_ROW_KINDS] = {
    [EVENT_ROW_ENUM] = decode_enum,    [EVENT_ROW_TEXT] = decode_text,
    [EVENT_ROW_TIME] = decode_time,    [EVENT_ROW_REAL] = decode_number,
    [EVENT_ROW_INT] = decode_number,   [EVENT_ROW_FLAG] = decode_flag,
    [EVENT_ROW_TEXTS] = decode_list,   [EVENT_ROW_OBJECT] = decode_object,
    [EVENT_ROW_OBJECTS] = decode_list,
};

/* ---- Objects ---- */

struct object {
    const struct event_type *type;
    void *base;
    uint64_t given; /* a bit for each row */
    size_t next;    /* the row behind the last one: members nearly always come in that order */
};

static const struct event_row *find_row(const struct object *o, const char *name, size_t size)
{
    const struct event_row *row = &o->type->rows[o->next];

    if (o->next < o->type->row_count && row->name_size == size &&
        memcmp(row->name, name, size) == 0)
        return row;
    return event_row_find(o->type, name, size);
}

static int decode_member(struct decode *d, struct object *o, const struct event_where *up)
{
    const struct event_row *row = find_row(o, d->name, d->name_size);

    if (!row)
        return drop(d, d->name, d->name_size) ? 0 : d->reader.defect;
    struct event_where where = {up, row->name, -1};
    size_t index = (size_t)(row - o->type->rows);

    if (o->given >> index & 1)
        return event_fail(d->error, ERR_SYNTAX, &where, "is given twice");
    o->given |= UINT64_C(1) << index;
    o->next = index + 1;
    if (is_a(d, JSON_IS_NULL))
        return json_read_word(&d->reader) ? 0 : d->reader.defect;
    size_t from = d->reader.at;
    int err = decoders[row->kind](d, row, event_member(o->base, row), &where);
    if (!err || event_row_is_required(o->type, row))
        return err;
    event_row_clear(row, o->base);
    return leave_out(d, from, &where, err);
}

static int decode_type(struct decode *d, const struct event_type *type, void *base,
                       const struct event_where *up)
{
    struct object object = {.type = type, .base = base};

    json_read_enter(&d->reader);
    while (json_read_member(&d->reader, &d->name, &d->name_size)) {
        int err = decode_member(d, &object, up);
        if (err)
            return err;
    }
    return d->reader.defect;
}

int event_decode(struct event *event, const char *json, size_t size, event_time now,
                 struct event_dropped *dropped, struct error *error)
{
    static const struct json_limits limits = {EVENT_MAX_OCTETS, EVENT_MAX_DEPTH, event_has_path};
    char room[EVENT_MAX_OCTETS];
    struct event_dropped counted = event_dropped_begin(dropped);
    struct error why = {0}; /* also of a value that was left out */
    struct decode d = {.dropped = &counted, .error = &why};
    int err = json_text_begin(&d.reader, json, size, &limits, room, error);

    if (err)
        return err;
    event_clear(event);
    err = decode_type(&d, &event_type_event, event, NULL);
    if (!err && !json_read_end(&d.reader))
        err = d.reader.defect;
    if (d.reader.defect)
        return json_text_fail(&d.reader, &limits, error);
    if (err && error)
        *error = why;
    if (!err)
        err = event_withhold(event, &counted, error);
    if (!err) {
        err = event_tidy(event, now, &counted, error);
        counted.bare = event->kind <= EVENT_INCIDENT_OPENED && !event_says_what_or_where(event);
    }
    event_dropped_add(dropped, &counted);
    return err;
}
