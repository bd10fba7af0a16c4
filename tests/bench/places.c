/*
 * places: intake's placement of a point among many campuses, beside GEOS's tree query for the same
 * points over the same envelopes (which finds candidates, and decides nothing).
 *
 *   places CAMPUSES POINTS
 *
 * Prints {"place_ns", "tree_ns", "hits", "candidates"}, means for one point.
 */
#include "clock.h"
#include "place.h"

#include <err.h>
#include <geos_c.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CORNERS = 12 };

struct campus {
    double latitude, longitude, size_m;
};

static double uniform(double low, double high)
{
    return low + (high - low) * drand48();
}

/* Writes a ring whose corners are at 0.5 to 1 times the campus's size from its centre. */
static void put_ring(char *out, size_t size, const struct campus *campus)
{
    size_t n = (size_t)snprintf(out, size, "{\"type\":\"Polygon\",\"coordinates\":[[");
    double first[2] = {0};

    for (int i = 0; i <= CORNERS; i++) {
        double turn = 2 * M_PI * i / CORNERS, away = campus->size_m * uniform(0.5, 1) / 111195.0;
        double at[2] = {campus->longitude + away * cos(turn) / cos(campus->latitude * M_PI / 180),
                        campus->latitude + away * sin(turn)};

        if (i == 0)
            memcpy(first, at, sizeof first);
        if (i == CORNERS)
            memcpy(at, first, sizeof at);
        n += (size_t)snprintf(out + n, size - n, "%s[%.7f,%.7f]", i ? "," : "", at[0], at[1]);
    }
    snprintf(out + n, size - n, "]]}");
}

/* Makes the campuses of a country; half of them lie in a hundred cities. */
static struct campus *make_campuses(size_t count)
{
    struct campus *campus = calloc(count, sizeof *campus);
    double city[100][2];

    if (!campus)
        errx(2, "no memory");
    for (int i = 0; i < 100; i++) {
        city[i][0] = uniform(28, 47);
        city[i][1] = uniform(-122, -75);
    }
    for (size_t i = 0; i < count; i++) {
        const double *near = city[i % 100];
        bool town = i % 2 == 0;

        campus[i].latitude = town ? near[0] + uniform(-0.3, 0.3) : uniform(26, 48);
        campus[i].longitude = town ? near[1] + uniform(-0.3, 0.3) : uniform(-124, -70);
        campus[i].size_m = uniform(60, 250);
    }
    return campus;
}

static void count_cb(void *item, void *ctx)
{
    (void)item;
    ++*(size_t *)ctx;
}

static void silent_cb(const char *format, ...)
{
    (void)format;
}

static GEOSSTRtree *make_tree(const struct campus *campus, size_t count)
{
    GEOSSTRtree *tree = GEOSSTRtree_create(10);

    for (size_t i = 0; i < count; i++) {
        /* As in place.c: the campus and 50 metres round it, or the radius. */
        double up = fmax(campus[i].size_m + 50, 150) / 111195.0;
        double right = up / cos(campus[i].latitude * M_PI / 180);

        GEOSSTRtree_insert(
            tree,
            GEOSGeom_createRectangle(campus[i].longitude - right, campus[i].latitude - up,
                                     campus[i].longitude + right, campus[i].latitude + up),
            (void *)&campus[i]);
    }
    return tree;
}

static struct place_map *make_map(const struct campus *campus, size_t count)
{
    struct place_map *map = place_map_new();
    char ring[1024];

    for (size_t i = 0; i < count; i++) {
        struct error error;
        put_ring(ring, sizeof ring, &campus[i]);
        struct place_school school = {.district_id = (int)(i / 50) + 1,
                                      .school_id = (int)i + 1,
                                      .latitude = campus[i].latitude,
                                      .longitude = campus[i].longitude,
                                      .radius_m = 150,
                                      .campus = ring};
        if (place_map_add_school(map, &school, &error) != 0)
            errx(2, "%s: %s", error.field, error.reason);
    }
    place_map_ready(map);
    return map;
}

/* Makes the points: a tenth of them lies at a campus, the rest somewhere in its town. */
static struct event_place *make_points(const struct campus *campus, size_t campuses, size_t count)
{
    struct event_place *point = calloc(count, sizeof *point);

    if (!point)
        errx(2, "no memory");
    for (size_t i = 0; i < count; i++) {
        const struct campus *near = &campus[(size_t)(drand48() * (double)campuses)];
        double spread = i % 10 == 0 ? 0.001 : 0.05;

        point[i].latitude = near->latitude + uniform(-spread, spread);
        point[i].longitude = near->longitude + uniform(-spread, spread);
    }
    return point;
}

int main(int argc, char **argv)
{
    size_t campuses = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, hits = 0, candidates = 0;
    size_t points = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (!campuses || !points)
        errx(2, "places CAMPUSES POINTS");
    srand48(7);
    initGEOS(silent_cb, silent_cb);
    struct campus *campus = make_campuses(campuses);
    struct place_map *map = make_map(campus, campuses);
    GEOSSTRtree *tree = make_tree(campus, campuses);
    struct event_place *point = make_points(campus, campuses, points);
    for (int warm = 1; warm >= 0; warm--) {
        struct place_hit hit[PLACE_MAX_HITS];
        int64_t begun = clock_mono_us(), between;

        hits = candidates = 0;
        for (size_t i = 0; i < points; i++)
            hits += place_find(map, &point[i], hit);
        between = clock_mono_us();
        for (size_t i = 0; i < points; i++) {
            GEOSGeometry *at = GEOSGeom_createPointFromXY(point[i].longitude, point[i].latitude);
            GEOSSTRtree_query(tree, at, count_cb, &candidates);
            GEOSGeom_destroy(at);
        }
        if (!warm)
            printf("{\"place_ns\":%.1f,\"tree_ns\":%.1f,\"hits\":%zu,\"candidates\":%zu}\n",
                   (double)(between - begun) * 1000 / (double)points,
                   (double)(clock_mono_us() - between) * 1000 / (double)points, hits, candidates);
    }
    fflush(stdout);
    _Exit(0); /* avoids freeing a hundred thousand geometries */
}
