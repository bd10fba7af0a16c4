/* event_json: decodes our own JSON form by the rows. */
#include "event_rows.h"
#include "json_text.h"

#include <string.h>

struct decode {
    struct event_dropped *dropped;
    struct fault *fault;
};

static int decode_type(struct decode *d, const struct event_type *type, void *base, json_t *object,
                       const struct event_where *up);

uint32_t event_count_denied(const json_t *value)
{
    uint32_t count = 0;
    const char *name;
    json_t *member;
    size_t i;

    json_object_foreach((json_t *)value, name, member) count +=
        event_name_is_denied(name, strlen(name)) ? 1 : event_count_denied(member);
    json_array_foreach(value, i, member) count += event_count_denied(member);
    return count;
}

static void drop(struct decode *d, const char *name, size_t size, const json_t *value)
{
    uint32_t denied = event_name_is_denied(name, size) ? 1 : 0;

    if (!denied) {
        d->dropped->unknown++;
        denied = event_count_denied(value);
    }
    d->dropped->denied += denied;
}

static int wrong_type(struct decode *d, const struct event_where *where, const char *type)
{
    return event_fail(d->fault, ERR_TYPE, where, "must be %s", type);
}

/* One value into one member: a function for each kind of row. */
typedef int decode_cb(struct decode *d, const struct event_row *row, void *member, json_t *value,
                      const struct event_where *where);

static int decode_enum(struct decode *d, const struct event_row *row, void *member, json_t *value,
                       const struct event_where *where)
{
    if (!json_is_string(value))
        return wrong_type(d, where, "a text");
    return event_take_word(row, member, json_string_value(value), json_string_length(value), where,
                           d->fault);
}

static int decode_text(struct decode *d, const struct event_row *row, void *member, json_t *value,
                       const struct event_where *where)
{
    if (!json_is_string(value))
        return wrong_type(d, where, "a text");
    return event_take_text(row, member, json_string_value(value), json_string_length(value), where,
                           d->fault);
}

static int decode_time(struct decode *d, const struct event_row *row, void *member, json_t *value,
                       const struct event_where *where)
{
    (void)row;
    if (!json_is_string(value))
        return wrong_type(d, where, "a text");
    return event_take_time(member, json_string_value(value), json_string_length(value), where,
                           d->fault);
}

static int decode_number(struct decode *d, const struct event_row *row, void *member, json_t *value,
                         const struct event_where *where)
{
    if (!json_is_number(value))
        return wrong_type(d, where, "a number");
    return event_take_number(row, member, json_number_value(value), where, d->fault);
}

static int decode_flag(struct decode *d, const struct event_row *row, void *member, json_t *value,
                       const struct event_where *where)
{
    (void)row;
    if (!json_is_boolean(value))
        return wrong_type(d, where, "true or false");
    *(bool *)member = json_is_true(value);
    return 0;
}

static int decode_object(struct decode *d, const struct event_row *row, void *member, json_t *value,
                         const struct event_where *where)
{
    if (!json_is_object(value))
        return wrong_type(d, where, "an object");
    return decode_type(d, row->type, member, value, where);
}

static int decode_item(struct decode *d, const struct event_row *row, void *item, json_t *value,
                       const struct event_where *where)
{
    if (!row->type)
        return decode_text(d, row, item, value, where);
    event_type_clear(row->type, item);
    return decode_object(d, row, item, value, where);
}

static int decode_list(struct decode *d, const struct event_row *row, void *member, json_t *value,
                       const struct event_where *where)
{
    char *base = (char *)member - row->offset;
    struct event_where at = *where;
    size_t *count = member;
    json_t *item;
    size_t i;
    int err = 0;

    if (!json_is_array(value))
        return wrong_type(d, where, "a list");
    if (json_array_size(value) > row->count)
        return event_fail(d->fault, ERR_SIZE, where, "must have at most %zu items", row->count);
    json_array_foreach(value, i, item)
    {
        at.index = (long)i;
        err = decode_item(d, row, event_item(base, row, i), item, &at);
        if (err)
            break;
        *count = i + 1;
    }
    return err;
}

static decode_cb *const decoders[EVENT_ROW_KINDS] = {
    [EVENT_ROW_ENUM] = decode_enum,    [EVENT_ROW_TEXT] = decode_text,
    [EVENT_ROW_TIME] = decode_time,    [EVENT_ROW_REAL] = decode_number,
    [EVENT_ROW_INT] = decode_number,   [EVENT_ROW_FLAG] = decode_flag,
    [EVENT_ROW_TEXTS] = decode_list,   [EVENT_ROW_OBJECT] = decode_object,
    [EVENT_ROW_OBJECTS] = decode_list,
};

static int decode_type(struct decode *d, const struct event_type *type, void *base, json_t *object,
                       const struct event_where *up)
{
    const char *name;
    json_t *value;
    int err = 0;

    json_object_foreach(object, name, value)
    {
        size_t size = strlen(name);
        const struct event_row *row = event_row_find(type, name, size);
        struct event_where where = {up, name, -1};

        if (!row)
            drop(d, name, size, value);
        else if (!json_is_null(value))
            err = decoders[row->kind](d, row, event_member(base, row), value, &where);
        if (err)
            break;
    }
    return err;
}

int event_decode(struct event *event, const char *json, size_t size, event_time now,
                 struct event_dropped *dropped, struct fault *fault)
{
    static const struct json_limits limits = {EVENT_MAX_OCTETS, EVENT_MAX_DEPTH, event_has_path};
    struct event_dropped counted = {0};
    struct decode d = {&counted, fault};
    json_t *root;
    int err;

    err = json_text_load(&root, json, size, &limits, fault);
    if (err)
        return err;
    event_clear(event);
    err = decode_type(&d, &event_type_event, event, root, NULL);
    json_decref(root);
    counted.withheld = err ? 0 : event_withhold(event);
    event_dropped_add(dropped, &counted);
    return err ? err : event_check(event, now, fault);
}
