/*
 * geo: a GeoJSON Point, Polygon or MultiPolygon (WGS 84, degrees), and whether a point lies in it.
 */
#ifndef LIAISON_CTL_GEO_H
#define LIAISON_CTL_GEO_H

#include "errors.h"

#include <stdbool.h>

struct geo;

int geo_parse(struct geo **geo, const char *json, struct error *error);
void geo_free(struct geo *geo);
bool geo_is_area(const struct geo *geo);
/* The point itself, or the centre of mass of the area; the middle of its bounding box if that would
 * lie outside the box, as with rings that cross themselves. */
void geo_centre(const struct geo *geo, double *latitude, double *longitude);
/* By ray casting over all rings, so that holes are outside. False for a point. */
bool geo_contains(const struct geo *geo, double latitude, double longitude);

#endif
