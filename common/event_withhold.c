/* event_withhold: names that are refused, and what is taken out of texts. RCW 10.93.160. */
#include "event_rows.h"
#include "text_check.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define NAME(text) text,
static const char *const denied_names[] = {EVENT_DENIED_FIELDS(NAME)};
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

bool event_code_is_withheld(const char *code)
{
    char text[sizeof((struct event *)0)->call_type];

    snprintf(text, sizeof text, "%s", code);
    return text_check(text, sizeof text, TEXT_OF_CODE, NULL) && strcmp(text, EVENT_WITHHELD) == 0;
}

static void check(char *text, size_t size, enum text_field field, struct event_dropped *dropped)
{
    if (!*text || text_check(text, size, field, &dropped->found) == 0)
        return;
    if (field & (TEXT_OF_CODE | TEXT_OF_OFFENSE))
        dropped->withheld += strcmp(text, EVENT_WITHHELD) == 0;
}

#define CHECK(text, field) check(text, sizeof(text), field, dropped)

/* What says which call or outcome it is. Shortened it would be another's, so it refuses. */
static void check_identity(char *text, size_t size, const char *field,
                           struct event_dropped *dropped, struct fault *fault)
{
    if (!*text || text_check(text, size, TEXT_OF_ID, &dropped->found) == 0)
        return;
    *text = '\0';
    if (!fault->code)
        fault_set(fault, ERR_VALUE, field, EVENT_IDENTITY_WITHHELD);
}

#define CHECK_IDENTITY(text, field) check_identity(text, sizeof(text), field, dropped, fault)

/* Of an item that must say something. */
static void check_item(char *text, size_t size, struct event_dropped *dropped)
{
    bool given = *text != '\0';

    check(text, size, TEXT_OF_ID, dropped);
    if (given && !*text)
        snprintf(text, size, "%s", EVENT_WITHHELD);
}

static void check_place(struct event_place *place, struct event_dropped *dropped)
{
    CHECK(place->address, TEXT_OF_PLACE);
    CHECK(place->name, TEXT_OF_PLACE);
    CHECK(place->municipality, TEXT_OF_PLACE);
    CHECK(place->cross_streets, TEXT_OF_PLACE);
    CHECK(place->beat, TEXT_OF_ID);
}

static void check_outcome(struct event_outcome *outcome, size_t i, struct event_dropped *dropped,
                          struct fault *fault)
{
    char field[sizeof fault->field];

    snprintf(field, sizeof field, "outcomes[%zu].outcome_id", i);
    CHECK_IDENTITY(outcome->outcome_id, field);
    CHECK(outcome->code, TEXT_OF_CODE);
    CHECK(outcome->offense, TEXT_OF_OFFENSE);
    snprintf(field, sizeof field, "outcomes[%zu].voids", i);
    CHECK_IDENTITY(outcome->voids, field);
}

/* Every text of the dictionary: a test fills each row and looks whether it is checked. */
int event_withhold(struct event *event, struct event_dropped *dropped, struct fault *why)
{
    struct fault first = {0}, *fault = &first;

    CHECK_IDENTITY(event->agency, "agency");
    CHECK_IDENTITY(event->event_id, "event_id");
    CHECK_IDENTITY(event->incident, "incident");
    CHECK(event->zone, TEXT_OF_ID);
    CHECK(event->call_type, TEXT_OF_CODE);
    CHECK(event->final_type, TEXT_OF_CODE);
    CHECK(event->priority, TEXT_OF_ID);
    CHECK_IDENTITY(event->merged_into, "merged_into");
    CHECK_IDENTITY(event->split_from, "split_from");
    check_place(&event->place, dropped);
    for (size_t i = 0; i < event->report_numbers.count; i++)
        check_item(event->report_numbers.item[i], sizeof(event->report_numbers.item[i]), dropped);
    for (size_t i = 0; i < event->units.count; i++)
        check_item(event->units.item[i].id, sizeof(event->units.item[i].id), dropped);
    for (size_t i = 0; i < event->dispositions.count; i++)
        CHECK(event->dispositions.item[i].code, TEXT_OF_CODE);
    for (size_t i = 0; i < event->outcomes.count; i++)
        check_outcome(&event->outcomes.item[i], i, dropped, fault);
    if (first.code && why)
        *why = first;
    return first.code;
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
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        sum->found.count[kind] += more->found.count[kind];
}
