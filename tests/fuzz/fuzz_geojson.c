/*
 * Files that liaisonctl imports: the rows of a FeatureCollection, a JSON array or CSV, and each
 * geometry in them; and the input itself as a geometry.
 */
#include "fuzz.h"
#include "services/ctl/geo.h"
#include "services/ctl/sheet_private.h"
#include "utf8.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The geometry as jansson writes it, with members in another order and numbers in full. */
static char *written_again(const char *json)
{
    json_t *root = json_loads(json, 0, NULL);
    char *text = json_dumps(root, JSON_SORT_KEYS | JSON_REAL_PRECISION(17));

    json_decref(root);
    return text;
}

static void check_geometry(const char *json)
{
    struct geo *geo = NULL, *again = NULL;
    struct error error = {0};
    double latitude, longitude, latitude_again, longitude_again;
    int err = geo_parse(&geo, json, &error);

    if (err) {
        fuzz_require(geo == NULL, "nothing is given where it fails");
        fuzz_check_error(err, &error);
        return;
    }
    geo_centre(geo, &latitude, &longitude);
    fuzz_require(fabs(latitude) <= 90 && fabs(longitude) <= 180, "the centre is on Earth");
    fuzz_require(!geo_contains(geo, 90.5, longitude) && !geo_contains(geo, latitude, 180.5) &&
                     !geo_contains(geo, -90.5, longitude) && !geo_contains(geo, latitude, -180.5),
                 "nothing beyond the Earth is inside");
    fuzz_require(geo_is_area(geo) || !geo_contains(geo, latitude, longitude),
                 "a point has no inside");

    char *text = written_again(json);
    fuzz_require(text && geo_parse(&again, text, &error) == 0,
                 "written again, it is the same kind");
    geo_centre(again, &latitude_again, &longitude_again);
    fuzz_require(latitude == latitude_again && longitude == longitude_again &&
                     geo_is_area(geo) == geo_is_area(again) &&
                     geo_contains(geo, latitude, longitude) ==
                         geo_contains(again, latitude, longitude),
                 "written again, it is the same place");
    free(text);
    geo_free(again);
    geo_free(geo);
}

static void check_cell(const char *cell)
{
    size_t size = strlen(cell);

    fuzz_require(size > 0, "an empty cell is none");
    fuzz_require(!utf8_text_defect(cell, size), "a cell may be stored");
    fuzz_require(!strchr(" \t", cell[0]) && !strchr(" \t", cell[size - 1]), "a cell is trimmed");
}

/* A CSV header may name a column by any octets; such a name cannot be a JSON member. */
static bool is_named(const struct sheet *sheet, size_t column)
{
    return !utf8_text_defect(sheet->column[column], strlen(sheet->column[column]));
}

/* The rows written as a JSON array must be read as the same rows. */
static void check_again(const struct sheet *sheet)
{
    json_t *array = json_array();
    struct sheet *again = NULL;
    struct error error = {0};
    long line = 0;

    for (size_t r = 0; r < sheet_rows(sheet); r++) {
        json_t *object = json_object();

        for (size_t c = 0; c < sheet->columns; c++) {
            const char *cell = sheet_get(sheet, r, sheet->column[c]);
            if (cell && is_named(sheet, c))
                json_object_set_new(object, sheet->column[c], json_string(cell));
        }
        json_array_append_new(array, object);
    }
    char *text = json_dumps(array, 0);
    json_decref(array);
    fuzz_require(sheet_parse(&again, text, strlen(text), &error, &line) == 0,
                 "rows written as JSON are read");
    fuzz_require(sheet_rows(again) == sheet_rows(sheet), "they are as many");
    for (size_t r = 0; r < sheet_rows(sheet); r++)
        for (size_t c = 0; c < sheet->columns; c++) {
            const char *a = sheet_get(sheet, r, sheet->column[c]);
            const char *b = sheet_get(again, r, sheet->column[c]);
            fuzz_require(!is_named(sheet, c) || (a ? b && strcmp(a, b) == 0 : !b),
                         "and hold the same");
        }
    free(text);
    sheet_free(again);
}

static void check_sheet(const struct sheet *sheet)
{
    fuzz_require(sheet->columns <= SHEET_MAX_COLUMNS, "columns are limited");
    for (size_t r = 0; r < sheet_rows(sheet); r++) {
        const char *geometry = sheet_get(sheet, r, "geometry");

        fuzz_require(sheet_line(sheet, r) > 0, "a row has a line");
        for (size_t c = 0; c < sheet->row[r].cells; c++)
            if (sheet->row[r].cell[c] && sheet->row[r].cell[c] != sheet_empty)
                check_cell(sheet->row[r].cell[c]);
        if (geometry && r < 4)
            check_geometry(geometry);
    }
    check_again(sheet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sheet *sheet = NULL;
    struct error error = {0};
    long line = -1;
    char *text = strndup((const char *)data, size);
    int err = sheet_parse(&sheet, (const char *)data, size, &error, &line);

    if (err) {
        fuzz_require(sheet == NULL && line >= 0, "where it fails nothing is given but a line");
        fuzz_check_error(err, &error);
    } else {
        check_sheet(sheet);
        sheet_free(sheet);
    }
    check_geometry(text);
    free(text);
    return 0;
}
