/* event_withhold: names that are refused and codes that are withheld. RCW 10.93.160. */
#include "event_rows.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME(text) text,
static const char *const denied_names[] = {EVENT_DENIED_FIELDS(NAME)};
static const char *const withheld_codes[] = {EVENT_WITHHELD_CODES(NAME)};
static const char *const withheld_words[] = {EVENT_WITHHELD_WORDS(NAME)};
#undef NAME

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static bool is_filler(char c)
{
    return c == '_' || c == '-' || c == ' ' || c == '.';
}

static bool same_name(const char *denied, const char *name, const char *end)
{
    for (;;) {
        while (is_filler(*denied))
            denied++;
        while (name < end && is_filler(*name))
            name++;
        if (*denied == '\0' || name == end)
            return *denied == '\0' && name == end;
        if (tolower((unsigned char)*denied) != tolower((unsigned char)*name))
            return false;
        denied++;
        name++;
    }
}

bool event_name_is_denied(const char *name, size_t size)
{
    const char *colon = memrchr(name, ':', size);
    const char *start = colon ? colon + 1 : name;

    for (size_t i = 0; i < COUNT_OF(denied_names); i++)
        if (same_name(denied_names[i], start, name + size))
            return true;
    return false;
}

void event_drop(struct event_dropped *dropped, const char *name, size_t size, bool denied)
{
    dropped->denied += denied;
    dropped->unknown += !denied;
    if (dropped->named_cb)
        dropped->named_cb(dropped->ctx, name, size, denied);
}

void event_drop_denied(const json_t *value, struct event_dropped *dropped)
{
    const char *name;
    json_t *member;
    size_t i;

    json_object_foreach((json_t *)value, name, member)
    {
        if (event_name_is_denied(name, strlen(name)))
            event_drop(dropped, name, strlen(name), true);
        else
            event_drop_denied(member, dropped);
    }
    json_array_foreach(value, i, member)
    {
        event_drop_denied(member, dropped);
    }
}

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(words[i]);

        if (tolower((unsigned char)*text) == tolower((unsigned char)*words[i]) &&
            strncasecmp(text, words[i], size) == 0 && !isalnum((unsigned char)text[size]))
            return true;
    }
    return false;
}

bool event_code_is_withheld(const char *code)
{
    for (size_t i = 0; i < COUNT_OF(withheld_codes); i++)
        if (strcasecmp(code, withheld_codes[i]) == 0)
            return true;
    for (const char *at = code; *at; at++)
        if ((at == code || !isalnum((unsigned char)at[-1])) &&
            is_one_of(at, withheld_words, COUNT_OF(withheld_words)))
            return true;
    return false;
}

static uint32_t withhold(char *code, size_t size)
{
    if (*code == '\0' || !event_code_is_withheld(code))
        return 0;
    snprintf(code, size, "%s", EVENT_WITHHELD);
    return 1;
}

uint32_t event_withhold(struct event *event)
{
    uint32_t count = 0;

    count += withhold(event->call_type, sizeof(event->call_type));
    count += withhold(event->final_type, sizeof(event->final_type));
    for (size_t i = 0; i < event->dispositions.count; i++) {
        struct event_disposition *d = &event->dispositions.item[i];

        count += withhold(d->code, sizeof(d->code));
    }
    for (size_t i = 0; i < event->outcomes.count; i++) {
        struct event_outcome *o = &event->outcomes.item[i];

        count += withhold(o->code, sizeof(o->code));
        count += withhold(o->offense, sizeof(o->offense));
    }
    return count;
}

struct event_dropped event_dropped_begin(const struct event_dropped *sum)
{
    if (!sum)
        return (struct event_dropped){0};
    return (struct event_dropped){
        .named_cb = sum->named_cb, .unfit_cb = sum->unfit_cb, .ctx = sum->ctx};
}

void event_dropped_add(struct event_dropped *sum, const struct event_dropped *more)
{
    if (!sum)
        return;
    sum->unknown += more->unknown;
    sum->denied += more->denied;
    sum->withheld += more->withheld;
    sum->unfit += more->unfit;
    sum->bare += more->bare;
}
