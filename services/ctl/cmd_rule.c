/* rule import, list, history, remove: which incidents alert whom. */
#include "cmd_rule.h"

#include "commands.h"
#include "out.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What a column of the file holds. */
enum holds { FLAG, NUMBER, WORD, LIST, WEEKDAYS, CLOCK };

static const char *const hours_words[] = {"any", "school", "outside", NULL};
static const char *const each_words[] = {"each", NULL}; /* in the table 0 */
static const char *const frequency_words[] = {"update", "material", "digest", NULL};
static const char *const weekday_words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

static const char *const relation_words[] = {"at",        "next_to",  "near",      "zone",
                                             "transport", "function", "uncertain", NULL};
static const char *const channel_words[] = {"email", "sms", "webhook", NULL};

#define COMMON "is no common code of this kind"
static const struct import_codes classes = {"code_class_list", "is no class", NULL};
static const struct import_codes types = {"code_type_list", COMMON, NULL};
static const struct import_codes dispositions = {"code_disposition_list", COMMON, NULL};

static const struct rule_column {
    const char *name; /* in the file and in the table */
    enum holds holds;
    const char
        *fallback; /* of a new rule, and of an empty cell; NULL: null, which restricts nothing */
    long low, high;
    const struct import_codes *codes; /* of LIST: its items, unless there are words */
    const char *const *words;         /* of WORD and LIST; of NUMBER: in place of a number, as 0 */
} columns[] = {
    {"active", FLAG, "true", 0, 0, NULL, NULL},
    {"rank", NUMBER, "100", 1, 999, NULL, NULL},
    {"stops", FLAG, "false", 0, 0, NULL, NULL},
    {"schools", LIST, NULL, 0, 0, NULL, NULL},
    {"relations", LIST, NULL, 0, 0, NULL, relation_words},
    {"within_m", NUMBER, NULL, 0, 100000, NULL, NULL},
    {"classes", LIST, NULL, 0, 0, &classes, NULL},
    {"types", LIST, NULL, 0, 0, &types, NULL},
    {"dispositions", LIST, NULL, 0, 0, &dispositions, NULL},
    {"min_priority", NUMBER, "0", 0, 10, NULL, NULL},
    {"hours", WORD, "any", 0, 0, NULL, hours_words},
    {"weekdays", WEEKDAYS, NULL, 0, 0, NULL, NULL},
    {"channels", LIST, "email;sms", 0, 0, NULL, channel_words},
    {"sealed", FLAG, "false", 0, 0, NULL, NULL},
    {"escalate_s", NUMBER, "300", 30, 86400, NULL, NULL},
    {"max_age_s", NUMBER, "86400", 60, 31536000, NULL, NULL},
    {"again_priority", NUMBER, "9", 1, 11, NULL, NULL},
    {"acks", NUMBER, "1", 1, 99, NULL, each_words},
    {"frequency", WORD, "update", 0, 0, NULL, frequency_words},
    {"quiet_from", CLOCK, NULL, 0, 0, NULL, NULL},
    {"quiet_to", CLOCK, NULL, 0, 0, NULL, NULL},
    {"quiet_priority", NUMBER, "9", 1, 11, NULL, NULL},
};
enum { RULE_COLUMNS = sizeof columns / sizeof *columns };

/* Names of days as their numbers; NULL: one of them is none. */
static json_t *weekdays_of(const char *text)
{
    json_t *words = import_items(text), *list = json_array(), *item;
    size_t i;

    json_array_foreach(words, i, item)
    {
        int day = 0;

        while (day < 7 && strcasecmp(weekday_words[day], json_string_value(item)) != 0)
            day++;
        json_array_append_new(list, json_integer(day + 1));
        if (day == 7) {
            json_decref(list);
            list = NULL;
            break;
        }
    }
    json_decref(words);
    return list;
}

/* A valid text of the column as the table takes it. */
static json_t *value_of(const struct rule_column *column, const char *text)
{
    if (!text)
        return json_null();
    switch (column->holds) {
    case FLAG:
        return json_boolean(text[0] == 't');
    case NUMBER:
        return json_integer(strtol(text, NULL, 10));
    case LIST:
        return import_items(text);
    case WEEKDAYS:
        return weekdays_of(text);
    case WORD:
    case CLOCK:
        break;
    }
    return json_string(text);
}

static int check_number(struct import *import, size_t row, const struct rule_column *column)
{
    long value;

    return import_int(import, row, column->name, column->low, column->high, 0, &value);
}

/* Each item of a list that the program knows is one of the words. */
static int check_words(struct import *import, const struct rule_column *column, const char *list)
{
    json_t *items = import_items(list), *item;
    int err = json_array_size(items)
                  ? 0
                  : error_set(&import->ctl->error, ERR_VALUE, column->name, "names none");
    char all[120] = "";
    size_t i;

    for (i = 0; column->words[i]; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "",
                 column->words[i]);
    json_array_foreach(items, i, item)
    {
        size_t n = 0;

        while (column->words[n] && strcmp(column->words[n], json_string_value(item)) != 0)
            n++;
        if (!err && !column->words[n])
            err = error_set(&import->ctl->error, ERR_ABSENT, column->name,
                            "must be of %s, with ; between", all);
    }
    json_decref(items);
    return err;
}

static int check_list(struct import *import, const struct rule_column *column, const char *list,
                      const char *district)
{
    if (column->words)
        return check_words(import, column, list);
    return column->codes ? import_check_codes(import, column->name, list, column->codes, NULL)
                         : import_check_schools(import, column->name, list, district);
}

static int check_weekdays(struct import *import, const char *text)
{
    json_t *days = weekdays_of(text);
    int err = days ? 0
                   : error_set(&import->ctl->error, ERR_VALUE, "weekdays",
                               "must be of mon, tue, wed, thu, fri, sat, sun, with ; between");

    json_decref(days);
    return err;
}

/* The cell's text, checked; the fallback where it is empty. */
static int take_text(struct import *import, size_t row, const struct rule_column *column,
                     const char *district, const char **text)
{
    const char *cell = import_text(import, row, column->name);

    *text = cell ? cell : column->fallback;
    if (!cell)
        return 0;
    switch (column->holds) {
    case FLAG:
        return import_flag(import, row, column->name, true, text);
    case NUMBER:
        if (column->words && strcasecmp(cell, column->words[0]) == 0)
            return 0;
        return check_number(import, row, column);
    case WORD:
        return import_word(import, row, column->name, column->words, column->fallback, text);
    case LIST:
        return check_list(import, column, cell, district);
    case WEEKDAYS:
        return check_weekdays(import, cell);
    case CLOCK:
        break;
    }
    return cli_check_clock(cell, column->name, &import->ctl->error);
}

int rule_find(struct import *import, size_t row, const char *district, const char **name)
{
    int err;

    *name = import_need(import, row, "name");
    err = *name ? import_once(import, row, "name", *name) : import->ctl->error.code;
    return err ? err : import_find(import, "rule_now", 2, district, *name);
}

/* What the row does not give stays as it is. */
int rule_read(struct import *import, size_t row, const char *district, json_t *given)
{
    int err = given ? 0 : error_set(&import->ctl->error, ERR_NOMEM, "", "no memory");
    const char *from, *to;

    for (size_t i = 0; i < RULE_COLUMNS && !err; i++) {
        const char *text;

        if (!import_given(import, row, columns[i].name))
            continue;
        err = take_text(import, row, &columns[i], district, &text);
        if (!err)
            json_object_set_new(given, columns[i].name, value_of(&columns[i], text));
    }
    if (!err)
        err = import_quiet(import, row, &from, &to);
    return err;
}

json_t *rule_plain(void)
{
    json_t *rule = json_object();

    for (size_t i = 0; i < RULE_COLUMNS; i++)
        json_object_set_new(rule, columns[i].name, value_of(&columns[i], columns[i].fallback));
    return rule;
}

static int import_rule(struct import *import, size_t row, void *owner)
{
    const char *district = owner, *name;
    json_t *given = json_object(), *plain = rule_plain();
    int err = rule_find(import, row, district, &name);

    if (!err)
        err = rule_read(import, row, district, given);
    if (!err) {
        char *given_text = json_dumps(given, JSON_COMPACT);
        char *plain_text = json_dumps(plain, JSON_COMPACT);

        err = import_count(
            import, sql_query(import->ctl, "rule_put", 4, district, name, given_text, plain_text));
        free(given_text);
        free(plain_text);
    }
    json_decref(given);
    json_decref(plain);
    return err;
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

int cmd_rule_history(struct ctl *ctl, const struct ctl_args *args)
{
    char district[16];
    int err = sql_district(ctl, args->operand[0], district);
    PGresult *rows;

    if (err)
        return err;
    rows = sql_query(ctl, "rule_history", 2, district, args->operand[1]);
    err = rows ? out_list(ctl, rows) : ctl->error.code;
    PQclear(rows);
    return err;
}

int cmd_rule_remove(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *name = args->operand[1];
    char district[16];
    int err = sql_district(ctl, slug, district);

    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = sql_do(ctl, "rule_remove", 2, district, name);
    if (err == 0)
        err = error_set(&ctl->error, ERR_ABSENT, "NAME", "the district has no rule of this name");
    err = sql_finish(ctl, err < 0 ? err : 0, "rule.remove", slug, json_pack("{s:s}", "rule", name));
    return err ? err
               : out_done(ctl, json_pack("{s:s, s:s}", "district", slug, "rule", name),
                          "rule %s is removed; its versions are kept", name);
}
