/* event_withhold: names that are refused, and facts that are removed from texts. RCW 10.93.160. */
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

/* Checks a text of a place. A fact that the text before it announces is removed too. *before
 * becomes this text if it may announce something, which is rare. */
static void check_place(char *text, size_t size, const char **before, struct event_dropped *dropped)
{
    if (!*text)
        return;
    if (*before)
        text_check_behind(*before, text, size, TEXT_OF_PLACE, &dropped->found);
    *before = text_may_hold(text) ? text : NULL;
    if (*before)
        check(text, size, TEXT_OF_PLACE, dropped);
}

/* Checks an identity of a call or an outcome. A shortened identity would be another one, so the
 * event is refused. list is the list of the object that contains it, or NULL. */
static void check_identity(char *text, size_t size, const char *list, size_t at, const char *name,
                           struct event_dropped *dropped, struct error *error)
{
    char path[sizeof error->field];

    if (!*text || text_check(text, size, TEXT_OF_ID, &dropped->found) == 0)
        return;
    *text = '\0';
    if (error->code)
        return;
    if (list)
        snprintf(path, sizeof path, "%s[%zu].%s", list, at, name);
    else
        snprintf(path, sizeof path, "%s", name);
    error_set(error, ERR_VALUE, path, EVENT_IDENTITY_WITHHELD);
}

/* Checks a text of a list item, which must not become empty. */
static void check_item(char *text, size_t size, struct event_dropped *dropped)
{
    bool given = *text != '\0';

    check(text, size, TEXT_OF_ID, dropped);
    if (given && !*text)
        snprintf(text, size, "%s", EVENT_WITHHELD);
}

/* The texts of each type by the dictionary. */
#define CHECK_OF_ID(text, name)      check(text, sizeof(text), TEXT_OF_ID, dropped)
#define CHECK_OF_CODE(text, name)    check(text, sizeof(text), TEXT_OF_CODE, dropped)
#define CHECK_OF_OFFENSE(text, name) check(text, sizeof(text), TEXT_OF_OFFENSE, dropped)
#define CHECK_OF_PLACE(text, name)   check_place(text, sizeof(text), &before, dropped)
#define CHECK_OF_ITEM(text, name)    check_item(text, sizeof(text), dropped)
#define CHECK_OF_IDENTITY(text, name) \
    check_identity(text, sizeof(text), list, at, name, dropped, error)

#define CHECK_NONE(...)
#define CHECK_TEXT(m, max, how, ...) CHECK_##how(of->m, #m);
#define CHECK_TEXTS(m, n, max, how, ...)     \
    for (size_t i = 0; i < of->m.count; i++) \
        CHECK_##how(of->m.item[i], #m);
#define CHECK_OBJECT(m, type, doc) check_##type(&of->m, NULL, 0, dropped, error);
#define CHECK_OBJECTS(m, type, n, ...)       \
    for (size_t i = 0; i < of->m.count; i++) \
        check_##type(&of->m.item[i], #m, i, dropped, error);

#define CHECK_TYPE(type, FIELDS)                                                       \
    static void check_##type(struct type *of, const char *list, size_t at,             \
                             struct event_dropped *dropped, struct error *error)       \
    {                                                                                  \
        const char *before = NULL;                                                     \
                                                                                       \
        (void)of, (void)before, (void)list, (void)at, (void)dropped, (void)error;      \
        FIELDS(CHECK_NONE, CHECK_TEXT, CHECK_NONE, CHECK_NONE, CHECK_NONE, CHECK_NONE, \
               CHECK_TEXTS, CHECK_OBJECT, CHECK_OBJECTS)                               \
    }
CHECK_TYPE(event_place, EVENT_PLACE_FIELDS)
CHECK_TYPE(event_unit, EVENT_UNIT_FIELDS)
CHECK_TYPE(event_disposition, EVENT_DISPOSITION_FIELDS)
CHECK_TYPE(event_outcome, EVENT_OUTCOME_FIELDS)
CHECK_TYPE(event_times, EVENT_TIMES_FIELDS)
CHECK_TYPE(event, EVENT_FIELDS)

int event_withhold(struct event *event, struct event_dropped *dropped, struct error *why)
{
    struct error first = {0};

    check_event(event, NULL, 0, dropped, &first);
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
