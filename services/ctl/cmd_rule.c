/* rule import, list: which incidents alert whom. */
#include "commands.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <stdlib.h>

/* A rule's numbers and words, checked; texts for SQL. */
struct rule_row {
    const char *name, *active, *hours, *sealed;
    char min_priority[24], escalate[24], max_age[24];
};

static int take_number(struct import *import, size_t row, const char *column, long low, long high,
                       long fallback, char out[24])
{
    long value;
    int err = import_int(import, row, column, low, high, fallback, &value);

    snprintf(out, 24, "%ld", value);
    return err;
}

static int take_rule(struct import *import, size_t row, struct rule_row *rule)
{
    static const char *const hours[] = {"any", "school", "outside", NULL};
    int err = 0;

    rule->name = import_need(import, row, "name");
    if (!rule->name)
        return import->ctl->fault.code;
    err = import_flag(import, row, "active", true, &rule->active);
    if (!err)
        err = import_flag(import, row, "sealed", false, &rule->sealed);
    if (!err)
        err = import_word(import, row, "hours", hours, "any", &rule->hours);
    if (!err)
        err = take_number(import, row, "min_priority", 0, 10, 0, rule->min_priority);
    if (!err)
        err = take_number(import, row, "escalate_s", 30, 86400, 300, rule->escalate);
    if (!err)
        err = take_number(import, row, "max_age_s", 60, 31536000, 86400, rule->max_age);
    return err;
}

/* Each item of a list must be known: the statement gives the first that is not. */
static int check_list(struct import *import, size_t row, const char *column, const char *statement,
                      const char *district)
{
    const char *list = sheet_get(import->sheet, row, column);
    char missing[128];
    int err;

    if (!list)
        return 0;
    err = sql_value(import->ctl, missing, sizeof(missing), statement, 2, list, district);
    if (err == ERR_ABSENT)
        return 0;
    return err == ERR_DB
               ? err
               : fault_set(&import->ctl->fault, ERR_ABSENT, column, "one of them is not known");
}

static int check_lists(struct import *import, size_t row, const char *district)
{
    int err = check_list(import, row, "schools",
                         "select n from unnest(string_to_array($1, ';')) n "
                         "where btrim(n) not in (select code from district.school "
                         "where district_id = $2::int) limit 1",
                         district);

    if (!err)
        err = check_list(import, row, "classes",
                         "select n from unnest(string_to_array($1, ';')) n "
                         "where $2::int is not null and btrim(n) not in (select class "
                         "from code.class) limit 1",
                         district);
    if (!err)
        err = check_list(import, row, "channels",
                         "select n from unnest(string_to_array($1, ';')) n "
                         "where $2::int is not null and btrim(n) not in ('email', 'sms') limit 1",
                         district);
    return err;
}

#define RULE_LISTS                                                                                 \
    "(select array_agg(school_id order by school_id) from district.school where district_id = $1 " \
    "and code in (select btrim(n) from unnest(string_to_array($4, ';')) n)), "                     \
    "(select array_agg(btrim(n)) from unnest(string_to_array($5, ';')) n), $6::smallint, $7, "     \
    "coalesce((select array_agg(btrim(n)) from unnest(string_to_array($8, ';')) n), "              \
    "'{email,sms}'), $9::boolean, $10::int, $11::int"

static int import_rule(struct import *import, size_t row, void *owner)
{
    struct sheet *sheet = import->sheet;
    const char *district = owner;
    struct rule_row rule = {.name = NULL};
    int err = take_rule(import, row, &rule);

    if (!err)
        err = check_lists(import, row, district);
    if (err)
        return err;
    return import_count(
        import,
        sql_query(
            import->ctl,
            "with given (name, active, schools, classes, min_priority, hours, channels, "
            "sealed, escalate_s, max_age_s) as (select $2, $3::boolean, " RULE_LISTS
            "), moved as (update notify.rule r set active = g.active, schools = g.schools, classes "
            "= g.classes, min_priority = g.min_priority, hours = g.hours, channels = g.channels, "
            "sealed = g.sealed, escalate_s = g.escalate_s, max_age_s = g.max_age_s from given g "
            "where r.district_id = $1 and r.name = g.name and (r.active, r.schools, r.classes, "
            "r.min_priority, r.hours, r.channels, r.sealed, r.escalate_s, r.max_age_s) is distinct "
            "from (g.active, g.schools, g.classes, g.min_priority, g.hours, g.channels, g.sealed, "
            "g.escalate_s, g.max_age_s) returning false as new), made as (insert into notify.rule "
            "(district_id, name, active, schools, classes, min_priority, hours, channels, sealed, "
            "escalate_s, max_age_s) select $1, g.* from given g where not exists (select 1 from "
            "notify.rule r where r.district_id = $1 and r.name = g.name) returning true as new) "
            "select new from moved union all select new from made",
            11, district, rule.name, rule.active, sheet_get(sheet, row, "schools"),
            sheet_get(sheet, row, "classes"), rule.min_priority, rule.hours,
            sheet_get(sheet, row, "channels"), rule.sealed, rule.escalate, rule.max_age));
}

int cmd_rule_import(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"name", NULL};

    return import_run_district(ctl, args, needed, import_rule, "rule.import");
}

int cmd_rule_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(
        ctl,
        "select d.slug as district, r.name, r.active, (select string_agg(s.code, ';' "
        "order by s.code) from district.school s "
        "where s.school_id = any (r.schools)) as schools, array_to_string(r.classes, ';') as "
        "classes, r.min_priority, r.hours, array_to_string(r.channels, ';') as channels, "
        "r.sealed, r.escalate_s, r.max_age_s from notify.rule r "
        "join district.district d using (district_id) where $1::text is null or d.slug = $1 "
        "order by d.slug, r.rule_id",
        true, args->operand[0]);
}
