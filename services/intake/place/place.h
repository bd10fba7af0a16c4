/*
 * place: finds the schools that a call concerns. It tries the campus polygon first, then the radius
 * around the school's point, then the words of the call (match.h). If the words are not sure enough
 * to place a call, the schools that they may mean are returned separately, and a person decides.
 *
 * A struct place_map is built once from the districts' tables and then only read; the loader makes
 * a new one and swaps. Distances are metres on the WGS 84 mean sphere.
 */
#ifndef INTAKE_PLACE_H
#define INTAKE_PLACE_H

#include "event.h"

#include <stdbool.h>
#include <stddef.h>

struct place_map;

struct place_school {
    int district_id;
    int school_id;
    double latitude, longitude;
    double radius_m;
    const char *campus; /* GeoJSON polygon or multipolygon, or NULL; read while adding only */
};

enum { PLACE_MAX_HITS = 8, PLACE_JSON_MAX = 1024, PLACE_UNSURE_MAX = 8192 };

enum place_method {
    PLACE_CAMPUS,
    PLACE_RADIUS,
    PLACE_ADDRESS,
    PLACE_NAME,
    PLACE_BLOCK,
    PLACE_CORNER,
    PLACE_SPELLING
};

struct place_hit {
    int district_id;
    int school_id;
    enum place_method method;
    bool at;           /* else next to it */
    double distance_m; /* NaN if not known */
    double confidence; /* 0 to 1 */
};

struct place_map *place_map_new(void);
void place_map_free(struct place_map *map);
/* Returns ERR_SYNTAX if the campus cannot be read; the school is then added with its point
 * alone. */
int place_map_add_school(struct place_map *map, const struct place_school *school,
                         struct error *error);
/* Adds a school's name and address: strings as in district.school, "" if not known. */
void place_map_add_name(struct place_map *map, int district_id, int school_id, const char *name,
                        const char *level, const char *address);
/* kind is PLACE_ADDRESS or PLACE_NAME; the alias is normalised here. school_id 0: the words mean no
 * school of the district. */
void place_map_add_alias(struct place_map *map, int district_id, int school_id,
                         enum place_method kind, const char *alias);
/* Call once after the last addition. */
void place_map_ready(struct place_map *map);
size_t place_map_schools(const struct place_map *map);

/* Fills hits, nearest first, at most PLACE_MAX_HITS; returns how many. */
size_t place_find(struct place_map *map, const struct event_place *place,
                  struct place_hit hits[PLACE_MAX_HITS]);

/* As place_find; if that finds nothing, maybe gets the schools that the words may mean. */
size_t place_match(struct place_map *map, const struct event_place *place,
                   struct place_hit hits[PLACE_MAX_HITS], struct place_hit maybe[PLACE_MAX_HITS],
                   size_t *maybe_count);

/* The JSON that agency.event.placed holds: "[]" or a list of objects. */
void place_json(const struct place_hit *hits, size_t count, char out[PLACE_JSON_MAX]);

/* The JSON that agency.event.unsure holds: the words, and the schools that they may mean. */
void place_unsure_json(const struct event_place *place, const struct place_hit *maybe, size_t count,
                       char out[PLACE_UNSURE_MAX]);

/* Metres between two points (haversine, radius 6,371,008.8 m). */
double place_distance(double lat1, double lon1, double lat2, double lon2);

/* Whether the place has coordinates. */
bool place_has_point(const struct event_place *place);

#endif
