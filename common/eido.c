/* See eido.h, and docs/eido.md for what is tolerated and what is refused. */
#include "eido.h"

#include "eido_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* A text, or a whole number as text; NULL if it is neither or empty. */
static const char *text_of(const json_t *value, char *number, size_t size)
{
    if (json_is_integer(value)) {
        snprintf(number, size, "%lld", (long long)json_integer_value(value));
        return number;
    }
    return json_is_string(value) && json_string_length(value) > 0 ? json_string_value(value) : NULL;
}

const json_t *eido_get(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    const char *other;
    json_t *member;

    if (value)
        return value;
    json_object_foreach((json_t *)object, other, member)
    {
        if (strcasecmp(other, name) == 0)
            return member;
    }
    return NULL;
}

void eido_leave_out(struct eido *e, const char *path, enum err code, const char *reason)
{
    struct error why = {0};

    error_set(&why, code, path, "%s", reason);
    event_leave_out(e->dropped, &why);
}

/* Sets an optional field: a value that does not fit is left out and counted. */
static bool take(struct eido *e, const char *path, const json_t *value)
{
    char number[24];
    const char *text = text_of(value, number, sizeof(number));
    struct error why = {0};

    if (!text)
        return false;
    if (event_set(e->event, path, text, &why) == 0)
        return true;
    event_set(e->event, path, "", NULL);
    eido_leave_out(e, path, why.code, why.reason);
    return false;
}

int eido_set_or_refuse(struct eido *e, const char *path, const char *text, const char *field)
{
    struct error error;

    if (event_set(e->event, path, text, &error) == 0)
        return 0;
    return error_set(e->error, error.code, field, "%s", error.reason);
}

/* Reads the one text of a value that may be inside lists. Returns 0 with text NULL if nothing is
 * given. */
static int one_text(const json_t *value, char *number, size_t size, const char **text)
{
    const char *only = NULL;
    int err = 0;

    *text = NULL;
    if (json_is_array(value)) {
        for (size_t i = 0; !err && i < json_array_size(value); i++) {
            if (!json_is_string(json_array_get(value, i)) &&
                !json_is_null(json_array_get(value, i)))
                return ERR_TYPE;
            err = one_text(json_array_get(value, i), number, size, &only);
            if (only && *text && strcmp(only, *text) != 0)
                err = ERR_SIZE;
            if (only)
                *text = only;
        }
        return err;
    }
    *text = text_of(value, number, size);
    if (*text || !value || json_is_null(value) || json_is_string(value) ||
        (json_is_object(value) && json_object_size(value) == 0))
        return 0;
    return ERR_TYPE;
}

/* A type that is given and cannot be read may be one that the agency withholds. */
static int take_type_or_refuse(struct eido *e, const json_t *value, const char *field)
{
    char number[24];
    const char *text;
    int err = one_text(value, number, sizeof(number), &text);

    if (err)
        return error_set(e->error, (enum err)err, field, "%s",
                         err == ERR_SIZE ? "holds several types, where one belongs"
                                         : "must be a text: a type that cannot be read may be one "
                                           "that the agency withholds");
    return text ? eido_set_or_refuse(e, "call_type", text, field) : 0;
}

int eido_take_or_refuse(struct eido *e, const char *path, const json_t *value, const char *field)
{
    char number[24];
    const char *text = text_of(value, number, sizeof(number));

    return text ? eido_set_or_refuse(e, path, text, field) : 0;
}

static bool take_time(struct eido *e, const char *path, const json_t *value)
{
    event_time time;

    if (!value || json_is_null(value))
        return false;
    if (!json_is_string(value) ||
        event_time_parse(json_string_value(value), json_string_length(value), &time) != 0 ||
        !event_time_in_range(time, e->now)) {
        eido_leave_out(e, path, ERR_TIME, "is no time with an offset, or out of range");
        return false;
    }
    return event_set_time(e->event, path, time) == 0;
}

/* The content. */

static enum eido_status status_of(const struct eido *e)
{
    const json_t *statuses = eido_get(e->incident, "incidentStatusCommonRegistryText");
    bool said = false, over = false, reopened = false;

    for (size_t i = 0; i < eido_list_size(statuses); i++) {
        const char *status = json_string_value(eido_list_at(statuses, i));

        if (!status || !*status)
            continue;
        said = true;
        over = over || strcasecmp(status, "Closed") == 0 || strcasecmp(status, "Cancelled") == 0;
        reopened = reopened || strcasecmp(status, "ReOpened") == 0;
    }
    if (!said)
        return EIDO_STATUS_UNSAID;
    return over && !reopened ? EIDO_STATUS_OVER : EIDO_STATUS_OPEN;
}

static void take_kind(struct eido *e)
{
    struct eido_facts *facts = e->facts;
    const json_t *at = eido_get(e->incident, "lastUpdateTimeStamp");

    facts->is_incident = e->incident != NULL;
    facts->status = status_of(e);
    facts->incident_at = EVENT_TIME_NONE;
    if (json_is_string(at) && (event_time_parse(json_string_value(at), json_string_length(at),
                                                &facts->incident_at) != 0 ||
                               !event_time_in_range(facts->incident_at, e->now)))
        facts->incident_at = EVENT_TIME_NONE;
    if (at && !json_is_null(at) && facts->incident_at == EVENT_TIME_NONE)
        eido_leave_out(e, "times.closed", ERR_TIME, "is no time with an offset, or out of range");
    if (!facts->is_incident)
        e->event->kind = EVENT_CALL_RECEIVED;
    else if (facts->status == EIDO_STATUS_OVER)
        e->event->kind = EVENT_INCIDENT_CLOSED;
    else
        e->event->kind = EVENT_INCIDENT_UPDATED;
}

static int take_type(struct eido *e)
{
    static const char *const names[] = {"incidentTypeInternalCode",
                                        "incidentTypeCommonRegistryText"};
    const json_t *calls = eido_component(e, "callComponent");
    int err = 0;

    for (size_t i = 0; !err && !*e->event->call_type && i < COUNT_OF(names); i++)
        err = take_type_or_refuse(e, eido_get(e->incident, names[i]), names[i]);
    for (size_t i = 0; !err && !*e->event->call_type && i < eido_list_size(calls); i++)
        err = take_type_or_refuse(e, eido_get(eido_list_at(calls, i), "localCallType"),
                                  "localCallType");
    return err;
}

static void take_numbers(struct eido *e)
{
    const json_t *numbers = eido_get(e->incident, "documentIdentification");
    char path[48];

    for (size_t i = 0; i < eido_list_size(numbers); i++) {
        snprintf(path, sizeof(path), "report_numbers[%zu]", i);
        take(e, path, eido_list_at(numbers, i));
    }
    take(e, "place.beat", eido_get(e->incident, "beatOrDispatchGroupText"));
    if (!take(e, "priority", eido_get(e->incident, "incidentPriorityInternalText")))
        take(e, "priority", eido_get(e->incident, "incidentCommonPriorityNumber"));
}

/* The first of several calls is when the incident was received. */
static void take_calls(struct eido *e)
{
    const json_t *calls = eido_component(e, "callComponent");
    event_time first = EVENT_TIME_NONE, *received = &e->event->times.received;

    for (size_t i = 0; i < eido_list_size(calls); i++) {
        take_time(e, "times.received", eido_get(eido_list_at(calls, i), "callStartTimestamp"));
        if (first == EVENT_TIME_NONE || *received < first)
            first = *received;
    }
    *received = first;
}

/* The registry's codes are "01" to "45": a code that was sent as a number has lost its zero. */
static void take_disposition(struct eido *e, const json_t *item)
{
    size_t at = e->event->dispositions.count;
    const json_t *value = eido_get(item, "dispositionCommonRegistryCode");
    const char *text = json_string_value(value);
    char code[24], path[48];
    struct error why = {0};

    if (json_is_integer(value)) {
        snprintf(code, sizeof(code), "%02lld", (long long)json_integer_value(value));
        text = code;
    }
    snprintf(path, sizeof(path), "dispositions[%zu].code", at);
    if (text && event_set(e->event, path, text, &why) != 0) {
        e->event->dispositions.count = at;
        eido_leave_out(e, path, why.code, why.reason);
    } else if (e->event->dispositions.count > at) {
        e->event->dispositions.item[at].primary =
            json_is_true(eido_get(item, "dispositionPrimaryIndicator"));
    }
}

static void take_dispositions(struct eido *e)
{
    const json_t *list = eido_get(e->incident, "dispositionComponent");

    if (!list)
        list = eido_get(e->incident, "disposition");
    for (size_t i = 0; i < eido_list_size(list); i++) {
        if (e->event->dispositions.count == COUNT_OF(e->event->dispositions.item))
            eido_leave_out(e, "dispositions", ERR_SIZE, "has too many items");
        else
            take_disposition(e, eido_list_at(list, i));
    }
}

/* Units. */

/* The registry's secondary statuses that state how far a unit has come, in order. If several are
 * given, the last one in this order counts. */
static const struct {
    const char *eido;
    const char *ours;
} unit_statuses[] = {
    {"Assigned", "dispatched"},
    {"Dispatched", "dispatched"},
    {"AcknowledgedTransmission", "dispatched"},
    {"EnRoute", "en_route"},
    {"Arrived", "on_scene"},
    {"OnScene", "on_scene"},
    {"Cleared", "clear"},
    {"AssignmentCancelled", "clear"},
};

static const char *unit_status(const json_t *unit)
{
    static const char *const names[] = {"secondaryUnitStatusRegistryText",
                                        "primaryUnitStatusRegistryText"};
    size_t furthest = 0; /* index + 1 */

    for (size_t n = 0; n < COUNT_OF(names); n++) {
        const json_t *list = eido_get(unit, names[n]);

        for (size_t i = 0; i < eido_list_size(list); i++) {
            const char *word = json_string_value(eido_list_at(list, i));

            for (size_t s = furthest; word && s < COUNT_OF(unit_statuses); s++)
                if (strcasecmp(word, unit_statuses[s].eido) == 0)
                    furthest = s + 1;
        }
    }
    return furthest ? unit_statuses[furthest - 1].ours : NULL;
}

/* A call sign has a digit; a person's name or address does not pass for one. */
static bool is_call_sign(const char *text)
{
    return text && strlen(text) <= sizeof(((struct event_unit *)0)->id) - 1 && !strchr(text, '@') &&
           strpbrk(text, "0123456789");
}

static bool unit_id(const json_t *unit, char out[EIDO_MAX_ID + 1])
{
    const char *name = json_string_value(eido_get(unit, "emergencyResourceName"));
    const char *id = json_string_value(eido_get(unit, "$id"));

    if (is_call_sign(name)) {
        snprintf(out, EIDO_MAX_ID + 1, "%s", name);
        return true;
    }
    return id && eido_unique_part(id, out) && is_call_sign(out) && !strchr(id, '@');
}

static void take_unit(struct eido *e, const json_t *unit)
{
    const char *status = unit_status(unit);
    size_t at = e->event->units.count;
    char id[EIDO_MAX_ID + 1], path[48];

    snprintf(path, sizeof(path), "units[%zu].id", at);
    if (!event_has_path(path) || !unit_id(unit, id) || event_set(e->event, path, id, NULL) != 0) {
        e->event->units.count = at;
        eido_leave_out(e, "units", ERR_VALUE, "has no call sign, or there are too many");
        return;
    }
    if (!status || e->event->units.count == at)
        return;
    snprintf(path, sizeof(path), "units[%zu].status", at);
    event_set(e->event, path, status, NULL);
    snprintf(path, sizeof(path), "units[%zu].at", at);
    take_time(e, path, eido_get(unit, "lastUpdateTimeStamp"));
}

/* The document. */

static int read_document(struct eido *e)
{
    const json_t *units = eido_component(e, "emergencyResourceComponent");
    int err;

    e->incident = eido_list_at(eido_component(e, "incidentComponent"), 0);
    if (!json_is_object(e->incident))
        e->incident = NULL;
    event_clear(e->event);
    err = eido_take_identity(e);
    if (!err)
        err = take_type(e);
    if (err)
        return err;
    take_dispositions(e);
    take_kind(e);
    take_numbers(e);
    take_calls(e);
    eido_take_place(e);
    for (size_t i = 0; i < eido_list_size(units); i++)
        take_unit(e, eido_list_at(units, i));
    event_compact(e->event);
    return 0;
}

/* The texts of the facts are incident numbers, which go into events. */
static int check_facts(struct eido_facts *facts, struct event_dropped *dropped, struct error *error)
{
    uint32_t found =
        text_check(facts->tracking, sizeof facts->tracking, TEXT_OF_ID, &dropped->found);

    for (size_t i = 0; i < facts->merge_count; i++)
        found += text_check(facts->merge[i].other, sizeof facts->merge[i].other, TEXT_OF_ID,
                            &dropped->found);
    return found ? error_set(error, ERR_VALUE, "incident", EVENT_IDENTITY_WITHHELD) : 0;
}

static const struct json_limits limits = {EVENT_MAX_EIDO_OCTETS, EVENT_MAX_EIDO_DEPTH, NULL};

static int read_root(struct eido *e, const json_t *root)
{
    int err;

    *e->facts = (struct eido_facts){0};
    e->root = root;
    eido_count_dropped(e);
    err = read_document(e);
    if (err)
        return err;
    err = event_withhold(e->event, e->dropped, e->error);
    if (!err)
        err = check_facts(e->facts, e->dropped, e->error);
    if (err)
        return err;
    err = event_tidy(e->event, e->now, e->dropped, e->error);
    e->dropped->bare = !event_says_what_or_where(e->event);
    return err;
}

int eido_load(json_t **message, const char *json, size_t size, struct error *error)
{
    json_t *root;
    const json_t *documents;
    int err = json_text_load(&root, json, size, &limits, error);

    *message = NULL;
    if (err)
        return err;
    documents = eido_unwrap(root, error);
    *message = json_incref((json_t *)documents);
    json_decref(root);
    return documents ? 0 : ERR_MISSING;
}

size_t eido_count(const json_t *message)
{
    return eido_list_size(message);
}

int eido_read(struct event *event, struct eido_facts *facts, const json_t *message, size_t index,
              event_time now, struct event_dropped *dropped, struct error *error)
{
    struct event_dropped counted = event_dropped_begin(dropped);
    struct eido e = {
        .event = event, .facts = facts, .now = now, .dropped = &counted, .error = error};
    int err = json_is_object(eido_list_at(message, index))
                  ? read_root(&e, eido_list_at(message, index))
                  : error_set(error, ERR_TYPE, "", "must be an object");

    event_dropped_add(dropped, &counted);
    return err;
}

int eido_decode(struct event *event, const char *json, size_t size, event_time now,
                struct event_dropped *dropped, struct error *error)
{
    struct eido_facts facts;
    json_t *message;
    int err = eido_load(&message, json, size, error);

    if (!err && eido_count(message) != 1)
        err = error_set(error, ERR_SIZE, "", "holds %zu documents, where one belongs",
                        eido_count(message));
    if (!err)
        err = eido_read(event, &facts, message, 0, now, dropped, error);
    json_decref(message);
    return err;
}
