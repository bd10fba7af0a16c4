/* code import, common, map, remap, list: common codes, and the agencies' own mapped to them. */
#include "commands.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How a column's value is read; out is what is given, and stays so unless the table takes it
 * otherwise. */
typedef int (*take_fn)(struct import *import, size_t row, const char *column, const char **out);

static int take_rank(struct import *import, size_t row, const char *column, const char **out)
{
    long rank;

    (void)out;
    return import_int(import, row, column, 0, INT16_MAX, 0, &rank);
}

static int take_class(struct import *import, size_t row, const char *column, const char **out)
{
    char known[8];
    int err = sql_value(import->ctl, known, sizeof(known),
                        "select 1 from code.class where class = $1", 1, *out);

    (void)row;
    return err == ERR_ABSENT ? fault_set(&import->ctl->fault, err, column, "there is no such class")
                             : err;
}

static int take_sensitivity(struct import *import, size_t row, const char *column, const char **out)
{
    static const char *const words[] = {"open", "restricted", "sealed", NULL};

    return import_word(import, row, column, words, NULL, out);
}

static int take_flag(struct import *import, size_t row, const char *column, const char **out)
{
    return import_flag(import, row, column, false, out);
}

/* The tables of common codes, in the order in which they refer to each other. */
struct code_table {
    const char *file;
    struct {
        const char *name;
        take_fn take; /* NULL: any text */
    } column[6];      /* ended by a NULL name; the first is the key */
    int needed;       /* how many of them must be given */
    const char *statement;
};

static const struct code_table code_tables[] = {
    {"class.csv",
     {{"class", NULL}, {"name", NULL}, {"rank", take_rank}},
     3,
     "insert into code.class as t (class, name, rank) values ($1, $2, $3) "
     "on conflict (class) do update set name = excluded.name, rank = excluded.rank "
     "where (t.name, t.rank) is distinct from (excluded.name, excluded.rank) returning xmax = 0"},
    {"type.csv",
     {{"code", NULL},
      {"name", NULL},
      {"class", take_class},
      {"sensitivity", take_sensitivity},
      {"withheld", take_flag}},
     3,
     "insert into code.type as t (code, name, class, sensitivity, withheld) "
     "values ($1, $2, $3, coalesce($4, 'open'), coalesce($5::boolean, false)) "
     "on conflict (code) do update "
     "set name = excluded.name, class = excluded.class, sensitivity = excluded.sensitivity, "
     "withheld = excluded.withheld "
     "where (t.name, t.class, t.sensitivity, t.withheld) is distinct "
     "from (excluded.name, excluded.class, excluded.sensitivity, excluded.withheld) "
     "returning xmax = 0"},
    {"disposition.csv",
     {{"code", NULL}, {"name", NULL}},
     2,
     "insert into code.disposition as t (code, name) values ($1, $2) "
     "on conflict (code) do update set name = excluded.name where t.name <> excluded.name "
     "returning xmax = 0"},
    {"offense.csv",
     {{"code", NULL}, {"name", NULL}, {"group", NULL}, {"against", NULL}, {"withheld", take_flag}},
     4,
     "insert into code.offense as t (code, name, \"group\", against, withheld) "
     "values ($1, $2, $3, $4, coalesce($5::boolean, false)) on conflict (code) do update "
     "set name = excluded.name, \"group\" = excluded.\"group\", against = excluded.against, "
     "withheld = excluded.withheld "
     "where (t.name, t.\"group\", t.against, t.withheld) is distinct "
     "from (excluded.name, excluded.\"group\", excluded.against, excluded.withheld) "
     "returning xmax = 0"},
};
enum { CODE_TABLES = sizeof(code_tables) / sizeof(code_tables[0]) };

static int import_code(struct import *import, size_t row, void *owner)
{
    const struct code_table *table = *(const struct code_table *const *)owner;
    const char *value[5] = {NULL};
    int count = 0;

    for (; table->column[count].name; count++) {
        const char *name = table->column[count].name;
        take_fn take = table->column[count].take;
        int err = 0;

        value[count] = count < table->needed ? import_need(import, row, name)
                                             : sheet_get(import->sheet, row, name);
        if (count < table->needed && !value[count])
            return import->ctl->fault.code;
        if (value[count] && take)
            err = take(import, row, name, &value[count]);
        if (err)
            return err;
    }
    return import_count(import, sql_query(import->ctl, table->statement, count, value[0], value[1],
                                          value[2], value[3], value[4]));
}

int cmd_code_import(struct ctl *ctl, const struct ctl_args *args)
{
    int err = 0, found = 0;

    for (int i = 0; !err && i < CODE_TABLES; i++) {
        const struct code_table *table = &code_tables[i];
        const char *const needed[] = {table->column[0].name, NULL};
        char path[1024];
        const struct import_job job = {.path = path,
                                       .columns = needed,
                                       .each = import_code,
                                       .action = "code.import",
                                       .object = table->file};

        snprintf(path, sizeof(path), "%s/%s", args->operand[0], table->file);
        if (access(path, F_OK) != 0)
            continue;
        found++;
        err = import_run(ctl, &job, &table);
    }
    if (!err && !found)
        err = fault_set(&ctl->fault, ERR_ABSENT, "DIR",
                        "holds none of class.csv, type.csv, disposition.csv, offense.csv");
    return err;
}

/* What a map of each kind may map to. Where there is a table, the statement that lists its codes,
 * which the check asks too; else a pattern. rule: what is said of a code that is none. */
struct map_kind {
    const char *kind, *list, *check, *rule;
};

#define TYPES        "select code, name, class, sensitivity, withheld from code.type"
#define DISPOSITIONS "select code, name from code.disposition"
#define CHECK(list)  "select 1 from (" list ") c where code = $1"
#define LISTED(kind) "is not a common code of this kind; liaisonctl code common " kind " lists them"

static const struct map_kind map_kinds[] = {
    {"type", TYPES " order by code", CHECK(TYPES), LISTED("type")},
    {"disposition", DISPOSITIONS " order by code", CHECK(DISPOSITIONS), LISTED("disposition")},
    {"outcome", NULL, "select 1 where $1 ~ '^[a-z0-9_]{1,40}$'",
     "must be 1 to 40 of a to z, 0 to 9 and _"},
    {"priority", NULL, "select 1 where $1 ~ '^(10|[0-9])$'", "must be a whole number from 0 to 10"},
};

static const struct map_kind *find_kind(const char *word, struct fault *fault)
{
    for (size_t i = 0; i < sizeof(map_kinds) / sizeof(map_kinds[0]); i++)
        if (strcmp(word, map_kinds[i].kind) == 0)
            return &map_kinds[i];
    fault_set(fault, ERR_VALUE, "KIND", "must be type, disposition, outcome or priority");
    return NULL;
}

struct map_import {
    char agency[16], version[16], previous[16];
    const struct map_kind *kind;
};

/* Adds a row to the new version, and counts it by what the previous one has. */
static int add_mapping(struct import *import, const struct map_import *of, const char *own,
                       const char *common)
{
    struct ctl *ctl = import->ctl;
    char was[8];
    int err =
        sql_value(ctl, was, sizeof(was),
                  "insert into code.map as m (agency_id, version, kind, own, common) "
                  "values ($1, $2, $3, upper(btrim($4)), $5) on conflict do nothing "
                  "returning coalesce((select case when p.common = m.common then 'same' else "
                  "'changed' end from code.map p where (p.agency_id, p.version, p.kind, p.own) = "
                  "(m.agency_id, $6, m.kind, m.own)), 'added')",
                  6, of->agency, of->version, of->kind->kind, own, common, of->previous);

    if (err == ERR_ABSENT)
        return fault_set(&ctl->fault, ERR_EXISTS, "own", "is mapped twice in this file");
    if (err)
        return err;
    import->added += was[0] == 'a';
    import->changed += was[0] == 'c';
    import->same += was[0] == 's';
    return 0;
}

static int import_mapping(struct import *import, size_t row, void *owner)
{
    const struct map_import *of = owner;
    struct ctl *ctl = import->ctl;
    const char *own = import_need(import, row, "own");
    const char *common = sheet_get(import->sheet, row, "common");
    char known[8];
    int err;

    if (!own)
        return ctl->fault.code;
    if (!common) { /* named, and left unmapped on purpose */
        import->unmapped++;
        return 0;
    }
    err = sql_value(ctl, known, sizeof(known), of->kind->check, 1, common);
    if (err == ERR_ABSENT)
        return fault_set(&ctl->fault, err, "common", "%s", of->kind->rule);
    return err ? err : add_mapping(import, of, own, common);
}

static int new_version(struct import *import, void *owner)
{
    struct ctl *ctl = import->ctl;
    struct map_import *of = owner;
    int err = sql_script(ctl, "savepoint version");

    if (!err)
        err = sql_value(ctl, of->previous, sizeof(of->previous),
                        "update code.map_version set current = false "
                        "where agency_id = $1 and kind = $2 and current returning version",
                        2, of->agency, of->kind->kind);
    if (err == ERR_ABSENT)
        snprintf(of->previous, sizeof(of->previous), "0");
    else if (err)
        return err;
    return sql_value(ctl, of->version, sizeof(of->version),
                     "insert into code.map_version (agency_id, kind, version) "
                     "select $1, $2, coalesce(max(version), 0) + 1 from code.map_version "
                     "where agency_id = $1 and kind = $2 returning version",
                     2, of->agency, of->kind->kind);
}

/* A version in which nothing differs from the previous one is taken back. */
static int end_version(struct import *import, void *owner)
{
    const struct map_import *of = owner;
    char gone[24];
    int err = sql_value(import->ctl, gone, sizeof(gone),
                        "select count(*) from code.map p where (agency_id, kind, version) = "
                        "($1, $2, $3) and not exists (select 1 from code.map m where "
                        "(m.agency_id, m.kind, m.version, m.own) = ($1, $2, $4, p.own))",
                        4, of->agency, of->kind->kind, of->previous, of->version);

    if (err)
        return err;
    import->gone = strtol(gone, NULL, 10);
    import->previous = strtol(of->previous, NULL, 10);
    import->version = strtol(of->version, NULL, 10);
    if (!import->previous || import->added || import->changed || import->gone)
        return 0;
    import->version = import->previous;
    return sql_script(import->ctl, "rollback to savepoint version");
}

int cmd_code_map(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"own", "common", NULL};
    struct map_import of = {.kind = NULL};
    const struct import_job job = {
        .path = args->operand[2],
        .columns = needed,
        .begin = new_version,
        .each = import_mapping,
        .end = end_version,
        .action = "code.map",
        .object = args->operand[0],
    };
    int err = sql_agency(ctl, args->operand[0], of.agency);

    if (err)
        return err;
    of.kind = find_kind(args->operand[1], &ctl->fault);
    err = of.kind ? import_run(ctl, &job, &of) : ctl->fault.code;
    if (!err && !ctl->json)
        fprintf(ctl->out, "Calls stored before keep their codes: liaisonctl code remap %s\n",
                args->operand[0]);
    return err;
}

struct remapped {
    json_int_t looked, changed;
    char last[512]; /* the incident up to which it is done */
};

/* The next incidents, in a transaction of their own: intake waits for none of them for long. */
static int remap_some(struct ctl *ctl, const char *agency, struct remapped *so_far, bool *more)
{
    int err = sql_begin(ctl);
    PGresult *result = err ? NULL
                           : sql_query(ctl,
                                       "select looked, changed, last "
                                       "from district.remap($1::int, $2, 500)",
                                       2, agency, so_far->last);

    if (!result)
        return ctl->fault.code;
    *more = !PQgetisnull(result, 0, 2);
    so_far->looked += atoll(PQgetvalue(result, 0, 0));
    so_far->changed += atoll(PQgetvalue(result, 0, 1));
    snprintf(so_far->last, sizeof(so_far->last), "%s", PQgetvalue(result, 0, 2));
    PQclear(result);
    return sql_commit(ctl);
}

int cmd_code_remap(struct ctl *ctl, const struct ctl_args *args)
{
    struct remapped all = {.looked = 0};
    char agency[16];
    bool more = true;
    int err = sql_agency(ctl, args->operand[0], agency);

    while (!err && more)
        err = remap_some(ctl, agency, &all, &more);
    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = sql_finish(ctl, 0, "code.remap", args->operand[0],
                         json_pack("{s:I s:I}", "looked_at", all.looked, "changed", all.changed));
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:I s:I}", "looked_at", all.looked, "changed", all.changed),
                    "%s: %lld calls looked at, %lld changed", args->operand[0],
                    (long long)all.looked, (long long)all.changed);
}

int cmd_code_common(struct ctl *ctl, const struct ctl_args *args)
{
    const struct map_kind *kind = find_kind(args->operand[0], &ctl->fault);

    if (!kind)
        return ctl->fault.code;
    if (kind->list)
        return out_query(ctl, kind->list, false, NULL);
    return out_done(ctl, json_pack("{s:s s:s}", "kind", kind->kind, "rule", kind->rule), "%s: %s",
                    kind->kind, kind->rule);
}

int cmd_code_list(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return out_query(
        ctl,
        "select a.slug as agency, v.kind, v.version, v.current, (select count(*) "
        "from code.map m where m.agency_id = v.agency_id and m.kind = v.kind "
        "and m.version = v.version) as codes, "
        "to_char(v.created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as "
        "created_at from code.map_version v join agency.agency a using (agency_id) "
        "order by 1, 2, 3",
        false, NULL);
}
