#include "place.h"

#include "match.h"

#include <geos_c.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EARTH_RADIUS_M 6371008.8
#define DEGREE_M       (M_PI / 180.0 * EARTH_RADIUS_M)
/* Around a campus polygon: the pavement in front of it, the crossing, the car park across the
 * road. */
#define NEXT_TO_M 50.0
/* Degrees: the tree may return a school too many, but must not miss one. */
#define ROUNDING 1e-6
/* Words that name a school this far from the call's point are a question, not an answer. */
#define FAR_M          1000.0
#define CONFIDENCE_FAR 0.5

struct campus_school {
    int district_id;
    int school_id;
    double latitude, longitude, radius_m;
    GEOSGeometry *campus;            /* metres east and north of the school's point, or NULL */
    double west, east, south, north; /* of the campus, in those metres */
    double scale;                    /* metres in a degree of longitude here */
    const GEOSPreparedGeometry *prepared;
    GEOSGeometry *envelope; /* degrees: the area in which it can match */
};

struct place_map {
    GEOSContextHandle_t geos;
    GEOSSTRtree *tree;
    struct campus_school **school;
    size_t count, room;
    struct match *match;
};

double place_distance(double lat1, double lon1, double lat2, double lon2)
{
    double a1 = lat1 * M_PI / 180.0, a2 = lat2 * M_PI / 180.0;
    double da = sin((a2 - a1) / 2), dl = sin((lon2 - lon1) * M_PI / 360.0);
    double h = da * da + cos(a1) * cos(a2) * dl * dl;

    return 2.0 * EARTH_RADIUS_M * asin(fmin(1.0, sqrt(h)));
}

bool place_has_point(const struct event_place *place)
{
    return !isnan(place->latitude) && !isnan(place->longitude);
}

struct place_map *place_map_new(void)
{
    struct place_map *map = calloc(1, sizeof *map);

    if (!map)
        return NULL;
    map->geos = GEOS_init_r();
    map->tree = GEOSSTRtree_create_r(map->geos, 10);
    map->match = match_new();
    if (!map->match) {
        place_map_free(map);
        return NULL;
    }
    return map;
}

static void free_school(struct place_map *map, struct campus_school *school)
{
    if (school->prepared)
        GEOSPreparedGeom_destroy_r(map->geos, school->prepared);
    if (school->campus)
        GEOSGeom_destroy_r(map->geos, school->campus);
    if (school->envelope)
        GEOSGeom_destroy_r(map->geos, school->envelope);
    free(school);
}

void place_map_free(struct place_map *map)
{
    if (!map)
        return;
    GEOSSTRtree_destroy_r(map->geos, map->tree);
    for (size_t i = 0; i < map->count; i++)
        free_school(map, map->school[i]);
    free(map->school);
    match_free(map->match);
    GEOS_finish_r(map->geos);
    free(map);
}

struct to_metres {
    double latitude, longitude, scale;
};

static int to_metres_cb(double *x, double *y, void *ctx)
{
    const struct to_metres *t = ctx;

    *x = (*x - t->longitude) * t->scale;
    *y = (*y - t->latitude) * DEGREE_M;
    return 1;
}

static int read_campus(struct place_map *map, struct campus_school *school, const char *json,
                       struct error *error)
{
    GEOSGeoJSONReader *reader = GEOSGeoJSONReader_create_r(map->geos);
    GEOSGeometry *degrees = GEOSGeoJSONReader_readGeometry_r(map->geos, reader, json);
    struct to_metres t = {school->latitude, school->longitude, school->scale};
    int err = 0;

    GEOSGeoJSONReader_destroy_r(map->geos, reader);
    int type = degrees ? GEOSGeomTypeId_r(map->geos, degrees) : -1;
    if ((type != GEOS_POLYGON && type != GEOS_MULTIPOLYGON) ||
        GEOSisEmpty_r(map->geos, degrees) != 0 || GEOSisValid_r(map->geos, degrees) != 1) {
        err = error_set(error, ERR_SYNTAX, "campus", "must be a valid GeoJSON polygon");
    } else {
        /* Transforms a copy: GEOS geometries cannot be changed. */
        school->campus = GEOSGeom_transformXY_r(map->geos, degrees, to_metres_cb, &t);
        school->prepared = school->campus ? GEOSPrepare_r(map->geos, school->campus) : NULL;
        if (!school->prepared)
            err = error_set(error, ERR_SYNTAX, "campus", "cannot be prepared");
    }
    if (degrees)
        GEOSGeom_destroy_r(map->geos, degrees);
    return err;
}

static void measure_campus(struct place_map *map, struct campus_school *school)
{
    GEOSGeom_getXMin_r(map->geos, school->campus, &school->west);
    GEOSGeom_getXMax_r(map->geos, school->campus, &school->east);
    GEOSGeom_getYMin_r(map->geos, school->campus, &school->south);
    GEOSGeom_getYMax_r(map->geos, school->campus, &school->north);
}

/* The area of calls that concern the school: its campus and what is next to it, or its radius. */
static GEOSGeometry *reach(struct place_map *map, const struct campus_school *school)
{
    double west = -school->radius_m, east = school->radius_m;
    double south = -school->radius_m, north = school->radius_m;
    double scale = fmax(school->scale, DEGREE_M / 100); /* schools near a pole */

    if (school->campus) {
        west = school->west - NEXT_TO_M;
        east = school->east + NEXT_TO_M;
        south = school->south - NEXT_TO_M;
        north = school->north + NEXT_TO_M;
    }
    return GEOSGeom_createRectangle_r(map->geos, school->longitude + west / scale - ROUNDING,
                                      school->latitude + south / DEGREE_M - ROUNDING,
                                      school->longitude + east / scale + ROUNDING,
                                      school->latitude + north / DEGREE_M + ROUNDING);
}

void place_map_add_name(struct place_map *map, int district_id, int school_id, const char *name,
                        const char *level, const char *address)
{
    match_add_school(map->match,
                     &(struct match_school){district_id, school_id, name, level, address});
}

int place_map_add_school(struct place_map *map, const struct place_school *from,
                         struct error *error)
{
    struct campus_school *school = calloc(1, sizeof *school);
    int err = 0;

    if (map->count == map->room) {
        size_t room = map->room ? map->room * 2 : 64;
        struct campus_school **grown = realloc(map->school, room * sizeof(struct campus_school *));
        if (grown) {
            map->school = grown;
            map->room = room;
        }
    }
    if (!school || map->count == map->room) {
        free(school);
        return error_set(error, ERR_NOMEM, "", "no memory");
    }
    school->district_id = from->district_id;
    school->school_id = from->school_id;
    school->latitude = from->latitude;
    school->longitude = from->longitude;
    school->radius_m = from->radius_m;
    school->scale = DEGREE_M * cos(school->latitude * M_PI / 180.0);
    if (from->campus && from->campus[0])
        err = read_campus(map, school, from->campus, error);
    if (school->campus)
        measure_campus(map, school);
    school->envelope = reach(map, school);
    GEOSSTRtree_insert_r(map->geos, map->tree, school->envelope, school);
    map->school[map->count++] = school;
    return err;
}

void place_map_add_alias(struct place_map *map, int district_id, int school_id,
                         enum place_method kind, const char *text)
{
    match_add_alias(map->match, district_id, school_id, kind == PLACE_ADDRESS, text);
}

static void ignore_cb(void *item, void *ctx)
{
    (void)item;
    (void)ctx;
}

void place_map_ready(struct place_map *map)
{
    /* GEOS builds the tree at the first query, which must not delay the first call. */
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(map->geos, 0, 0);

    GEOSSTRtree_query_r(map->geos, map->tree, point, ignore_cb, NULL);
    GEOSGeom_destroy_r(map->geos, point);
}

size_t place_map_schools(const struct place_map *map)
{
    return map->count;
}

struct search {
    struct place_map *map;
    double latitude, longitude;
    struct place_hit *hits;
    size_t count;
};

/* A campus before a radius, then the nearer one, then the lower id, so that the order is always the
 * same. */
static bool comes_before(const struct place_hit *a, const struct place_hit *b)
{
    if (a->at != b->at)
        return a->at;
    if (a->method != b->method)
        return a->method < b->method;
    if (a->distance_m < b->distance_m || a->distance_m > b->distance_m) /* neither is NaN */
        return a->distance_m < b->distance_m;
    return a->school_id < b->school_id;
}

static void insert_hit(struct search *search, const struct place_hit *hit)
{
    size_t at = search->count;

    while (at > 0 && comes_before(hit, &search->hits[at - 1]))
        at--;
    if (at == PLACE_MAX_HITS)
        return;
    size_t keep = search->count < PLACE_MAX_HITS ? search->count : PLACE_MAX_HITS - 1;
    memmove(&search->hits[at + 1], &search->hits[at], (keep - at) * sizeof *hit);
    search->hits[at] = *hit;
    search->count = keep + 1;
}

static bool try_campus(const struct search *search, const struct campus_school *school,
                       struct place_hit *hit)
{
    GEOSContextHandle_t geos = search->map->geos;
    double x = search->longitude, y = search->latitude, away = 0;
    struct to_metres t = {school->latitude, school->longitude, school->scale};

    to_metres_cb(&x, &y, &t);
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, x, y);
    bool inside = GEOSPreparedCovers_r(geos, school->prepared, point) == 1;
    if (!inside)
        GEOSPreparedDistance_r(geos, school->prepared, point, &away);
    GEOSGeom_destroy_r(geos, point);
    if (away > NEXT_TO_M)
        return false;
    hit->method = PLACE_CAMPUS;
    hit->at = inside;
    hit->distance_m = away;
    hit->confidence = inside ? 1.0 : 0.7;
    return true;
}

static bool try_radius(const struct search *search, const struct campus_school *school,
                       struct place_hit *hit)
{
    double away =
        place_distance(search->latitude, search->longitude, school->latitude, school->longitude);

    if (away > school->radius_m)
        return false;
    hit->method = PLACE_RADIUS;
    hit->at = true;
    hit->distance_m = away;
    hit->confidence = 0.9 - 0.4 * away / school->radius_m;
    return true;
}

static void candidate_cb(void *item, void *ctx)
{
    const struct campus_school *school = item;
    struct search *search = ctx;
    struct place_hit hit = {.district_id = school->district_id, .school_id = school->school_id};

    if (school->prepared ? try_campus(search, school, &hit) : try_radius(search, school, &hit))
        insert_hit(search, &hit);
}

static void find_by_point(struct search *search)
{
    GEOSContextHandle_t geos = search->map->geos;
    GEOSGeometry *point = GEOSGeom_createPointFromXY_r(geos, search->longitude, search->latitude);

    GEOSSTRtree_query_r(geos, search->map->tree, point, candidate_cb, search);
    GEOSGeom_destroy_r(geos, point);
}

/* Whether the point is so far away that the words mean something else, or the point is wrong. */
static bool is_far(const struct search *search, const struct event_place *place, int school_id)
{
    for (size_t i = 0; place_has_point(place) && i < search->map->count; i++) {
        const struct campus_school *school = search->map->school[i];

        if (school->school_id == school_id)
            return place_distance(place->latitude, place->longitude, school->latitude,
                                  school->longitude) > FAR_M + school->radius_m;
    }
    return false;
}

/* Puts the schools that the words name into the search's hits if they are sure, else into maybe.
 * Returns how many are in maybe. */
static size_t find_by_words(struct search *search, const struct event_place *place,
                            struct place_hit maybe[PLACE_MAX_HITS])
{
    static const enum place_method methods[] = {[MATCH_ADDRESS] = PLACE_ADDRESS,
                                                [MATCH_NAME] = PLACE_NAME,
                                                [MATCH_BLOCK] = PLACE_BLOCK,
                                                [MATCH_CORNER] = PLACE_CORNER,
                                                [MATCH_SPELLING] = PLACE_SPELLING};
    struct match_hit found[MATCH_MAX];
    size_t count = match_find(search->map->match, place->address, place->name, found);
    size_t maybe_count = 0;

    for (size_t i = 0; i < count; i++) {
        bool sure = found[i].confidence >= MATCH_SURE;
        bool loose = found[i].method == MATCH_BLOCK || found[i].method == MATCH_CORNER;
        bool far = is_far(search, place, found[i].school_id);
        struct place_hit hit = {.district_id = found[i].district_id,
                                .school_id = found[i].school_id,
                                .method = methods[found[i].method],
                                .at = true,
                                .distance_m = NAN,
                                .confidence = far ? CONFIDENCE_FAR : found[i].confidence};
        if (loose && place_has_point(place)) /* the point is more exact */
            continue;
        if (sure && !far)
            insert_hit(search, &hit);
        else if (sure || !far)
            maybe[maybe_count++] = hit;
    }
    return search->count ? 0 : maybe_count;
}

size_t place_match(struct place_map *map, const struct event_place *place,
                   struct place_hit hits[PLACE_MAX_HITS], struct place_hit maybe[PLACE_MAX_HITS],
                   size_t *maybe_count)
{
    struct search search = {
        .map = map, .latitude = place->latitude, .longitude = place->longitude, .hits = hits};

    *maybe_count = 0;
    if (map->count == 0)
        return 0;
    if (place_has_point(place))
        find_by_point(&search);
    if (search.count == 0 && (place->address[0] || place->name[0]))
        *maybe_count = find_by_words(&search, place, maybe);
    return search.count;
}

size_t place_find(struct place_map *map, const struct event_place *place,
                  struct place_hit hits[PLACE_MAX_HITS])
{
    struct place_hit maybe[PLACE_MAX_HITS];
    size_t maybe_count;

    return place_match(map, place, hits, maybe, &maybe_count);
}

static const char *const methods[] = {"campus", "radius", "address", "name",
                                      "block",  "corner", "spelling"};

void place_unsure_json(const struct event_place *place, const struct place_hit *maybe, size_t count,
                       char out[PLACE_UNSURE_MAX])
{
    json_t *schools = json_array();
    json_t *all = json_pack("{s:s, s:s, s:o}", "address", place->address, "name", place->name,
                            "schools", schools);

    for (size_t i = 0; all && i < count; i++)
        json_array_append_new(schools, json_pack("{s:i, s:i, s:s, s:f}", "district",
                                                 maybe[i].district_id, "school", maybe[i].school_id,
                                                 "method", methods[maybe[i].method], "confidence",
                                                 maybe[i].confidence));
    size_t size =
        all ? json_dumpb(all, out, PLACE_UNSURE_MAX - 1, JSON_COMPACT | JSON_REAL_PRECISION(3)) : 0;
    out[size < PLACE_UNSURE_MAX ? size : 0] = '\0';
    json_decref(all);
}

void place_json(const struct place_hit *hits, size_t count, char out[PLACE_JSON_MAX])
{
    size_t n = 0;

    out[n++] = '[';
    for (size_t i = 0; i < count; i++) {
        char distance[32] = "null";

        if (!isnan(hits[i].distance_m))
            snprintf(distance, sizeof distance, "%.1f", hits[i].distance_m);
        n += (size_t)snprintf(
            out + n, PLACE_JSON_MAX - n,
            "%s{\"district\":%d,\"school\":%d,\"relation\":\"%s\",\"distance_m\":%s,"
            "\"method\":\"%s\",\"confidence\":%.2f}",
            i ? "," : "", hits[i].district_id, hits[i].school_id, hits[i].at ? "at" : "next_to",
            distance, methods[hits[i].method], hits[i].confidence);
    }
    out[n++] = ']';
    out[n] = '\0';
}
