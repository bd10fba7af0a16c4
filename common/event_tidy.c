/* event_tidy: leaves out optional values that cannot be kept. */
#include "event_rows.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Without these fields an event states something else: which incident, what happened, when. The
 * type is required because an agency may withhold a type, and a type that cannot be read may be
 * that one. A merge, an entry in error and an outcome are separate facts.
 */
static const char *const required[] = {
    "kind",       "agency",      "incident",   "occurred_at",      "call_type",
    "final_type", "merged_into", "split_from", "entered_in_error", "outcomes",
};
static const char *const optional_of_outcome[] = {"offense", "decided_at"};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

bool event_row_is_required(const struct event_type *type, const struct event_row *row)
{
    if (type == &event_type_event)
        return is_one_of(row->name, required, COUNT_OF(required));
    return type == &event_type_outcome &&
           !is_one_of(row->name, optional_of_outcome, COUNT_OF(optional_of_outcome));
}

bool event_path_is_required(const char *path)
{
    const char *last = strrchr(path, '.');

    if (strncmp(path, "outcomes[", strlen("outcomes[")) == 0)
        return !last || !is_one_of(last + 1, optional_of_outcome, COUNT_OF(optional_of_outcome));
    return is_one_of(path, required, COUNT_OF(required));
}

void event_leave_out(struct event_dropped *dropped, const struct error *why)
{
    dropped->unfit++;
    if (dropped->unfit_cb)
        dropped->unfit_cb(dropped->ctx, why);
}

void event_field_name(const char *path, char out[EVENT_FIELD_NAME])
{
    size_t used = 0;

    for (; *path && used < EVENT_FIELD_NAME - 1; path++) {
        if (*path == '[')
            path += strcspn(path, "]");
        if (*path && *path != ']')
            out[used++] = *path;
    }
    out[used] = '\0';
}

struct tidy {
    event_time now;
    struct event_dropped *dropped;
    struct error *refused; /* the first value that must stay and is bad */
};

static void tidy_type(const struct tidy *tidy, const struct event_type *type, void *base,
                      const struct event_where *up);

/* Whether an object has its own required field: a unit its id. */
static bool is_whole(const struct event_type *type, const void *item,
                     const struct event_where *where, struct error *error)
{
    for (size_t i = 0; i < event_need_count; i++) {
        const struct event_need *need = &event_needs[i];
        struct event_where field = {where, need->field->name, -1};

        if (need->type == type && !need->given && !event_row_given(need->field, item) &&
            !(need->or_field && event_row_given(need->or_field, item))) {
            event_fail(error, ERR_MISSING, &field, "must be given");
            return false;
        }
    }
    return true;
}

static bool is_kept(const struct tidy *tidy, const struct event_row *row, void *item,
                    const struct event_where *where, struct error *error)
{
    if (row->type) {
        tidy_type(tidy, row->type, item, where);
        return is_whole(row->type, item, where, error);
    }
    if (*(const char *)item == '\0')
        event_fail(error, ERR_MISSING, where, "must not be empty");
    return *(const char *)item != '\0';
}

static void tidy_list(const struct tidy *tidy, const struct event_type *type,
                      const struct event_row *row, void *base, const struct event_where *up)
{
    size_t *count = event_member(base, row), kept = 0;

    for (size_t i = 0; i < *count; i++) {
        struct event_where where = {up, row->name, (long)i};
        struct error error = {0};
        void *item = event_item(base, row, i);
        bool good = is_kept(tidy, row, item, &where, &error) || event_row_is_required(type, row);

        if (!good)
            event_leave_out(tidy->dropped, &error);
        if (good && i != kept)
            memcpy(event_item(base, row, kept), item, event_item_size(row));
        kept += good;
    }
    *count = kept;
}

/* Leaves out a latitude without a longitude, and a point of 0, 0, which systems write when they
 * know no place. */
static void tidy_point(const struct tidy *tidy, void *base, const struct event_where *up)
{
    struct event_place *place = base;
    bool told = tidy->dropped->unfit > 0; /* usually because the other one was left out */
    struct error error = {0};

    for (size_t i = 0; i < event_need_count; i++) {
        const struct event_need *need = &event_needs[i];
        struct event_where where = {up, need->field->name, -1};

        if (need->type != &event_type_place || !event_row_given(need->given, base) ||
            event_row_given(need->field, base))
            continue;
        event_fail(&error, ERR_MISSING, &where, "must be given with %s", need->given->name);
        if (!told)
            event_leave_out(tidy->dropped, &error);
        event_row_clear(need->given, base);
    }
    if (place->latitude == 0.0 && place->longitude == 0.0) {
        struct event_where where = {up, "latitude", -1};

        event_fail(&error, ERR_VALUE, &where, "0 0 is no place");
        event_leave_out(tidy->dropped, &error);
        event_row_clear(event_row_find(&event_type_place, "latitude", strlen("latitude")), base);
        event_row_clear(event_row_find(&event_type_place, "longitude", strlen("longitude")), base);
    }
}

static void tidy_value(const struct tidy *tidy, const struct event_type *type,
                       const struct event_row *row, void *base, const struct event_where *up)
{
    struct error error = {0};

    if (event_check_value(row, base, tidy->now, up, &error) == 0)
        return;
    if (event_row_is_required(type, row)) {
        if (!tidy->refused->code)
            *tidy->refused = error;
        return;
    }
    event_leave_out(tidy->dropped, &error);
    event_row_clear(row, base);
}

static void tidy_type(const struct tidy *tidy, const struct event_type *type, void *base,
                      const struct event_where *up)
{

    for (size_t i = 0; i < type->row_count; i++) {
        const struct event_row *row = &type->rows[i];
        struct event_where where = {up, row->name, -1};

        if (row->kind == EVENT_ROW_OBJECT) {
            tidy_type(tidy, row->type, event_member(base, row), &where);
        } else if (row->count > 0) {
            tidy_list(tidy, type, row, base, up);
        } else {
            tidy_value(tidy, type, row, base, up);
        }
    }
    if (type == &event_type_place)
        tidy_point(tidy, base, up);
}

int event_tidy(struct event *event, event_time now, struct event_dropped *dropped,
               struct error *error)
{
    struct error refused = {0};
    struct tidy tidy = {now, dropped, &refused};

    tidy_type(&tidy, &event_type_event, event, NULL);
    if (!refused.code)
        event_check_needs(event, &refused);
    if (refused.code && error)
        *error = refused;
    return refused.code;
}

bool event_says_what_or_where(const struct event *event)
{
    const struct event_place *place = &event->place;

    return *event->call_type || *event->final_type || *place->address || *place->name ||
           *place->municipality || *place->cross_streets || place->latitude == place->latitude;
}
