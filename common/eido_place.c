/* See eido_private.h: where an incident is. */
#include "eido_private.h"
#include "pidf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *without_hash(const char *id)
{
    if (id && strncmp(id, "$ref:", 5) == 0)
        return id + 5;
    return id && *id == '#' ? id + 1 : id;
}

/* Whether the incident's locationReference points to this location. */
static bool is_referenced(const struct eido *e, const json_t *location)
{
    const json_t *refs = eido_get(e->incident, "locationReference");
    const char *id = without_hash(json_string_value(eido_get(location, "$id")));

    for (size_t i = 0; id && i < eido_list_size(refs); i++) {
        const json_t *item = eido_list_at(refs, i);
        const json_t *ref = json_is_object(item) ? eido_get(item, "$ref") : item;
        const char *target = without_hash(json_string_value(ref));

        if (target && strcmp(target, id) == 0)
            return true;
    }
    return false;
}

/* Types of the registry that are never where the incident is. */
static bool is_elsewhere(const char *type)
{
    static const char *const words[] = {"RoutingLocation", "Caller",  "Investigation",
                                        "Other",           "Staging", "TowerLocation",
                                        "UnitLocation"};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcasecmp(type, words[i]) == 0)
            return true;
    return false;
}

/* Returns 0 if it is not the place of the incident. The place of a caller, a tower or a unit never
 * is. */
static int location_rank(const struct eido *e, const json_t *location)
{
    const char *type = json_string_value(eido_get(location, "locationTypeDescriptionRegistryText"));
    bool referenced = is_referenced(e, location);

    if (type && strcasecmp(type, "CurrentIncident") == 0)
        return 6 + referenced;
    if (type && strcasecmp(type, "InitialIncident") == 0)
        return 4 + referenced;
    if (type && (strcasecmp(type, "IncidentLocation") == 0 || strcasecmp(type, "Incident") == 0))
        return 2 + referenced;
    return (!type || !is_elsewhere(type)) && referenced;
}

/* A member as a number, or as a text that is one. */
static bool take_degrees(const json_t *object, const char *const *names, double most, double *out)
{
    for (; *names; names++) {
        const json_t *value = eido_get(object, *names);
        const char *text = json_string_value(value);
        char *end = NULL;

        if (json_is_number(value))
            *out = json_number_value(value);
        else if (text && *text && strspn(text, "0123456789+-.eE") == strlen(text))
            *out = strtod(text, &end);
        else
            continue;
        return (!end || !*end) && fabs(*out) <= most;
    }
    return false;
}

static bool is_point(const struct pidf *out)
{
    return !isnan(out->latitude) && !isnan(out->longitude);
}

/* GeoJSON: a position is longitude before latitude; a ring is read as its centroid. */
static void take_geojson(struct pidf *out, const json_t *value)
{
    const json_t *at = eido_get(value, "coordinates"), *first;
    double pairs[2 * PIDF_MAX_CORNERS];
    size_t count = 0;

    while ((first = json_array_get(at, 0)) && json_is_array(json_array_get(first, 0)))
        at = first; /* the first ring of the first polygon */
    if (json_is_array(json_array_get(at, 0))) {
        for (; count < PIDF_MAX_CORNERS && count < json_array_size(at); count++) {
            pairs[2 * count] = json_number_value(json_array_get(json_array_get(at, count), 1));
            pairs[2 * count + 1] = json_number_value(json_array_get(json_array_get(at, count), 0));
        }
        pidf_centroid(pairs, count, &out->latitude, &out->longitude);
    } else if (json_is_number(json_array_get(at, 0)) && json_is_number(json_array_get(at, 1))) {
        out->latitude = json_number_value(json_array_get(at, 1));
        out->longitude = json_number_value(json_array_get(at, 0));
    }
}

static void join_street(struct pidf *out, const json_t *civic)
{
    static const char *const parts[][4] = {
        {"HNO", "houseNumber", "streetNumber", "addressNumber"},
        {"PRD", "preDirectional", "streetPreDirectional", "preDirection"},
        {"RD", "street", "streetName", "roadName"},
        {"STS", "streetType", "streetSuffix", "postType"},
        {"POD", "postDirectional", "streetPostDirectional", "postDirection"}};
    char address[sizeof out->address * 2] = "";
    size_t used = 0;
    bool road = false;

    for (size_t i = 0; i < COUNT_OF(parts); i++)
        for (size_t j = 0; j < COUNT_OF(parts[i]); j++) {
            const char *text = json_string_value(eido_get(civic, parts[i][j]));

            if (!text || !*text || used + strlen(text) + 2 > sizeof address)
                continue;
            used += (size_t)snprintf(address + used, sizeof address - used, "%s%s", used ? " " : "",
                                     text);
            road = road || i == 2;
            break;
        }
    if (road && used < sizeof out->address)
        strcpy(out->address, address);
}

static void copy_text(char *out, size_t size, const json_t *object, const char *const *names)
{
    for (; !*out && *names; names++) {
        const char *text = json_string_value(eido_get(object, *names));

        if (text && strlen(text) < size)
            strcpy(out, text);
    }
}

/* Reads the members of the object itself. */
static void take_object(struct pidf *out, const json_t *value)
{
    static const char *const latitude[] = {"latitude", "lat", NULL};
    static const char *const longitude[] = {"longitude", "lon", "lng", "long", NULL};
    static const char *const town[] = {"A3", "city", "municipality", NULL};
    static const char *const whole[] = {"civicAddress",     "fullAddress", "streetAddress",
                                        "formattedAddress", "address",     NULL};
    double north, east;

    if (!is_point(out)) {
        if (take_degrees(value, latitude, 90.0, &north) &&
            take_degrees(value, longitude, 180.0, &east)) {
            out->latitude = north;
            out->longitude = east;
        } else {
            take_geojson(out, value);
        }
    }
    if (!*out->address)
        join_street(out, value);
    copy_text(out->address, sizeof out->address, value, whole);
    copy_text(out->municipality, sizeof out->municipality, value, town);
}

/* Reads a place, and the objects in it that hold parts of the place; no other objects are read. */
static void read_object(struct pidf *out, const json_t *value, int deep)
{
    static const char *const within[] = {
        "civicAddress",  "civic",      "address",  "geodetic", "geo",
        "point",         "position",   "location", "circle",   "ellipse",
        "polygon",       "centroid",   "center",   "geometry", "wgs84LocationEllipse",
        "wgs84Location", "coordinates"};

    if (!json_is_object(value) || deep > 5)
        return;
    take_object(out, value);
    for (size_t i = 0; i < COUNT_OF(within); i++)
        read_object(out, eido_get(value, within[i]), deep + 1);
}

/* PIDF-LO in a text; or an object with the same content, which the standard does not define. */
static void read_pidf(struct pidf *out, const json_t *value)
{
    const char *text = json_string_value(value);
    json_t *parsed = text && *text == '{' ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

    pidf_read(out, text ? text : "", text ? json_string_length(value) : 0);
    read_object(out, parsed ? parsed : value, 0);
    json_decref(parsed);
    if (is_point(out) && (fabs(out->latitude) > 90.0 || fabs(out->longitude) > 180.0))
        out->latitude = out->longitude = (double)NAN;
}

static void take_text(struct eido *e, const char *path, const char *text)
{
    struct error why = {0};

    if (event_set(e->event, path, text, &why) != 0)
        eido_leave_out(e, path, why.code, why.reason);
}

static void take_cross_streets(struct eido *e, const json_t *location)
{
    static const char *const names[] = {"crossStreetByValue", "intersectingStreetByValue"};
    char streets[sizeof(e->event->place.cross_streets) * 2] = "";
    struct pidf pidf;
    size_t used = 0, count = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const json_t *list = eido_get(location, names[i]);

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

/* Counts a place that is given but cannot be read, so that the operator notices it. */
static void tell_unread(struct eido *e, const json_t *location)
{
    const json_t *value = eido_get(location, "locationByValue");

    if (value && !json_is_null(value))
        eido_leave_out(e, "place", ERR_VALUE, "locationByValue has no street and no point");
    else if (eido_get(location, "locationByReferenceUrl"))
        eido_leave_out(e, "place", ERR_VALUE, "locationByReferenceUrl is not fetched");
}

void eido_take_place(struct eido *e)
{
    const json_t *locations = eido_component(e, "locationComponent");
    const json_t *best = NULL;
    struct pidf pidf;
    int best_rank = 0;

    if (!locations)
        locations = eido_component(e, "locationInformationComponent"); /* before 1.0 */
    for (size_t i = 0; i < eido_list_size(locations); i++) {
        int rank = location_rank(e, eido_list_at(locations, i));

        if (rank > best_rank) {
            best_rank = rank;
            best = eido_list_at(locations, i);
        }
    }
    if (!best)
        return;
    read_pidf(&pidf, eido_get(best, "locationByValue"));
    take_text(e, "place.address", pidf.address);
    take_text(e, "place.municipality", pidf.municipality);
    e->event->place.latitude = pidf.latitude;
    e->event->place.longitude = pidf.longitude;
    take_cross_streets(e, best);
    if (!*pidf.address && !*pidf.municipality && !is_point(&pidf))
        tell_unread(e, best);
}
