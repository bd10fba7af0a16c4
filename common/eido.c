/* See eido.h, and docs/eido.md for what is tolerated and what is refused. */
#include "eido.h"

#include "event_rows.h"
#include "json_text.h"
#include "pidf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define UNIQUE_SIZE 64

struct eido {
    const json_t *root;
    const json_t *incident; /* incidentComponent, or NULL */
    struct event *event;
    event_time now;
    struct event_dropped *dropped;
    struct fault *fault;
};

/* Lists where a producer may also send the one item by itself. */

static size_t list_size(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value);
    return value && !json_is_null(value) ? 1 : 0;
}

static const json_t *list_at(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

static const json_t *list_of(const struct eido *e, const char *component)
{
    return json_object_get(e->root, component);
}

/* A text, or a whole number as text; NULL if it is neither or empty. */
static const char *text_of(const json_t *value, char *number, size_t size)
{
    if (json_is_integer(value)) {
        snprintf(number, size, "%lld", (long long)json_integer_value(value));
        return number;
    }
    return json_is_string(value) && json_string_length(value) > 0 ? json_string_value(value) : NULL;
}

static int refuse(struct eido *e, enum err code, const char *field, const char *reason)
{
    return fault_set(e->fault, code, field, "%s", reason);
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
    e->dropped->unknown++;
    return false;
}

/* Sets a field that would be wrong if it were left out. field is its name in the EIDO. */
static int set_or_refuse(struct eido *e, const char *path, const char *text, const char *field)
{
    struct fault fault;

    if (event_set(e->event, path, text, &fault) == 0)
        return 0;
    return refuse(e, fault.code, field, fault.reason);
}

static int take_or_refuse(struct eido *e, const char *path, const json_t *value, const char *field)
{
    char number[24];
    const char *text = text_of(value, number, sizeof(number));

    return text ? set_or_refuse(e, path, text, field) : 0;
}

static bool take_time(struct eido *e, const char *path, const json_t *value)
{
    event_time time;

    if (!json_is_string(value))
        return false;
    if (event_time_parse(json_string_value(value), json_string_length(value), &time) != 0 ||
        !event_time_in_range(time, e->now)) {
        e->dropped->unknown++;
        return false;
    }
    return event_set_time(e->event, path, time) == 0;
}

/* Identity. */

/* "0" stands for no incident, in the tracking id and in agencies' own numbers. */
static bool is_no_incident(const char *id)
{
    return *id == '\0' || strcmp(id, "0") == 0;
}

/*
 * "urn:emergency:uid:incidentid:<unique>:<host>" -> unique. Another form than a URN is taken whole.
 * Returns false if it is too long.
 */
static bool unique_part(const char *id, char out[UNIQUE_SIZE + 1])
{
    static const char prefix[] = "urn:emergency:uid:";
    size_t size = strlen(id);

    if (strncasecmp(id, prefix, sizeof(prefix) - 1) == 0) {
        id += sizeof(prefix) - 1;
        id += strcspn(id, ":");
        id += *id == ':';
        size = strcspn(id, ":");
    }
    event_trim(&id, &size);
    if (size > UNIQUE_SIZE)
        return false;
    memcpy(out, id, size);
    out[size] = '\0';
    return true;
}

static int take_tracking_id(struct eido *e, char unique[UNIQUE_SIZE + 1])
{
    const json_t *id = json_object_get(e->root, "$id");

    if (!id || json_is_null(id))
        return refuse(e, ERR_MISSING, "$id", "must be given");
    if (!json_is_string(id))
        return refuse(e, ERR_TYPE, "$id", "must be a text");
    if (!unique_part(json_string_value(id), unique))
        return refuse(e, ERR_SIZE, "$id", "its unique part must be at most 64 octets long");
    if (*unique == '\0')
        return refuse(e, ERR_VALUE, "$id", "has no unique part");
    if (strcmp(unique, "0") == 0)
        return refuse(e, ERR_VALUE, "$id", "is not of an incident: its unique part is 0");
    return set_or_refuse(e, "event_id", unique, "$id");
}

static int take_version(struct eido *e)
{
    const json_t *version = json_object_get(e->root, "eidoVersion");
    const char *text = json_string_value(version);

    if (text && (text[0] != '1' || (text[1] != '.' && text[1] != '\0')))
        return refuse(e, ERR_VALUE, "eidoVersion", "must be 1.x");
    return 0;
}

static int take_occurred_at(struct eido *e)
{
    const json_t *value = json_object_get(e->root, "lastUpdateTimeStamp");
    event_time *out = &e->event->occurred_at;

    if (!json_is_string(value))
        value = json_object_get(e->incident, "lastUpdateTimeStamp");
    if (!json_is_string(value))
        return refuse(e, ERR_MISSING, "lastUpdateTimeStamp", "must be given");
    if (event_time_parse(json_string_value(value), json_string_length(value), out) == ERR_TIME)
        return refuse(e, ERR_TIME, "lastUpdateTimeStamp",
                      "must be a time as in RFC 3339, with an offset");
    if (*out == EVENT_TIME_NONE || !event_time_in_range(*out, e->now))
        return refuse(e, ERR_RANGE, "lastUpdateTimeStamp",
                      "must lie between 1990-01-01 and one day ahead of the clock");
    return 0;
}

/* A merge names another incident by its tracking id; what we can join on is the unique part. */
static int take_merges(struct eido *e, const char *unique)
{
    const json_t *merges = list_of(e, "mergeComponent");
    char other[UNIQUE_SIZE + 1];

    for (size_t i = 0; i < list_size(merges); i++) {
        const json_t *merge = list_at(merges, i);
        const char *id = json_string_value(json_object_get(merge, "incidentTrackingIdentifier"));
        const char *way = json_string_value(json_object_get(merge, "incidentMergeDirectionCode"));
        int err = 0;

        if (!id || !way || !unique_part(id, other) || is_no_incident(other))
            continue;
        if (strcasecmp(way, "REPLACING") == 0)
            err = set_or_refuse(e, "merged_into", other, "mergeComponent");
        if (strcasecmp(way, "SPLIT") == 0) {
            /* The rest of the document describes the incident that was split off. */
            err = set_or_refuse(e, "split_from", unique, "$id");
            if (!err && !*e->event->incident)
                err = set_or_refuse(e, "incident", other, "mergeComponent");
        }
        if (err)
            return err;
    }
    return 0;
}

static int take_identity(struct eido *e)
{
    const json_t *number = json_object_get(e->incident, "internalIncidentId");
    char unique[UNIQUE_SIZE + 1];
    int err = take_tracking_id(e, unique);

    if (!err)
        err = take_version(e);
    if (!err)
        err = take_occurred_at(e);
    if (!err)
        err = take_or_refuse(e, "incident", number, "incidentComponent.internalIncidentId");
    if (!err && is_no_incident(e->event->incident))
        *e->event->incident = '\0';
    if (!err)
        err = take_merges(e, unique);
    if (!err && !*e->event->incident)
        err = set_or_refuse(e, "incident", unique, "$id");
    return err;
}

/* What happened. */

static bool has_status(const struct eido *e, const char *wanted)
{
    const json_t *statuses = json_object_get(e->incident, "incidentStatusCommonRegistryText");

    for (size_t i = 0; i < list_size(statuses); i++) {
        const char *status = json_string_value(list_at(statuses, i));

        if (status && strcasecmp(status, wanted) == 0)
            return true;
    }
    return false;
}

static void take_kind(struct eido *e)
{
    bool over = has_status(e, "Closed") || has_status(e, "Cancelled");

    if (!e->incident)
        e->event->kind = EVENT_CALL_RECEIVED;
    else if (over && !has_status(e, "ReOpened"))
        e->event->kind = EVENT_INCIDENT_CLOSED;
    else
        e->event->kind = EVENT_INCIDENT_UPDATED;
}

static int take_type(struct eido *e)
{
    static const char *const names[] = {"incidentTypeInternalCode",
                                        "incidentTypeCommonRegistryText"};
    const json_t *calls = list_of(e, "callComponent");
    int err = 0;

    for (size_t i = 0; !err && !*e->event->call_type && i < COUNT_OF(names); i++)
        err = take_or_refuse(e, "call_type", json_object_get(e->incident, names[i]), names[i]);
    for (size_t i = 0; !err && !*e->event->call_type && i < list_size(calls); i++)
        err = take_or_refuse(e, "call_type", json_object_get(list_at(calls, i), "localCallType"),
                             "localCallType");
    return err;
}

static void take_numbers(struct eido *e)
{
    const json_t *numbers = json_object_get(e->incident, "documentIdentification");
    char path[48];

    for (size_t i = 0; i < list_size(numbers); i++) {
        snprintf(path, sizeof(path), "report_numbers[%zu]", i);
        take(e, path, list_at(numbers, i));
    }
    take(e, "place.beat", json_object_get(e->incident, "beatOrDispatchGroupText"));
    if (!take(e, "priority", json_object_get(e->incident, "incidentPriorityInternalText")))
        take(e, "priority", json_object_get(e->incident, "incidentCommonPriorityNumber"));
}

/* The first of several calls is when the incident was received. */
static void take_calls(struct eido *e)
{
    const json_t *calls = list_of(e, "callComponent");
    event_time first = EVENT_TIME_NONE, *received = &e->event->times.received;

    for (size_t i = 0; i < list_size(calls); i++) {
        take_time(e, "times.received", json_object_get(list_at(calls, i), "callStartTimestamp"));
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
    err = text ? set_or_refuse(e, path, text, "dispositionCommonRegistryCode") : 0;
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
    for (size_t i = 0; !err && i < list_size(list); i++) {
        if (e->event->dispositions.count == COUNT_OF(e->event->dispositions.item))
            e->dropped->unknown++;
        else
            err = take_disposition(e, list_at(list, i));
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

    for (size_t i = 0; id && i < list_size(refs); i++) {
        const json_t *item = list_at(refs, i);
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
        e->dropped->unknown++;
}

static void take_cross_streets(struct eido *e, const json_t *location)
{
    static const char *const names[] = {"crossStreetByValue", "intersectingStreetByValue"};
    char streets[sizeof(e->event->place.cross_streets) * 2] = "";
    struct pidf pidf;
    size_t used = 0, count = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *list = json_object_get(location, names[i]);

        for (size_t j = 0; j < list_size(list) && count < 2; j++) {
            read_pidf(&pidf, list_at(list, j));
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
    const json_t *locations = list_of(e, "locationComponent");
    const json_t *best = NULL;
    struct pidf pidf;
    int best_rank = 0;

    for (size_t i = 0; i < list_size(locations); i++) {
        int rank = location_rank(e, list_at(locations, i));

        if (rank > best_rank) {
            best_rank = rank;
            best = list_at(locations, i);
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

        for (size_t i = 0; i < list_size(list); i++) {
            const char *word = json_string_value(list_at(list, i));

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

static bool unit_id(const json_t *unit, char out[UNIQUE_SIZE + 1])
{
    const char *name = json_string_value(json_object_get(unit, "emergencyResourceName"));
    const char *id = json_string_value(json_object_get(unit, "$id"));

    if (is_call_sign(name)) {
        snprintf(out, UNIQUE_SIZE + 1, "%s", name);
        return true;
    }
    return id && unique_part(id, out) && is_call_sign(out) && !strchr(id, '@');
}

static void take_unit(struct eido *e, const json_t *unit)
{
    const char *status = unit_status(unit);
    size_t at = e->event->units.count;
    char id[UNIQUE_SIZE + 1], path[48];

    snprintf(path, sizeof(path), "units[%zu].id", at);
    if (!event_has_path(path) || !unit_id(unit, id) || event_set(e->event, path, id, NULL) != 0) {
        e->event->units.count = at;
        e->dropped->unknown++;
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
        e->dropped->unknown += !known;
    }
    e->dropped->denied += event_count_denied(e->root);
}

static int read_document(struct eido *e)
{
    const json_t *units = list_of(e, "emergencyResourceComponent");
    int err;

    e->incident = list_at(list_of(e, "incidentComponent"), 0);
    if (!json_is_object(e->incident))
        e->incident = NULL;
    event_clear(e->event);
    err = take_identity(e);
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
    for (size_t i = 0; i < list_size(units); i++)
        take_unit(e, list_at(units, i));
    event_compact(e->event);
    return 0;
}

int eido_decode(struct event *event, const char *json, size_t size, event_time now,
                struct event_dropped *dropped, struct fault *fault)
{
    static const struct json_limits limits = {EVENT_MAX_EIDO_OCTETS, EVENT_MAX_EIDO_DEPTH, NULL};
    struct event_dropped counted = {0};
    struct eido e = {.event = event, .now = now, .dropped = &counted, .fault = fault};
    json_t *root;
    int err = json_text_load(&root, json, size, &limits, fault);

    if (err)
        return err;
    e.root = root;
    count_dropped(&e);
    err = read_document(&e);
    json_decref(root);
    counted.withheld = err ? 0 : event_withhold(event);
    event_dropped_add(dropped, &counted);
    return err ? err : event_check(event, now, fault);
}
