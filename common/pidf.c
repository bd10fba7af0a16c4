/* See pidf.h. */
#include "pidf.h"

#include "errors.h"

#include <expat.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64
#define MAX_PART  80

enum part { PART_HNO, PART_PRD, PART_RD, PART_STS, PART_POD, PART_A3, PART_COUNT };

/* In the order of an address as people write it. */
static const char *const part_names[PART_COUNT] = {"HNO", "PRD", "RD", "STS", "POD", "A3"};

static const char *const shape_names[] = {"Point",  "Circle",    "Ellipse",
                                          "Sphere", "Ellipsoid", "ArcBand"};

struct reading {
    XML_Parser parser;
    struct pidf *out;
    int depth;
    int civic_depth; /* of the open civicAddress, or 0 */
    int shape_depth; /* of the open shape that has one position, or 0 */
    char part[PART_COUNT][MAX_PART + 1];
    char *text; /* where character data goes, or NULL */
    size_t text_size;
    size_t used;
    int text_depth;
    bool overflow;
    char position[MAX_PART + 1];
    int ring_depth; /* of the open outer ring of a polygon, or 0 */
    bool ring_3d;   /* a height behind each pair */
    bool lat_lon;   /* its numbers are degrees */
    bool prism;     /* whose base is a polygon with heights */
    char corners[48 * PIDF_MAX_CORNERS];
    double pairs[2 * PIDF_MAX_CORNERS];
    size_t corner_count;
};

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');

    return colon ? colon + 1 : name;
}

static void text_open(struct reading *r, char *text, size_t size)
{
    r->text = text;
    r->text_size = size;
    r->text_depth = r->depth;
    r->used = 0;
    r->overflow = false;
    *text = '\0';
}

static void XMLCALL text_cb(void *arg, const char *data, int size)
{
    struct reading *r = arg;

    if (!r->text || r->depth != r->text_depth)
        return;
    for (int i = 0; i < size; i++) {
        char c = strchr(" \t\r\n", data[i]) ? ' ' : data[i];

        if (c == ' ' && (r->used == 0 || r->text[r->used - 1] == ' '))
            continue;
        if (r->used + 1 >= r->text_size) {
            r->overflow = true;
            return;
        }
        r->text[r->used++] = c;
    }
    r->text[r->used] = '\0';
}

static void text_close(struct reading *r)
{
    if (r->overflow)
        r->used = 0;
    while (r->used > 0 && r->text[r->used - 1] == ' ')
        r->used--;
    r->text[r->used] = '\0';
    r->text = NULL;
}

/* Latitude before longitude, as EPSG 4326 (and 4979, with a height) has them. */
static bool is_lat_lon(const char **attributes)
{
    for (; *attributes; attributes += 2)
        if (strcmp(local_name(attributes[0]), "srsName") == 0)
            return strstr(attributes[1], "4326") || strstr(attributes[1], "4979");
    return true;
}

static bool has_heights(const char **attributes)
{
    for (; *attributes; attributes += 2) {
        const char *name = local_name(attributes[0]);

        if ((strcmp(name, "srsName") == 0 && strstr(attributes[1], "4979")) ||
            (strcmp(name, "srsDimension") == 0 && strcmp(attributes[1], "3") == 0))
            return true;
    }
    return false;
}

/* Enters a polygon, its outer ring, or its positions: one list, or single elements. */
static void open_polygon(struct reading *r, const char *name, const char **attributes)
{
    if (strcmp(name, "Prism") == 0) {
        r->prism = true;
        r->ring_3d = true;
    } else if (strcmp(name, "Polygon") == 0) {
        r->lat_lon = is_lat_lon(attributes);
        r->ring_3d = r->prism || has_heights(attributes);
    } else if (strcmp(name, "exterior") == 0 && r->corner_count == 0) {
        r->ring_depth = r->lat_lon ? r->depth : 0;
    } else if (r->ring_depth && strcmp(name, "posList") == 0) {
        r->ring_3d = r->ring_3d || has_heights(attributes);
        text_open(r, r->corners, sizeof(r->corners));
    } else if (r->ring_depth && strcmp(name, "pos") == 0) {
        text_open(r, r->position, sizeof(r->position));
    }
}

static void open_element(struct reading *r, const char *name, const char **attributes)
{
    if (strcmp(name, "civicAddress") == 0) {
        r->civic_depth = r->depth;
        memset(r->part, 0, sizeof(r->part));
        return;
    }
    for (size_t i = 0; i < sizeof(shape_names) / sizeof(shape_names[0]); i++)
        if (strcmp(name, shape_names[i]) == 0)
            r->shape_depth = is_lat_lon(attributes) ? r->depth : 0;
    open_polygon(r, name, attributes);
    if (r->shape_depth && r->depth == r->shape_depth + 1 && strcmp(name, "pos") == 0)
        text_open(r, r->position, sizeof(r->position));
    for (int i = 0; r->civic_depth && r->depth == r->civic_depth + 1 && i < PART_COUNT; i++)
        if (strcmp(name, part_names[i]) == 0)
            text_open(r, r->part[i], sizeof(r->part[i]));
}

static void XMLCALL open_cb(void *arg, const char *name, const char **attributes)
{
    struct reading *r = arg;

    if (++r->depth > MAX_DEPTH)
        XML_StopParser(r->parser, XML_FALSE);
    else
        open_element(r, local_name(name), attributes);
}

static void take_civic(struct reading *r)
{
    char address[sizeof(r->out->address)] = "";
    size_t used = 0;

    for (int i = PART_HNO; i <= PART_POD; i++) {
        if (!*r->part[i])
            continue;
        used += (size_t)snprintf(address + used, sizeof(address) - used, "%s%s", used ? " " : "",
                                 r->part[i]);
        if (used >= sizeof(address))
            return;
    }
    /* A house number or a direction without a road would name a wrong place. */
    if (*r->part[PART_RD])
        memcpy(r->out->address, address, sizeof(address));
    if (strlen(r->part[PART_A3]) < sizeof(r->out->municipality))
        strcpy(r->out->municipality, r->part[PART_A3]);
}

static void take_position(struct reading *r)
{
    char *middle, *end;
    double latitude, longitude;

    if (strspn(r->position, "0123456789+-.eE ") != strlen(r->position))
        return;
    latitude = strtod(r->position, &middle);
    longitude = strtod(middle, &end);
    if (middle == r->position || end == middle)
        return;
    if ((*end != '\0' && *end != ' ') || !(fabs(latitude) <= 90.0) || !(fabs(longitude) <= 180.0))
        return;
    r->out->latitude = latitude;
    r->out->longitude = longitude;
}

void pidf_centroid(const double *pairs, size_t count, double *latitude, double *longitude)
{
    double area = 0.0, north = 0.0, east = 0.0, mean_north = 0.0, mean_east = 0.0;

    if (count > 1 && pairs[0] == pairs[2 * count - 2] && pairs[1] == pairs[2 * count - 1])
        count--; /* closed: the last corner repeats the first */
    if (count < 3)
        return;
    for (size_t i = 0; i < count; i++) {
        /* Relative to the first corner, so that small areas keep their precision. */
        double a = pairs[2 * i] - pairs[0], b = pairs[2 * i + 1] - pairs[1];
        double c = pairs[2 * ((i + 1) % count)] - pairs[0];
        double d = pairs[2 * ((i + 1) % count) + 1] - pairs[1], cross = a * d - c * b;

        area += cross;
        north += (a + c) * cross;
        east += (b + d) * cross;
        mean_north += a / (double)count;
        mean_east += b / (double)count;
    }
    if (fabs(area) > 1e-16) {
        mean_north = north / (3.0 * area);
        mean_east = east / (3.0 * area);
    }
    *latitude = pairs[0] + mean_north;
    *longitude = pairs[1] + mean_east;
}

/* Adds the numbers of a text as corners. */
static void take_corners(struct reading *r, const char *text)
{
    size_t step = r->ring_3d ? 3 : 2, at = 0;
    double number[3];
    char *end;

    if (strspn(text, "0123456789+-.eE ") != strlen(text))
        return;
    for (;; text = end) {
        number[at % step] = strtod(text, &end);
        if (end == text)
            break;
        at++;
        if (at % step != 0 || r->corner_count == PIDF_MAX_CORNERS)
            continue;
        if (!(fabs(number[0]) <= 90.0) || !(fabs(number[1]) <= 180.0))
            return;
        r->pairs[2 * r->corner_count] = number[0];
        r->pairs[2 * r->corner_count + 1] = number[1];
        r->corner_count++;
    }
}

static void close_polygon(struct reading *r)
{
    if (r->ring_depth != r->depth)
        return;
    r->ring_depth = 0;
    if (isnan(r->out->latitude))
        pidf_centroid(r->pairs, r->corner_count, &r->out->latitude, &r->out->longitude);
}

static void XMLCALL close_cb(void *arg, const char *name)
{
    struct reading *r = arg;
    bool position = r->text == r->position, list = r->text == r->corners;

    (void)name;
    if (r->text && r->depth == r->text_depth) {
        text_close(r);
        if (r->ring_depth && (position || list))
            take_corners(r, list ? r->corners : r->position);
        else if (position && isnan(r->out->latitude))
            take_position(r);
    }
    close_polygon(r);
    if (r->depth == r->shape_depth)
        r->shape_depth = 0;
    if (r->depth == r->civic_depth) {
        r->civic_depth = 0;
        if (!*r->out->address)
            take_civic(r);
    }
    r->depth--;
}

static void XMLCALL doctype_cb(void *arg, const char *name, const char *system_id,
                               const char *public_id, int has_internal_subset)
{
    struct reading *r = arg;

    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    XML_StopParser(r->parser, XML_FALSE);
}

int pidf_read(struct pidf *out, const char *xml, size_t size)
{
    struct reading reading = {.out = out};
    enum XML_Status status;

    *out = (struct pidf){.latitude = (double)NAN, .longitude = (double)NAN};
    if (size > INT_MAX)
        return ERR_SYNTAX;
    /* The text was in JSON and so is UTF-8, whatever its own declaration says. */
    reading.parser = XML_ParserCreate("UTF-8");
    if (!reading.parser)
        return ERR_NOMEM;
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, open_cb, close_cb);
    XML_SetCharacterDataHandler(reading.parser, text_cb);
    XML_SetStartDoctypeDeclHandler(reading.parser, doctype_cb);
    status = XML_Parse(reading.parser, xml, (int)size, XML_TRUE);
    XML_ParserFree(reading.parser);
    return status == XML_STATUS_OK ? 0 : ERR_SYNTAX;
}
