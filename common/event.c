/* See event.h: clearing, checking and setting an event by its rows. */
#include "event.h"

#include "event_rows.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_US    (INT64_C(86400) * 1000000)
#define YEAR_1990 (INT64_C(7305) * DAY_US)

void event_clear(struct event *event)
{
    event_type_clear(&event_type_event, event);
}

/* Checking. */

bool event_time_in_range(event_time time, event_time now)
{
    return time >= YEAR_1990 && time <= now + DAY_US;
}

struct check {
    uint8_t kind;
    bool needs_only; /* values were checked before */
    event_time now;
    struct error *error;
};

static int check_type(const struct check *check, const struct event_type *type, const void *base,
                      const struct event_where *up);

static int check_time(const struct check *check, event_time time, const struct event_where *where)
{
    if (time != EVENT_TIME_NONE && !event_time_in_range(time, check->now))
        return event_fail(check->error, ERR_RANGE, where,
                          "must lie between 1990-01-01 and one day ahead of the clock");
    return 0;
}

static int check_number(const struct check *check, const struct event_row *row, const void *base,
                        const struct event_where *where)
{
    union {
        double real;
        int32_t whole;
    } same;
    double number;

    if (!event_row_given(row, base))
        return 0;
    number = row->kind == EVENT_ROW_INT ? *(const int32_t *)event_member_of(base, row)
                                        : *(const double *)event_member_of(base, row);
    return event_take_number(row, &same, number, where, check->error);
}

static int check_list(const struct check *check, const struct event_row *row, const void *base,
                      const struct event_where *up)
{
    size_t count = *(const size_t *)event_member_of(base, row);
    struct event_where where = {up, row->name, 0};
    int err = 0;

    for (size_t i = 0; !err && i < count; i++) {
        const void *item = event_item_of(base, row, i);

        where.index = (long)i;
        if (row->type)
            err = check_type(check, row->type, item, &where);
        else if (*(const char *)item == '\0')
            err = event_fail(check->error, ERR_MISSING, &where, "must not be empty");
    }
    return err;
}

int event_check_value(const struct event_row *row, const void *base, event_time now,
                      const struct event_where *up, struct error *error)
{
    struct event_where where = {up, row->name, -1};
    const void *member = event_member_of(base, row);
    const struct check check = {0, false, now, error};

    switch (row->kind) {
    case EVENT_ROW_TIME:
        return check_time(&check, *(const event_time *)member, &where);
    case EVENT_ROW_REAL:
    case EVENT_ROW_INT:
        return check_number(&check, row, base, &where);
    case EVENT_ROW_ENUM:
        if (*(const uint8_t *)member && !event_list_word(row->list, *(const uint8_t *)member))
            return event_fail(error, ERR_VALUE, &where, "is not in its list");
        return 0;
    case EVENT_ROW_TEXTS:
    case EVENT_ROW_OBJECTS:
    case EVENT_ROW_OBJECT:
    case EVENT_ROW_TEXT:
    case EVENT_ROW_FLAG:
    case EVENT_ROW_KINDS:
        break;
    }
    return 0;
}

static int check_row(const struct check *check, const struct event_row *row, const void *base,
                     const struct event_where *up)
{
    struct event_where where = {up, row->name, -1};

    if (row->count > 0)
        return check_list(check, row, base, up);
    if (row->kind == EVENT_ROW_OBJECT)
        return check_type(check, row->type, event_member_of(base, row), &where);
    return event_check_value(row, base, check->now, up, check->error);
}

static int check_need(const struct check *check, const struct event_need *need, const void *base,
                      const struct event_where *up)
{
    struct event_where where = {up, need->field->name, -1};

    if (need->kinds != EVENT_ANY_KIND && !(need->kinds >> check->kind & 1U))
        return 0;
    if (need->given && !event_row_given(need->given, base))
        return 0;
    if (event_row_given(need->field, base) ||
        (need->or_field && event_row_given(need->or_field, base)))
        return 0;
    if (need->given)
        return event_fail(check->error, ERR_MISSING, &where, "must be given with %s",
                          need->given->name);
    if (need->or_field)
        return event_fail(check->error, ERR_MISSING, &where, "it or %s must be given",
                          need->or_field->name);
    return event_fail(check->error, ERR_MISSING, &where, "must be given");
}

static int check_type(const struct check *check, const struct event_type *type, const void *base,
                      const struct event_where *up)
{
    int err = 0;

    for (size_t i = 0; !err && i < type->row_count; i++)
        if (type->rows[i].type || !check->needs_only)
            err = check_row(check, &type->rows[i], base, up);
    for (size_t i = 0; !err && i < event_need_count; i++)
        if (event_needs[i].type == type)
            err = check_need(check, &event_needs[i], base, up);
    return err;
}

int event_check(const struct event *event, event_time now, struct error *error)
{
    struct check check = {event->kind, false, now, error};

    return check_type(&check, &event_type_event, event, NULL);
}

int event_check_needs(const struct event *event, struct error *error)
{
    struct check check = {event->kind, true, 0, error};

    return check_type(&check, &event_type_event, event, NULL);
}

/* Setting by path. */

/* What a path names: a row, the struct that contains it, and the list on the path, if any. */
struct target {
    struct event_row row;
    size_t base;
    const struct event_row *list;
    size_t list_base;
    size_t index;
};

/* Splits "units[3]" off the front of *path, and the '.' behind it. index is -1 if none is given. */
static bool path_step(const char **path, const char **name, size_t *size, long *index)
{
    char *end;

    *name = *path;
    *size = strcspn(*path, ".[");
    *path += *size;
    *index = -1;
    if (**path == '[') {
        if ((*path)[1] < '0' || (*path)[1] > '9')
            return false;
        *index = strtol(*path + 1, &end, 10);
        if (*end != ']')
            return false;
        *path = end + 1;
    }
    if (**path == '.') {
        (*path)++;
        return **path != '\0';
    }
    return **path == '\0';
}

/* Moves target one level down, from the struct at target->base to the member that row describes. */
static void target_enter(struct target *target, const struct event_row *row, long index)
{
    target->row = *row;
    if (row->count > 0) {
        target->list = row;
        target->list_base = target->base;
        target->index = (size_t)index;
    }
    if (row->type)
        target->base +=
            row->count ? row->items + (size_t)index * event_item_size(row) : row->offset;
    if (row->kind == EVENT_ROW_TEXTS) {
        target->row.kind = EVENT_ROW_TEXT;
        target->row.offset = row->items + (size_t)index * event_item_size(row);
    }
}

static bool path_find(const char *path, struct target *target)
{
    const struct event_type *type = &event_type_event;
    const struct event_row *row;
    const char *name;
    size_t size;
    long index;

    *target = (struct target){.list = NULL};
    while (type) {
        if (!path_step(&path, &name, &size, &index))
            return false;
        row = event_row_find(type, name, size);
        if (!row || (index >= 0) != (row->count > 0) || (index >= 0 && index >= (long)row->count))
            return false;
        target_enter(target, row, index);
        type = row->type;
        if ((*path == '\0') != (type == NULL))
            return false;
    }
    return true;
}

bool event_has_path(const char *path)
{
    struct target target;

    return path_find(path, &target);
}

/* Makes the list on the path long enough; items that are skipped stay empty. */
static void target_grow(struct event *event, const struct target *target)
{
    char *base = (char *)event + target->list_base;
    const struct event_row *row = target->list;
    size_t *count;

    if (!row)
        return;
    for (count = event_member(base, row); *count <= target->index; (*count)++) {
        char *item = event_item(base, row, *count);

        if (row->type)
            event_type_clear(row->type, item);
        else
            *item = '\0';
    }
}

static bool target_exists(const struct event *event, const struct target *target)
{
    const char *base = (const char *)event + target->list_base;

    return !target->list || target->index < *(const size_t *)event_member_of(base, target->list);
}

static int take_flag(bool *out, const char *text, const struct event_where *where,
                     struct error *error)
{
    static const char *const words[2][4] = {{"false", "no", "n", "0"}, {"true", "yes", "y", "1"}};

    for (int value = 0; value < 2; value++)
        for (size_t i = 0; i < 4; i++)
            if (strcasecmp(text, words[value][i]) == 0) {
                *out = value;
                return 0;
            }
    return event_fail(error, ERR_VALUE, where, "must be true or false");
}

static int take_decimal(const struct event_row *row, void *out, const char *text,
                        const struct event_where *where, struct error *error)
{
    char *end = NULL;
    double number = 0.0;

    /* strtod alone would take "inf", "nan" and hexadecimal. */
    if (strspn(text, "0123456789+-.eE") == strlen(text))
        number = strtod(text, &end);
    if (!end || end == text || *end != '\0')
        return event_fail(error, ERR_TYPE, where, "must be a number");
    return event_take_number(row, out, number, where, error);
}

static int take_trimmed(const struct event_row *row, void *member, const char *text, size_t size,
                        const struct event_where *where, struct error *error)
{
    char copy[64];

    if (row->kind == EVENT_ROW_TIME)
        return event_take_time(member, text, size, where, error);
    if (row->kind == EVENT_ROW_ENUM)
        return event_take_word(row, member, text, size, where, error);
    if (row->kind == EVENT_ROW_TEXT)
        return event_take_text(row, member, text, size, where, error);
    if (size >= sizeof(copy))
        return event_fail(error, ERR_SIZE, where, "is too long for its type");
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (row->kind == EVENT_ROW_FLAG)
        return take_flag(member, copy, where, error);
    return take_decimal(row, member, copy, where, error);
}

int event_set(struct event *event, const char *path, const char *text, struct error *error)
{
    struct event_where where = {NULL, path, -1};
    struct target target;
    size_t size = strlen(text);

    if (!path_find(path, &target))
        return event_fail(error, ERR_ABSENT, NULL, "the data dictionary names no such field");
    event_trim(&text, &size);
    if (size == 0) {
        if (target_exists(event, &target))
            event_row_clear(&target.row, (char *)event + target.base);
        return 0;
    }
    target_grow(event, &target);
    return take_trimmed(&target.row, (char *)event + target.base + target.row.offset, text, size,
                        &where, error);
}

int event_set_time(struct event *event, const char *path, event_time time)
{
    struct target target;

    if (!path_find(path, &target))
        return ERR_ABSENT;
    if (target.row.kind != EVENT_ROW_TIME)
        return ERR_TYPE;
    target_grow(event, &target);
    *(event_time *)event_member((char *)event + target.base, &target.row) = time;
    return 0;
}

static void compact_list(struct event *event, const struct event_row *row)
{
    size_t *count = event_member(event, row), kept = 0;

    for (size_t i = 0; i < *count; i++) {
        char *item = event_item(event, row, i);
        bool given = row->type ? event_type_given(row->type, item) : *item != '\0';

        if (given && i != kept)
            memcpy(event_item(event, row, kept), item, event_item_size(row));
        kept += given;
    }
    *count = kept;
}

void event_compact(struct event *event)
{
    for (size_t i = 0; i < event_type_event.row_count; i++)
        if (event_type_event.rows[i].count > 0)
            compact_list(event, &event_type_event.rows[i]);
}
