/* feeder import, list: which schools feed which, from attendance areas or a list. */
#include "commands.h"
#include "geo.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

struct feeder_import {
    char district[16];
    PGresult *schools; /* school_id, latitude, longitude */
    bool geojson;
};

/* The feeder's id. A new feeder is created. */
static int feeder_id(struct ctl *ctl, const char *district, const char *name, char out[16])
{
    int err = sql_value(ctl, out, 16, "feeder_id", 2, district, name);

    if (err != ERR_ABSENT)
        return err;
    return sql_value(ctl, out, 16, "feeder_insert", 2, district, name);
}

static int link_school(struct import *import, const char *district, const char *feeder,
                       const char *school, const char *from_day, const char *to_day)
{
    return import_count(import, sql_query(import->ctl, "feeder_link", 5, district, school, feeder,
                                          from_day, to_day));
}

/* Ends the links of a feeder whose area no longer holds the school. */
static int drop_others(struct import *import, const struct feeder_import *of, const char *feeder,
                       const struct geo *geo)
{
    for (int i = 0; i < PQntuples(of->schools); i++) {
        int rows;

        if (geo_contains(geo, atof(PQgetvalue(of->schools, i, 1)),
                         atof(PQgetvalue(of->schools, i, 2))))
            continue;
        rows = sql_do(import->ctl, "feeder_unlink", 3, of->district, PQgetvalue(of->schools, i, 0),
                      feeder);
        if (rows < 0)
            return rows;
        import->changed += rows;
    }
    return 0;
}

static int import_area(struct import *import, size_t row, const struct feeder_import *of,
                       const char *feeder)
{
    const char *json = import_need(import, row, "geometry");
    struct geo *geo;
    int err;

    if (!json)
        return import->ctl->error.code;
    err = geo_parse(&geo, json, &import->ctl->error);
    if (err)
        return err;
    if (!geo_is_area(geo))
        err = error_set(&import->ctl->error, ERR_VALUE, "geometry", "must be an area");
    for (int i = 0; !err && i < PQntuples(of->schools); i++)
        if (geo_contains(geo, atof(PQgetvalue(of->schools, i, 1)),
                         atof(PQgetvalue(of->schools, i, 2))))
            err = link_school(import, of->district, feeder, PQgetvalue(of->schools, i, 0), NULL,
                              NULL);
    if (!err)
        err = drop_others(import, of, feeder, geo);
    geo_free(geo);
    return err;
}

static int import_link(struct import *import, size_t row, const struct feeder_import *of,
                       const char *feeder)
{
    const char *code = import_need(import, row, "school"), *from_day, *to_day;
    char school[16];
    int err;

    if (!code)
        return import->ctl->error.code;
    import_key(import, code);
    err = import_school_id(import, of->district, code, school);
    if (!err)
        err = import_day(import, row, "from_day", &from_day);
    if (!err)
        err = import_find(import, "feeder_link_now", 4, of->district, school, feeder, from_day);
    if (!err)
        err = import_day(import, row, "to_day", &to_day);
    return err ? err : link_school(import, of->district, feeder, school, from_day, to_day);
}

static int import_feeder(struct import *import, size_t row, void *owner)
{
    const struct feeder_import *of = owner;
    const char *name = import_need(import, row, "feeder");
    char feeder[16];
    int err = name ? feeder_id(import->ctl, of->district, name, feeder) : import->ctl->error.code;

    if (err)
        return err;
    return of->geojson ? import_area(import, row, of, feeder)
                       : import_link(import, row, of, feeder);
}

static int begin_feeders(struct import *import, void *owner)
{
    struct feeder_import *of = owner;

    of->geojson = strcmp(sheet_unit(import->sheet), "feature") == 0;
    return 0;
}

int cmd_feeder_import(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"feeder", NULL};
    const struct import_renamed renamed[] = {
        {"feeder", cli_text_or(args, "--name-property", "feeder")}, {NULL, NULL}};
    struct feeder_import of = {.schools = NULL};
    const struct import_job job = {
        .path = args->operand[1],
        .file = file_columns_next(args->command, NULL),
        .renamed = renamed,
        .columns = needed,
        .begin = begin_feeders,
        .each = import_feeder,
        .action = "feeder.import",
        .object = args->operand[0],
    };
    static const char *const levels[] = {"elementary", "middle", "high", "k8",
                                         "k12",        "other",  NULL};
    const char *level = cli_text(args, "--level");
    int err;

    if (level && !cli_choice(args, "--level", levels, "", &ctl->error))
        return ctl->error.code;
    err = sql_district(ctl, args->operand[0], of.district);
    if (err)
        return err;
    of.schools = sql_query(ctl, "feeder_schools", 2, of.district, level);
    if (!of.schools)
        return ctl->error.code;
    err = import_run(ctl, &job, &of);
    PQclear(of.schools);
    return err;
}

int cmd_feeder_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(ctl, "feeder_list", true, args->operand[0]);
}
