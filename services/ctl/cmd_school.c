/* school import, list. */
#include "commands.h"
#include "geo.h"
#include "import.h"
#include "out.h"
#include "sql.h"
#include "utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RADIUS_LEAST = 10, RADIUS_MOST = 5000, RADIUS_USUAL = 150 }; /* metres */

struct school_import {
    char district[16];
    const char *radius;     /* of --radius, for rows without one; or NULL */
    const char *renamed_on; /* first day of a new name; NULL: today */
    bool geojson;
};

/* One row, checked. Texts point into the sheet, except those made here. */
struct school_row {
    const char *code, *name, *level, *address, *campus, *feeders;
    char made_code[64], latitude[32], longitude[32], radius[16];
};

/* How districts write levels; compared without case and without "option ". */
static const struct {
    const char *word, *level;
} level_words[] = {
    {"elementary", "elementary"},
    {"elem", "elementary"},
    {"es", "elementary"},
    {"primary", "elementary"},
    {"middle", "middle"},
    {"ms", "middle"},
    {"junior high", "middle"},
    {"intermediate", "middle"},
    {"high", "high"},
    {"hs", "high"},
    {"senior high", "high"},
    {"k8", "k8"},
    {"k-8", "k8"},
    {"k12", "k12"},
    {"k-12", "k12"},
    {"other", "other"},
    {"service school", "other"},
};

static int take_level(struct import *import, size_t row, struct school_row *school)
{
    const char *text = import_text(import, row, "level");
    bool exact = false;

    school->level = "other";
    if (!text)
        return 0;
    if (strncasecmp(text, "option ", 7) == 0)
        text += 7;
    for (size_t i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++)
        if (strcasecmp(text, level_words[i].word) == 0) {
            school->level = level_words[i].level;
            exact = strcmp(text, school->level) == 0;
            /* lists of sites call a K-8 school by its first grades */
            if (!exact && school->name && strstr(school->name, "K-8"))
                school->level = "k8";
            return 0;
        }
    return import_error(import, ERR_VALUE, "level",
                        "must be one of elementary, middle, high, k8, k12, other");
}

/* "Denny Int'l" becomes "denny-int-l". */
static void code_from_name(const char *name, char out[64])
{
    size_t size = 0;

    for (; *name && size < 62; name++) {
        if (isalnum((unsigned char)*name))
            out[size++] = (char)tolower((unsigned char)*name);
        else if (size && out[size - 1] != '-')
            out[size++] = '-';
    }
    while (size && out[size - 1] == '-')
        size--;
    out[size] = '\0';
}

static void place_at(struct school_row *school, double latitude, double longitude)
{
    snprintf(school->latitude, sizeof(school->latitude), "%.9f", latitude);
    snprintf(school->longitude, sizeof(school->longitude), "%.9f", longitude);
}

static int take_geometry(struct school_row *school, const char *json, const char *column,
                         struct error *error)
{
    struct geo *geo;
    double latitude, longitude;
    int err = geo_parse(&geo, json, error);

    if (err) {
        snprintf(error->field, sizeof error->field, "%s", column);
        return err;
    }
    geo_centre(geo, &latitude, &longitude);
    place_at(school, latitude, longitude);
    if (geo_is_area(geo))
        school->campus = json;
    geo_free(geo);
    return 0;
}

static int take_place(struct import *import, const struct school_import *of, size_t row,
                      struct school_row *school)
{
    const char *geometry = of->geojson ? sheet_get(import->sheet, row, "geometry") : NULL;
    const char *campus = import_text(import, row, "campus");
    double latitude, longitude;
    int err = 0;

    if (of->geojson && !geometry)
        return error_set(&import->ctl->error, ERR_MISSING, "geometry", "must be given");
    if (campus)
        err = take_geometry(school, campus, "campus", &import->ctl->error);
    if (!err && geometry)
        err = take_geometry(school, geometry, "geometry", &import->ctl->error);
    /* the main entrance, if it is named, is a better point than the middle of the campus */
    if (err || (of->geojson && !sheet_get(import->sheet, row, "latitude")))
        return err;
    err = import_real(import, row, "latitude", -90, 90, &latitude);
    if (!err)
        err = import_real(import, row, "longitude", -180, 180, &longitude);
    if (!err)
        place_at(school, latitude, longitude);
    return err;
}

/* --radius is for each row that does not say its own. */
static int take_radius(struct import *import, const struct school_import *of, size_t row,
                       struct school_row *school)
{
    long radius = RADIUS_USUAL;
    int err = 0;

    if (of->radius && !sheet_get(import->sheet, row, "radius_m"))
        radius = strtol(of->radius, NULL, 10);
    else
        err = import_int(import, row, "radius_m", RADIUS_LEAST, RADIUS_MOST, RADIUS_USUAL, &radius);
    snprintf(school->radius, sizeof(school->radius), "%ld", radius);
    return err;
}

/* Reads what is stored of the school of this row. */
static int find_school(struct import *import, const struct school_import *of, size_t row,
                       struct school_row *school)
{
    const char *name = sheet_get(import->sheet, row, import_name(import, "name"));
    int err;

    memset(school, 0, sizeof(*school));
    school->code = sheet_get(import->sheet, row, import_name(import, "code"));
    if (!school->code && !of->geojson)
        return import_error(import, ERR_MISSING, "code", "must be given");
    if (!school->code && !name)
        return import_error(import, ERR_MISSING, "name", "must be given");
    if (!school->code) {
        code_from_name(name, school->made_code);
        school->code = school->made_code;
    }
    err =
        import_once(import, row, school->code == school->made_code ? "name" : "code", school->code);
    return err ? err : import_find(import, "school_now", 2, of->district, school->code);
}

static int take_school(struct import *import, const struct school_import *of, size_t row,
                       struct school_row *school)
{
    int err;

    school->name = import_text(import, row, "name");
    if (!school->name && !import_told(import, "name"))
        return import_error(import, ERR_MISSING, "name", "must be given");
    if (school->name && !utf8_has_letter(school->name, strlen(school->name)))
        return import_error(import, ERR_VALUE, "name", "must have a letter or a digit");
    school->address = import_text(import, row, "address");
    school->feeders = sheet_get(import->sheet, row, "feeder");
    err = take_level(import, row, school);
    if (!err)
        err = take_radius(import, of, row, school);
    return err ? err : take_place(import, of, row, school);
}

/* A former name is kept with the days on which it was the name: figures of a year carry that
 * year's. */
static int keep_former_name(struct ctl *ctl, const struct school_import *of,
                            const struct school_row *school)
{
    return sql_do(ctl, "school_keep_name", 4, of->district, school->code, school->name,
                  of->renamed_on);
}

static int set_feeders(struct ctl *ctl, const char *district, const char *code, const char *feeders)
{
    int err = sql_do(ctl, "school_feeders_make", 2, district, feeders);

    if (err >= 0) /* a link that is not named any more ended yesterday, or never was */
        err = sql_do(ctl, "school_feeders_end", 3, district, code, feeders);
    if (err < 0)
        return err;
    return sql_do(ctl, "school_feeders_link", 3, district, code, feeders);
}

static int import_school(struct import *import, size_t row, void *owner)
{
    const struct school_import *of = owner;
    struct ctl *ctl = import->ctl;
    struct school_row s;
    PGresult *put = NULL;
    int err = find_school(import, of, row, &s);

    if (!err)
        err = take_school(import, of, row, &s);
    if (!err)
        err = keep_former_name(ctl, of, &s);
    if (err < 0)
        return err;
    put = sql_query(ctl, "school_put", 9, of->district, s.code, s.name, s.level, s.address,
                    s.latitude, s.longitude, s.radius, s.campus);
    err = put ? 0 : ctl->error.code;
    if (!err && import_given(import, row, "feeder"))
        err = set_feeders(ctl, of->district, s.code, s.feeders ? s.feeders : "");
    if (err >= 0)
        return import_count(import, put);
    PQclear(put);
    return err;
}

static int begin_schools(struct import *import, void *owner)
{
    struct school_import *of = owner;

    of->geojson = strcmp(sheet_unit(import->sheet), "feature") == 0;
    if (of->geojson && sheet_has(import->sheet, import_name(import, "code")))
        return 0;
    const char *const needed[] = {import_name(import, of->geojson ? "name" : "code"), NULL};
    return sheet_need(import->sheet, needed, &import->ctl->error);
}

int cmd_school_import(struct ctl *ctl, const struct ctl_args *args)
{
    struct school_import of = {
        .radius = cli_number(args, "--radius", RADIUS_LEAST, RADIUS_MOST, NULL, &ctl->error),
        .renamed_on = cli_day(args, "--renamed-on", &ctl->error),
    };
    const struct import_renamed renamed[] = {
        {"name", cli_text_or(args, "--name-property", "name")},
        {"level", cli_text_or(args, "--level-property", "level")},
        {"code", cli_text_or(args, "--code-property", "code")},
        {NULL, NULL},
    };
    static const char *const needed[] = {NULL}; /* as begin_schools checks them */
    const struct import_job job = {
        .path = args->operand[1],
        .file = file_columns_next(args->command, NULL),
        .renamed = renamed,
        .columns = needed,
        .begin = begin_schools,
        .each = import_school,
        .action = "school.import",
        .object = args->operand[0],
    };
    int err = ctl->error.code;

    if (!err)
        err = sql_district(ctl, args->operand[0], of.district);
    return err ? err : import_run(ctl, &job, &of);
}

int cmd_school_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(ctl, "school_list", true, args->operand[0]);
}
