/* See mapping.h: binding a mapping to an input, and a row to an event. */
#include "mapping.h"
#include "mapping_time.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

int mapping_bind(struct mapping *mapping, const char *const *names, size_t count,
                 struct error *error)
{
    for (size_t i = 0; i < mapping->slot_count; i++) {
        struct mapping_slot *slot = &mapping->slot[i];

        if (slot->kind != MAPPING_COLUMN)
            continue;
        slot->column = -1;
        for (size_t c = 0; c < count; c++) {
            if (strcmp(slot->name, names[c]) != 0)
                continue;
            if (slot->column >= 0)
                return error_set(error, ERR_EXISTS, slot->name,
                                 "line %d of the mapping: the input has two columns \"%s\"",
                                 slot->line, slot->name);
            slot->column = (int)c;
        }
        if (slot->column < 0)
            return error_set(error, ERR_ABSENT, slot->name,
                             count > 1 ? "line %d of the mapping: the input has no column \"%s\""
                                       : "line %d of the mapping: the input has no column \"%s\": "
                                         "it has one alone; is it text, and the delimiter right?",
                             slot->line, slot->name);
    }
    return 0;
}

bool mapping_reads(const struct mapping *mapping, size_t column)
{
    for (size_t i = 0; i < mapping->slot_count; i++)
        if (mapping->slot[i].kind == MAPPING_COLUMN && mapping->slot[i].column == (int)column)
            return true;
    return false;
}

static void derive_split(const struct mapping_slot *slot, const char *from, char *out)
{
    const char *at = strstr(from, slot->text);

    if (slot->kind == MAPPING_AFTER)
        strcpy(out, at ? at + strlen(slot->text) : "");
    else
        snprintf(out, MAPPING_TEXT, "%.*s", at ? (int)(at - from) : MAPPING_TEXT - 1, from);
}

/* Whether [null] lists the text for all fields; joins leave it out too. */
static bool is_nothing(const struct mapping *mapping, const char *text)
{
    for (size_t i = 0; i < mapping->value_count; i++)
        if (!mapping->value[i].to && strcmp(mapping->value[i].path, "*") == 0 &&
            strcasecmp(mapping->value[i].from, text) == 0)
            return true;
    return false;
}

static void derive_join(const struct mapping *mapping, const struct mapping_slot *slot,
                        struct mapping_row *row, char *out)
{
    size_t used = 0;

    *out = '\0';
    for (size_t i = 0; i < slot->part_count; i++) {
        const char *part = row->text[slot->part[i]];
        size_t size = strlen(part);

        if (size == 0 || used + size + 2 > MAPPING_TEXT || is_nothing(mapping, part))
            continue;
        if (used > 0)
            out[used++] = ' ';
        memcpy(out + used, part, size + 1);
        used += size;
    }
}

void mapping_derive(const struct mapping *mapping, struct mapping_row *row)
{
    for (size_t i = 0; i < mapping->slot_count; i++) {
        const struct mapping_slot *slot = &mapping->slot[i];

        if (slot->kind == MAPPING_JOIN)
            derive_join(mapping, slot, row, row->text[i]);
        else if (slot->kind != MAPPING_COLUMN)
            derive_split(slot, row->text[slot->part[0]], row->text[i]);
    }
}

/* What [values] and [null] make of a text: itself, another text, or nothing (""). */
static const char *translate(const struct mapping *mapping, const char *path, const char *text)
{
    const char *other = NULL;

    for (size_t i = 0; i < mapping->value_count; i++) {
        const struct mapping_value *value = &mapping->value[i];

        if (strcmp(value->path, path) != 0 && strcmp(value->path, "*") != 0)
            continue;
        if (strcasecmp(value->from, text) == 0)
            return value->to ? value->to : "";
        if (value->to && strcmp(value->from, "*") == 0)
            other = value->to;
    }
    return other ? other : text;
}

static int apply_time(const struct mapping *mapping, const char *path, const char *text,
                      struct event *event, struct error *error)
{
    event_time time;
    uint8_t quality;
    int err = mapping_time_read(mapping, text, &time, &quality, error);

    if (err) {
        snprintf(error->field, sizeof error->field, "%s", path);
        return err;
    }
    if (strcmp(path, "occurred_at") == 0 && !event->time_quality)
        event->time_quality = quality;
    return event_set_time(event, path, time);
}

/* A constant in a list's item is set only if the row has a value for that item, or if the mapping
 * has only constants for it. */
static bool says_item(const struct mapping *mapping, const char *path,
                      const struct mapping_row *row)
{
    size_t item = strcspn(path, "]");
    bool asked = false;

    for (size_t i = 0; path[item] && i < mapping->field_count; i++) {
        const struct mapping_field *field = &mapping->field[i];

        if (field->slot < 0 || strncmp(field->path, path, item + 1) != 0)
            continue;
        asked = true;
        if (*translate(mapping, field->path, row->text[field->slot]) && *row->text[field->slot])
            return true;
    }
    return !asked;
}

static int apply_field(const struct mapping *mapping, const struct mapping_field *field,
                       const struct mapping_row *row, struct event *event, struct error *error)
{
    const char *text;

    if (field->slot < 0)
        return says_item(mapping, field->path, row)
                   ? event_set(event, field->path, field->constant, error)
                   : 0;
    text = row->text[field->slot];
    if (*text == '\0')
        return 0;
    if (mapping->value_count > 0)
        text = translate(mapping, field->path, text);
    if (*text == '\0')
        return 0;
    return field->is_time ? apply_time(mapping, field->path, text, event, error)
                          : event_set(event, field->path, text, error);
}

/* A bad value of a field that is not required is left out, and does not refuse the event. */
static int leave_out(struct event *event, const char *path, struct event_dropped *dropped,
                     const struct error *why, int err)
{
    if (event_path_is_required(path))
        return err;
    event_set(event, path, "", NULL);
    event_leave_out(dropped, why);
    return 0;
}

int mapping_apply(const struct mapping *mapping, const struct mapping_row *row, struct event *event,
                  struct event_dropped *dropped, struct error *error)
{
    int err = 0;

    event_clear(event);
    for (size_t i = 0; !err && i < mapping->field_count; i++) {
        err = apply_field(mapping, &mapping->field[i], row, event, error);
        if (err)
            err = leave_out(event, mapping->field[i].path, dropped, error, err);
    }
    if (!err && mapping->incident >= 0)
        err = event_set(event, "incident", row->text[mapping->incident], error);
    if (!err && mapping->zone[0] && !event->zone[0])
        strcpy(event->zone, mapping->zone);
    event_compact(event);
    return err;
}
