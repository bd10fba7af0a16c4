/* code import, common, map, remap, list: common codes, and the maps from source codes to them. */
#include "commands.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a column's value. out is the given text, and changes only if the table stores another
 * one. */
typedef int (*take_fn)(struct import *import, size_t row, const char *column, const char **out);

static int take_rank(struct import *import, size_t row, const char *column, const char **out)
{
    long rank;

    (void)out;
    return import_int(import, row, column, 0, INT16_MAX, 0, &rank);
}

static int take_class(struct import *import, size_t row, const char *column, const char **out)
{
    static const struct import_codes classes = {"code_class_list", "is no class", NULL};
    char known[8];
    int err = sql_value(import->ctl, known, sizeof(known), "code_class_known", 1, *out);

    (void)row;
    return err == ERR_ABSENT ? import_no_code(import, column, *out, &classes, NULL) : err;
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
    int needed;       /* how many of them must have a value */
    const char *stored, *statement;
};

static const struct code_table code_tables[] = {
    {"class.csv",
     {{"class", NULL}, {"name", NULL}, {"rank", take_rank}},
     3,
     "code_class_now",
     "code_class_put"},
    {"type.csv",
     {{"code", NULL},
      {"name", NULL},
      {"class", take_class},
      {"sensitivity", take_sensitivity},
      {"withheld", take_flag}},
     3,
     "code_type_now",
     "code_type_put"},
    {"disposition.csv",
     {{"code", NULL}, {"name", NULL}},
     2,
     "code_disposition_now",
     "code_disposition_put"},
    {"offense.csv",
     {{"code", NULL}, {"name", NULL}, {"group", NULL}, {"against", NULL}, {"withheld", take_flag}},
     4,
     "code_offense_now",
     "code_offense_put"},
};
enum { CODE_TABLES = sizeof(code_tables) / sizeof(code_tables[0]) };

static int import_code(struct import *import, size_t row, void *owner)
{
    const struct code_table *table = *(const struct code_table *const *)owner;
    const char *value[5] = {NULL}, *key = import_need(import, row, table->column[0].name);
    int count = 0, found;

    if (!key)
        return import->ctl->error.code;
    found = import_once(import, row, table->column[0].name, key);
    if (!found)
        found = import_find(import, table->stored, 1, key);
    if (found)
        return found;
    value[count++] = key;
    for (; table->column[count].name; count++) {
        const char *name = table->column[count].name;
        take_fn take = table->column[count].take;
        int err = 0;

        value[count] = import_text(import, row, name);
        if (count < table->needed && !value[count] && !import_told(import, name))
            return import_error(import, ERR_MISSING, name, "must be given");
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
                                       .file = file_columns_of("code", "import", table->file),
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
        err = error_set(&ctl->error, ERR_ABSENT, "DIR",
                        "holds none of class.csv, type.csv, disposition.csv, offense.csv");
    return err;
}

/* What a map of each kind may map to. codes: those that there are, with what is said of another
 * one; without a list, the rule alone. check: the statement that returns a row if a code is valid.
 */
struct map_kind {
    const char *kind, *check;
    struct import_codes codes;
};

#define LISTED(kind) \
    "is not a common code of this kind", "; liaisonctl code common " kind " lists them"

static const struct map_kind map_kinds[] = {
    {"type", "code_type_known", {"code_type_list", LISTED("type")}},
    {"disposition", "code_disposition_known", {"code_disposition_list", LISTED("disposition")}},
    {"outcome", "code_outcome_known", {NULL, "must be 1 to 40 of a to z, 0 to 9 and _", NULL}},
    {"priority", "code_priority_known", {NULL, "must be a whole number from 0 to 10", NULL}},
};

static const struct map_kind *find_kind(const char *word, struct error *error)
{
    for (size_t i = 0; i < sizeof(map_kinds) / sizeof(map_kinds[0]); i++)
        if (strcmp(word, map_kinds[i].kind) == 0)
            return &map_kinds[i];
    error_set(error, ERR_VALUE, "KIND", "must be type, disposition, outcome or priority");
    return NULL;
}

struct map_import {
    char agency[16], version[16], previous[16];
    const struct map_kind *kind;
};

/* Adds a row to the new version, and counts how it differs from the previous version. */
static int add_mapping(struct import *import, const struct map_import *of, const char *own,
                       const char *common)
{
    struct ctl *ctl = import->ctl;
    char was[8];
    int err = sql_value(ctl, was, sizeof(was), "code_map_add", 6, of->agency, of->version,
                        of->kind->kind, own, common, of->previous);

    if (err == ERR_ABSENT)
        return error_set(&ctl->error, ERR_EXISTS, "own", "is mapped twice in this file");
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
        return ctl->error.code;
    if (!common) { /* named in the file without a common code */
        import->unmapped++;
        return 0;
    }
    err = sql_value(ctl, known, sizeof(known), of->kind->check, 1, common);
    if (err == ERR_ABSENT)
        return of->kind->codes.list
                   ? import_no_code(import, "common", common, &of->kind->codes, NULL)
                   : error_set(&ctl->error, err, "common", "%s", of->kind->codes.rule);
    return err ? err : add_mapping(import, of, own, common);
}

static int new_version(struct import *import, void *owner)
{
    struct ctl *ctl = import->ctl;
    struct map_import *of = owner;
    int err = sql_script(ctl, "savepoint version");

    if (!err)
        err = sql_value(ctl, of->previous, sizeof(of->previous), "code_version_end", 2, of->agency,
                        of->kind->kind);
    if (err == ERR_ABSENT)
        snprintf(of->previous, sizeof(of->previous), "0");
    else if (err)
        return err;
    return sql_value(ctl, of->version, sizeof(of->version), "code_version_insert", 2, of->agency,
                     of->kind->kind);
}

/* Removes the new version if it does not differ from the previous one. */
static int end_version(struct import *import, void *owner)
{
    const struct map_import *of = owner;
    char gone[24];
    int err = sql_value(import->ctl, gone, sizeof(gone), "code_version_gone", 4, of->agency,
                        of->kind->kind, of->previous, of->version);

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
        .file = file_columns_next(args->command, NULL),
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
    of.kind = find_kind(args->operand[1], &ctl->error);
    err = of.kind ? import_run(ctl, &job, &of) : ctl->error.code;
    if (!err && !ctl->json)
        fprintf(ctl->out, "Calls stored before keep their codes: liaisonctl code remap %s\n",
                args->operand[0]);
    return err;
}

struct remapped {
    json_int_t looked, changed;
    char last[512]; /* the last incident that is done */
};

/* Remaps the next incidents in one transaction, so that intake never waits long for them. */
static int remap_some(struct ctl *ctl, const char *agency, struct remapped *so_far, bool *more)
{
    int err = sql_begin(ctl);
    PGresult *result = err ? NULL : sql_query(ctl, "code_remap", 2, agency, so_far->last);

    if (!result)
        return ctl->error.code;
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
                    "%s: %lld call%s looked at, %lld changed", args->operand[0],
                    (long long)all.looked, all.looked == 1 ? "" : "s", (long long)all.changed);
}

int cmd_code_common(struct ctl *ctl, const struct ctl_args *args)
{
    const struct map_kind *kind = find_kind(args->operand[0], &ctl->error);

    if (!kind)
        return ctl->error.code;
    if (kind->codes.list)
        return out_query(ctl, kind->codes.list, false, NULL);
    return out_done(ctl, json_pack("{s:s s:s}", "kind", kind->kind, "rule", kind->codes.rule),
                    "%s: %s", kind->kind, kind->codes.rule);
}

int cmd_code_list(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return out_query(ctl, "code_version_list", false, NULL);
}
