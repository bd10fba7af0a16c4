/* See eido.h, and docs/eido.md for what is tolerated and what is refused. */
#include "eido.h"

#include "eido_private.h"
#include "pidf.h"

#include <math.h>
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

static void leave_out(struct eido *e, const char *name)
{
    event_drop(e->dropped, name, strlen(name), false);
}

/* Sets a field that the event can do without: what does not fit is left out and counted. */
static bool take(struct eido *e, const char *path, const json_t *value)
{
    char number[24];
    const char *text = text_of(value, number, sizeof(number));

    if (!text)
        return false;
    if (event_set(e->event, path, text, NULL) == 0)
        return true;
    event_set(e->event, path, "", NULL);
    leave_out(e, path);
    return false;
}

int eido_set_or_refuse(struct eido *e, const char *path, const char *text, const char *field)
{
    struct fault fault;

    if (event_set(e->event, path, text, &fault) == 0)
        return 0;
    return fault_set(e->fault, fault.code, field, "%s", fault.reason);
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

    if (!json_is_string(value))
        return false;
    if (event_time_parse(json_string_value(value), json_string_length(value), &time) != 0 ||
        !event_time_in_range(time, e->now)) {
        leave_out(e, path);
        return false;
    }
    return event_set_time(e->event, path, time) == 0;
}

/* What happened. */

static enum eido_status status_of(const struct eido *e)
{
    const json_t *statuses = json_object_get(e->incident, "incidentStatusCommonRegistryText");
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
    const json_t *at = json_object_get(e->incident, "lastUpdateTimeStamp");

    facts->is_incident = e->incident != NULL;
    facts->status = status_of(e);
    facts->incident_at = EVENT_TIME_NONE;
    if (json_is_string(at) && (event_time_parse(json_string_value(at), json_string_length(at),
                                                &facts->incident_at) != 0 ||
                               !event_time_in_range(facts->incident_at, e->now)))
        facts->incident_at = EVENT_TIME_NONE;
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
        err = eido_take_or_refuse(e, "call_type", json_object_get(e->incident, names[i]), names[i]);
    for (size_t i = 0; !err && !*e->event->call_type && i < eido_list_size(calls); i++)
        err = eido_take_or_refuse(e, "call_type",
                                  json_object_get(eido_list_at(calls, i), "localCallType"),
                                  "localCallType");
    return err;
}

static void take_numbers(struct eido *e)
{
    const json_t *numbers = json_object_get(e->incident, "documentIdentification");
    char path[48];

    for (size_t i = 0; i < eido_list_size(numbers); i++) {
        snprintf(path, sizeof(path), "report_numbers[%zu]", i);
        take(e, path, eido_list_at(numbers, i));
    }
    take(e, "place.beat", json_object_get(e->incident, "beatOrDispatchGroupText"));
    if (!take(e, "priority", json_object_get(e->incident, "incidentPriorityInternalText")))
        take(e, "priority", json_object_get(e->incident, "incidentCommonPriorityNumber"));
}

/* The first of several calls is when the incident was received. */
static void take_calls(struct eido *e)
{
    const json_t *calls = eido_component(e, "callComponent");
    event_time first = EVENT_TIME_NONE, *received = &e->event->times.received;

    for (size_t i = 0; i < eido_list_size(calls); i++) {
        take_time(e, "times.received",
                  json_object_get(eido_list_at(calls, i), "callStartTimestamp"));
        if (first == EVENT_TIME_NONE || *received < first)
            first = *received;
    }
    *received = first;
}

/* The registry's codes are "01" to "45": a number lost its zero on the way. */
static int take_disposition(struct eido *e, const json_t *item)
{
    size_t at = e->event->dispositions.count;
    const json_t *value = json_object_get(item, "dispositionCommonRegistryCode");
    const char *text = json_string_value(value);
    char code[24], path[48];
    int err;

    if (json_is_integer(value)) {
        snprintf(code, sizeof(code), "%02lld", (long long)json_integer_value(value));
        text = code;
    }
    snprintf(path, sizeof(path), "dispositions[%zu].code", at);
    err = text ? eido_set_or_refuse(e, path, text, "dispositionCommonRegistryCode") : 0;
    if (!err && e->event->dispositions.count > at)
        e->event->dispositions.item[at].primary =
            json_is_true(json_object_get(item, "dispositionPrimaryIndicator"));
    return err;
}

static int take_dispositions(struct eido *e)
{
    const json_t *list = json_object_get(e->incident, "dispositionComponent");
    int err = 0;

    if (!list)
        list = json_object_get(e->incident, "disposition");
    for (size_t i = 0; !err && i < eido_list_size(list); i++) {
        if (e->event->dispositions.count == COUNT_OF(e->event->dispositions.item))
            leave_out(e, "dispositions");
        else
            err = take_disposition(e, eido_list_at(list, i));
    }
    return err;
}

/* Where. */

static const char *without_hash(const char *id)
{
    return id && *id == '#' ? id + 1 : id;
}

/* Whether the incident's locationReference points to this location. */
static bool is_referenced(const struct eido *e, const json_t *location)
{
    const json_t *refs = json_object_get(e->incident, "locationReference");
    const char *id = without_hash(json_string_value(json_object_get(location, "$id")));

    for (size_t i = 0; id && i < eido_list_size(refs); i++) {
        const json_t *item = eido_list_at(refs, i);
        const json_t *ref = json_is_object(item) ? json_object_get(item, "$ref") : item;
        const char *target = without_hash(json_string_value(ref));

        if (target && strcmp(target, id) == 0)
            return true;
    }
    return false;
}

/* 0: not where the incident is. A caller's, a tower's or a unit's place never is. */
static int location_rank(const struct eido *e, const json_t *location)
{
    const char *type =
        json_string_value(json_object_get(location, "locationTypeDescriptionRegistryText"));
    bool referenced = is_referenced(e, location);

    if (type && strcasecmp(type, "CurrentIncident") == 0)
        return 4 + referenced;
    if (type && strcasecmp(type, "InitialIncident") == 0)
        return 2 + referenced;
    return !type && referenced;
}

static void read_pidf(struct pidf *out, const json_t *value)
{
    const char *xml = json_string_value(value);

    pidf_read(out, xml ? xml : "", xml ? json_string_length(value) : 0);
}

static void take_text(struct eido *e, const char *path, const char *text)
{
    if (event_set(e->event, path, text, NULL) != 0)
        leave_out(e, path);
}

static void take_cross_streets(struct eido *e, const json_t *location)
{
    static const char *const names[] = {"crossStreetByValue", "intersectingStreetByValue"};
    char streets[sizeof(e->event->place.cross_streets) * 2] = "";
    struct pidf pidf;
    size_t used = 0, count = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *list = json_object_get(location, names[i]);

        for (size_t j = 0; j < eido_list_size(list) && count < 2; j++) {
            read_pidf(&pidf, eido_list_at(list, j));
            if (!*pidf.address)
                continue;
            used += (size_t)snprintf(streets + used, sizeof(streets) - used, "%s%s",
                                     count++ ? " & " : "", pidf.address);
        }
    }
    take_text(e, "place.cross_streets", streets);
}

static void take_place(struct eido *e)
{
    const json_t *locations = eido_component(e, "locationComponent");
    const json_t *best = NULL;
    struct pidf pidf;
    int best_rank = 0;

    for (size_t i = 0; i < eido_list_size(locations); i++) {
        int rank = location_rank(e, eido_list_at(locations, i));

        if (rank > best_rank) {
            best_rank = rank;
            best = eido_list_at(locations, i);
        }
    }
    if (!best)
        return;
    read_pidf(&pidf, json_object_get(best, "locationByValue"));
    take_text(e, "place.address", pidf.address);
    take_text(e, "place.municipality", pidf.municipality);
    e->event->place.latitude = pidf.latitude;
    e->event->place.longitude = pidf.longitude;
    take_cross_streets(e, best);
}

/* Who. */

/* The registry's secondary statuses that say where a unit is with this incident, in the order in
 * which they follow one another: of several, the last holds. */
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
        const json_t *list = json_object_get(unit, names[n]);

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
    const char *name = json_string_value(json_object_get(unit, "emergencyResourceName"));
    const char *id = json_string_value(json_object_get(unit, "$id"));

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
        leave_out(e, "units");
        return;
    }
    if (!status || e->event->units.count == at)
        return;
    snprintf(path, sizeof(path), "units[%zu].status", at);
    event_set(e->event, path, status, NULL);
    snprintf(path, sizeof(path), "units[%zu].at", at);
    take_time(e, path, json_object_get(unit, "lastUpdateTimeStamp"));
}

/* The whole. */

/* Members of the document that are read, or that say nothing which could be kept. */
static const char *const known_members[] = {
    "$id",           "lastUpdateTimeStamp", "eidoVersion",
    "callComponent", "incidentComponent",   "emergencyResourceComponent",
    "@context",      "locationComponent",   "mergeComponent",
};

static void count_dropped(struct eido *e)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)e->root, name, value)
    {
        bool known = event_name_is_denied(name, strlen(name));

        for (size_t i = 0; !known && i < COUNT_OF(known_members); i++)
            known = strcmp(name, known_members[i]) == 0;
        if (!known)
            leave_out(e, name);
    }
    event_drop_denied(e->root, e->dropped);
}

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
    if (!err)
        err = take_dispositions(e);
    if (err)
        return err;
    take_kind(e);
    take_numbers(e);
    take_calls(e);
    take_place(e);
    for (size_t i = 0; i < eido_list_size(units); i++)
        take_unit(e, eido_list_at(units, i));
    event_compact(e->event);
    return 0;
}

int eido_read(struct event *event, struct eido_facts *facts, const char *json, size_t size,
              event_time now, struct event_dropped *dropped, struct fault *fault)
{
    static const struct json_limits limits = {EVENT_MAX_EIDO_OCTETS, EVENT_MAX_EIDO_DEPTH, NULL};
    struct event_dropped counted = event_dropped_begin(dropped);
    struct eido e = {
        .event = event, .facts = facts, .now = now, .dropped = &counted, .fault = fault};
    json_t *root;
    int err = json_text_load(&root, json, size, &limits, fault);

    if (err)
        return err;
    *facts = (struct eido_facts){0};
    e.root = root;
    count_dropped(&e);
    err = read_document(&e);
    json_decref(root);
    counted.withheld = err ? 0 : event_withhold(event);
    event_dropped_add(dropped, &counted);
    return err ? err : event_check(event, now, fault);
}

int eido_decode(struct event *event, const char *json, size_t size, event_time now,
                struct event_dropped *dropped, struct fault *fault)
{
    struct eido_facts facts;

    return eido_read(event, &facts, json, size, now, dropped, fault);
}
