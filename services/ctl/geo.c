#include "geo.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GEO_MAX_POINTS = 200000, GEO_MAX_RINGS = 4096 };

struct geo {
    bool area;
    double *x, *y; /* all positions, ring after ring; a ring's last equals its first */
    size_t points;
    size_t *ring; /* where each ring begins; one more than there are rings */
    size_t rings;
};

static int add_point(struct geo *geo, const json_t *position, struct error *error)
{
    double x = json_number_value(json_array_get(position, 0));
    double y = json_number_value(json_array_get(position, 1));

    if (!json_is_number(json_array_get(position, 0)) ||
        !json_is_number(json_array_get(position, 1)))
        return error_set(error, ERR_TYPE, "geometry", "a position must be two numbers");
    if (!(x >= -180 && x <= 180 && y >= -90 && y <= 90))
        return error_set(error, ERR_RANGE, "geometry",
                         "a position must be longitude, latitude in degrees (WGS 84)");
    if (geo->points == GEO_MAX_POINTS)
        return error_set(error, ERR_SIZE, "geometry", "more than %d positions", GEO_MAX_POINTS);
    geo->x[geo->points] = x;
    geo->y[geo->points++] = y;
    return 0;
}

static int add_ring(struct geo *geo, const json_t *ring, struct error *error)
{
    size_t first = geo->points, i;
    const json_t *position;

    if (json_array_size(ring) < 4)
        return error_set(error, ERR_VALUE, "geometry", "a ring must have at least four positions");
    if (geo->rings == GEO_MAX_RINGS)
        return error_set(error, ERR_SIZE, "geometry", "more than %d rings", GEO_MAX_RINGS);
    json_array_foreach(ring, i, position)
    {
        int err = add_point(geo, position, error);

        if (err)
            return err;
    }
    if (geo->x[first] != geo->x[geo->points - 1] || geo->y[first] != geo->y[geo->points - 1])
        return error_set(error, ERR_VALUE, "geometry", "a ring must end where it begins");
    geo->ring[++geo->rings] = geo->points;
    return 0;
}

static int add_polygon(struct geo *geo, const json_t *rings, struct error *error)
{
    const json_t *ring;
    size_t i;
    int err;

    if (json_array_size(rings) == 0)
        return error_set(error, ERR_VALUE, "geometry", "a polygon must have a ring");
    json_array_foreach(rings, i, ring)
    {
        err = add_ring(geo, ring, error);
        if (err)
            return err;
    }
    return 0;
}

static int fill(struct geo *geo, const json_t *root, struct error *error)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    const json_t *at = json_object_get(root, "coordinates");
    const json_t *polygon;
    size_t i;
    int err;

    if (type && strcmp(type, "Point") == 0)
        return add_point(geo, at, error);
    geo->area = true;
    if (type && strcmp(type, "Polygon") == 0)
        return add_polygon(geo, at, error);
    if (!type || strcmp(type, "MultiPolygon") != 0 || json_array_size(at) == 0)
        return error_set(error, ERR_VALUE, "geometry", "must be a Point, Polygon or MultiPolygon");
    json_array_foreach(at, i, polygon)
    {
        err = add_polygon(geo, polygon, error);
        if (err)
            return err;
    }
    return 0;
}

int geo_parse(struct geo **geo, const char *json, struct error *error)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    struct geo *new = calloc(1, sizeof(*new));
    size_t points = strlen(json) / strlen("[0,0]") + 1; /* an upper bound */
    int err;

    *geo = NULL;
    if (new) {
        new->x = calloc(points, sizeof(double));
        new->y = calloc(points, sizeof(double));
        new->ring = calloc(GEO_MAX_RINGS + 1, sizeof(size_t));
    }
    if (!new || !new->x || !new->y || !new->ring)
        err = error_set(error, ERR_NOMEM, "", "no memory");
    else if (!json_is_object(root))
        err = error_set(error, ERR_SYNTAX, "geometry", "not a GeoJSON geometry");
    else
        err = fill(new, root, error);
    json_decref(root);
    if (err)
        geo_free(new);
    else
        *geo = new;
    return err;
}

void geo_free(struct geo *geo)
{
    if (!geo)
        return;
    free(geo->x);
    free(geo->y);
    free(geo->ring);
    free(geo);
}

bool geo_is_area(const struct geo *geo)
{
    return geo->area;
}

static void ends(const double *list, size_t count, double *low, double *high)
{
    *low = *high = list[0];
    for (size_t i = 1; i < count; i++) {
        *low = fmin(*low, list[i]);
        *high = fmax(*high, list[i]);
    }
}

void geo_centre(const struct geo *geo, double *latitude, double *longitude)
{
    double area = 0, x = 0, y = 0, x0 = geo->x[0], y0 = geo->y[0];
    double west, east, south, north;

    /* relative to the first position: the cross products of whole degrees would cancel badly */
    for (size_t r = 0; r < geo->rings; r++)
        for (size_t i = geo->ring[r]; i + 1 < geo->ring[r + 1]; i++) {
            double ax = geo->x[i] - x0, ay = geo->y[i] - y0;
            double bx = geo->x[i + 1] - x0, by = geo->y[i + 1] - y0;
            double cross = ax * by - bx * ay;

            area += cross;
            x += (ax + bx) * cross;
            y += (ay + by) * cross;
        }
    *longitude = x0 + x / (3 * area);
    *latitude = y0 + y / (3 * area);
    ends(geo->x, geo->points, &west, &east);
    ends(geo->y, geo->points, &south, &north);
    /* a point has no area; a ring that is flat or crosses itself has next to none to divide by */
    if (!(*longitude >= west && *longitude <= east && *latitude >= south && *latitude <= north)) {
        *longitude = (west + east) / 2;
        *latitude = (south + north) / 2;
    }
}

bool geo_contains(const struct geo *geo, double latitude, double longitude)
{
    bool inside = false;

    for (size_t r = 0; r < geo->rings; r++)
        for (size_t i = geo->ring[r]; i + 1 < geo->ring[r + 1]; i++) {
            double y0 = geo->y[i], y1 = geo->y[i + 1];

            if ((y0 > latitude) == (y1 > latitude))
                continue;
            if (longitude < geo->x[i] + (latitude - y0) / (y1 - y0) * (geo->x[i + 1] - geo->x[i]))
                inside = !inside;
        }
    return inside;
}
