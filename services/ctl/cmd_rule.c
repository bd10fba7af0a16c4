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
        return import->ctl->error.code;
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

/* Each item of a list must be known. The statement returns one that is not. Its $2 is the district,
 * unless district is NULL. */
static int check_list(struct import *import, size_t row, const char *column, const char *statement,
                      const char *district)
{
    const char *list = sheet_get(import->sheet, row, column);
    char missing[128];
    int err;

    if (!list)
        return 0;
    err = sql_value(import->ctl, missing, sizeof(missing), statement, district ? 2 : 1, list,
                    district);
    if (err == ERR_ABSENT)
        return 0;
    return err == ERR_DB
               ? err
               : error_set(&import->ctl->error, ERR_ABSENT, column, "one of them is not known");
}

static int check_lists(struct import *import, size_t row, const char *district)
{
    int err = check_list(import, row, "schools", "rule_school_unknown", district);

    if (!err)
        err = check_list(import, row, "classes", "rule_class_unknown", NULL);
    return err ? err : check_list(import, row, "channels", "rule_channel_unknown", NULL);
}

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
    return import_count(import, sql_query(import->ctl, "rule_put", 11, district, rule.name,
                                          rule.active, sheet_get(sheet, row, "schools"),
                                          sheet_get(sheet, row, "classes"), rule.min_priority,
                                          rule.hours, sheet_get(sheet, row, "channels"),
                                          rule.sealed, rule.escalate, rule.max_age));
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
    return out_query(ctl, "rule_list", true, args->operand[0]);
}
