/* rule try: how many alerts the rules of a district would have made of the calls of a period. What
 * is decided, trial.h says; here rows are read and results are counted. */
#include "cmd_rule.h"
#include "commands.h"
#include "out.h"
#include "sql.h"
#include "trial.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What alerts are counted by; people are counted in messages. */
enum { BY_RULE, BY_SCHOOL, BY_CLASS, BY_MONTH, BY_PERSON, TABLES };
static const char *const table_names[TABLES] = {"by_rule", "by_school", "by_class", "by_month",
                                                "by_person"};

struct try_run {
    struct ctl *ctl;
    struct trial *trial;
    PGresult *district, *rules, *contacts, *schools;
    json_t *total;
    json_t *table[TABLES]; /* objects: a line for each key */
    json_t *list;          /* of --list; NULL: not asked for */
    PGresult *step;        /* the one that is decided */
    char last[96];         /* the call that began last */
};

/* Counting --------------------------------------------------------------------------------------*/

static const char *cell(const PGresult *rows, int row, const char *column)
{
    return PQgetvalue(rows, row, PQfnumber(rows, column));
}

static const char *step_cell(const struct try_run *run, const char *column)
{
    return cell(run->step, 0, column);
}

/* The row whose column is this number, or -1. */
static int row_of(const PGresult *rows, const char *column, int number)
{
    for (int i = 0; i < PQntuples(rows); i++)
        if (atoi(cell(rows, i, column)) == number)
            return i;
    return -1;
}

static void add_one(json_t *line, const char *field)
{
    json_t *value = json_object_get(line, field);

    if (value)
        json_integer_set(value, json_integer_value(value) + 1);
}

static json_t *alert_counts(void)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "alerts", 0, "outside_hours", 0, "night", 0,
                     "held", 0, "digest", 0, "nobody", 0);
}

/* The line of a key; a new one begins with the name. */
static json_t *line_of(json_t *table, const char *key, const char *column, const char *name)
{
    json_t *line = json_object_get(table, key);

    if (line)
        return line;
    line = json_pack("{s:s}", column, name);
    json_t *counts = alert_counts();
    json_object_update(line, counts);
    json_decref(counts);
    json_object_set_new(table, key, line);
    return line;
}

/* What becomes of an alert, as --list says it; but for opened ones, also what counts them. */
static const char *const ends[] = {[TRIAL_OPENED] = "alert",
                                   [TRIAL_HELD] = "held",
                                   [TRIAL_DIGEST] = "digest",
                                   [TRIAL_NOBODY] = "nobody"};

static void count_alert(json_t *line, const struct trial_alert *alert)
{
    if (alert->end != TRIAL_OPENED) {
        add_one(line, ends[alert->end]);
        return;
    }
    add_one(line, "alerts");
    if (!alert->in_school_hours)
        add_one(line, "outside_hours");
    if (alert->night)
        add_one(line, "night");
}

static void list_alert(struct try_run *run, const struct trial_alert *alert, const char *rule,
                       const char *school)
{
    json_array_append_new(
        run->list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "at", step_cell(run, "at"), "agency",
                             step_cell(run, "agency"), "incident", alert->incident_no, "school",
                             school, "rule", rule, "becomes", ends[alert->end]));
}

static void alert_cb(void *ctx, const struct trial_alert *alert)
{
    struct try_run *run = ctx;
    const char *rule = cell(run->rules, row_of(run->rules, "rule_id", alert->rule_id), "name");
    const char *school =
        cell(run->schools, row_of(run->schools, "school_id", alert->school_id), "code");
    const char *month = step_cell(run, "month");

    count_alert(run->total, alert);
    count_alert(line_of(run->table[BY_RULE], rule, "rule", rule), alert);
    count_alert(line_of(run->table[BY_SCHOOL], school, "school", school), alert);
    count_alert(line_of(run->table[BY_CLASS], alert->class, "class", alert->class), alert);
    count_alert(line_of(run->table[BY_MONTH], month, "month", month), alert);
    if (run->list)
        list_alert(run, alert, rule, school);
}

static void message_cb(void *ctx, const struct trial_message *message)
{
    struct try_run *run = ctx;
    int row = row_of(run->contacts, "contact_id", message->contact_id);
    const char *code = row < 0 ? "" : cell(run->contacts, row, "code");
    const char *name = row < 0 ? "" : cell(run->contacts, row, "name");
    char key[96];

    snprintf(key, sizeof key, "%d/%s", message->contact_id, message->channel);
    json_t *line = json_object_get(run->table[BY_PERSON], key);
    if (!line) {
        line = json_pack("{s:s, s:s, s:s, s:i, s:i}", "contact", code, "name", name, "channel",
                         message->channel, "messages", 0, "night", 0);
        json_object_set_new(run->table[BY_PERSON], key, line);
    }
    add_one(line, "messages");
    add_one(run->total, "messages");
    if (message->night) {
        add_one(line, "night");
        add_one(run->total, "messages_night");
    }
}

/* A call is one, at however many schools it is: their first steps stand together. */
static void count_call(struct try_run *run)
{
    char key[sizeof run->last];

    snprintf(key, sizeof key, "%s/%s", step_cell(run, "agency_id"), step_cell(run, "incident_no"));
    if (step_cell(run, "is_first")[0] != 't' || strcmp(key, run->last) == 0)
        return;
    memcpy(run->last, key, sizeof key);
    add_one(run->total, "calls");
    if (step_cell(run, "by_history")[0] != 't')
        add_one(run->total, "by_final_state");
}

static int trial_failed(struct try_run *run, int err)
{
    if (err == ERR_ABSENT)
        return error_set(&run->ctl->error, err, trial_missing(run->trial),
                         "no such column: liaisonctl schema apply, and both of one version");
    return error_set(&run->ctl->error, ERR_NOMEM, "", "no memory");
}

static int step_cb(struct ctl *ctl, PGresult *row, void *owner)
{
    struct try_run *run = owner;

    run->step = row;
    count_call(run);
    int err = trial_step(run->trial, row, 0);
    (void)ctl;
    return err ? trial_failed(run, err) : 0;
}

/* Reading ---------------------------------------------------------------------------------------*/

struct tried {
    const char *district;
    json_t *rules; /* as try_rules takes them */
};

static int take_rule(struct import *import, size_t row, void *owner)
{
    struct tried *tried = owner;
    json_t *given = json_object();
    const char *name;
    int err = rule_find(import, row, tried->district, &name);

    if (!err)
        err = rule_read(import, row, tried->district, given);
    if (!err)
        json_array_append_new(tried->rules, json_pack("{s:s, s:O, s:o}", "name", name, "given",
                                                      given, "plain", rule_plain()));
    json_decref(given);
    return err;
}

static int read_rules(struct ctl *ctl, const char *path, const char *district, json_t *rules)
{
    static const char *const needed[] = {"name", NULL};
    const struct import_job job = {
        .path = path, .file = file_columns_of("rule", "import", NULL), .columns = needed};
    struct tried tried = {district, rules};
    struct import import;
    int err = import_open(&import, ctl, &job);

    if (!err)
        err = import_rows(&import, take_rule, &tried);
    import_close(&import);
    if (!err)
        ctl->file[0] = '\0';
    return err;
}

static int check_without(struct ctl *ctl, const char *district, const char *name)
{
    char known[8];
    int err = name ? sql_value(ctl, known, sizeof known, "try_rule_known", 2, district, name) : 0;

    return err == ERR_ABSENT ? error_set(&ctl->error, ERR_ABSENT, "--without",
                                         "the district has no rule of this name")
                             : err;
}

enum { DAYS_MOST = 10 * 372 }; /* of a period */

static int read_period(struct try_run *run, const struct ctl_args *args, const char *district)
{
    struct ctl *ctl = run->ctl;
    const char *from = cli_day(args, "--from", &ctl->error);
    const char *to = ctl->error.code ? NULL : cli_day(args, "--to", &ctl->error);

    if (ctl->error.code)
        return ctl->error.code;
    run->district = sql_query(ctl, "try_district", 3, district, from, to);
    if (!run->district)
        return ctl->error.code;
    if (strcmp(cell(run->district, 0, "first_day"), cell(run->district, 0, "last_day")) > 0)
        return error_set(&ctl->error, ERR_VALUE, "--to", "must not be before --from");
    if (cli_days_between(cell(run->district, 0, "first_day"), cell(run->district, 0, "last_day")) >
        DAYS_MOST)
        return error_set(&ctl->error, ERR_RANGE, "--to", "must be within ten years of --from");
    return 0;
}

static int read_setting(struct try_run *run, const struct ctl_args *args, const char *district)
{
    struct ctl *ctl = run->ctl;
    const char *file = cli_text(args, "--rule"), *without = cli_text(args, "--without");
    json_t *tried = json_array();
    int err = check_without(ctl, district, without);

    if (!err && file)
        err = read_rules(ctl, file, district, tried);
    char *text = json_dumps(tried, JSON_COMPACT);
    json_decref(tried);
    if (!err)
        run->rules = sql_query(ctl, "try_rules", 3, district, text, without);
    if (run->rules)
        run->contacts = sql_query(ctl, "try_contacts", 1, district);
    if (run->contacts)
        run->schools = sql_query(ctl, "try_schools", 1, district);
    free(text);
    return err ? err : run->schools ? 0 : ctl->error.code;
}

/* Deciding --------------------------------------------------------------------------------------*/

static int open_trial(struct try_run *run)
{
    const PGresult *d = run->district;
    const struct trial_hooks hooks = {.alert_cb = alert_cb, .message_cb = message_cb, .ctx = run};
    const struct trial_budget budget = {.most = atoi(cell(d, 0, "alert_budget")),
                                        .window_us = atoll(cell(d, 0, "alert_budget_s")) * 1000000};
    int err = trial_open(&run->trial, run->rules, run->contacts, &budget, &hooks);
    char *hours = err ? NULL : trial_hours(run->trial);
    PGresult *moments = hours ? sql_query(run->ctl, "try_hours", 4, hours, cell(d, 0, "zone"),
                                          cell(d, 0, "begins"), cell(d, 0, "ends"))
                              : NULL;

    if (moments)
        err = trial_take_hours(run->trial, moments);
    else if (hours)
        err = run->ctl->error.code;
    else if (!err)
        err = ERR_NOMEM;
    PQclear(moments);
    free(hours);
    return err == ERR_NOMEM || err == ERR_ABSENT ? trial_failed(run, err) : err;
}

static int try_all(struct try_run *run, const struct ctl_args *args)
{
    char district[16];
    int err = sql_district(run->ctl, args->operand[0], district);

    if (!err)
        err = read_period(run, args, district);
    if (!err)
        err = read_setting(run, args, district);
    if (!err)
        err = open_trial(run);
    if (!err)
        err = sql_each(run->ctl, "try_steps", step_cb, run, 3, district,
                       cell(run->district, 0, "begins"), cell(run->district, 0, "ends"));
    return err;
}

/* Answering -------------------------------------------------------------------------------------*/

static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lines of a table in order of their keys. */
static json_t *sorted(json_t *table)
{
    size_t count = json_object_size(table), at = 0;
    const char **keys = calloc(count + 1, sizeof *keys), *key;
    json_t *lines = json_array(), *line;

    if (!keys)
        return lines;
    json_object_foreach(table, key, line) keys[at++] = key;
    qsort(keys, count, sizeof *keys, by_key);
    for (size_t i = 0; i < count; i++)
        json_array_append(lines, json_object_get(table, keys[i]));
    free(keys);
    return lines;
}

static long long total(const struct try_run *run, const char *field)
{
    return json_integer_value(json_object_get(run->total, field));
}

static const char *plural(const struct try_run *run, const char *field)
{
    return total(run, field) == 1 ? "" : "s";
}

static void print_totals(const struct try_run *run, const char *slug)
{
    FILE *out = run->ctl->out;

    fprintf(out, "%s, %s to %s: %lld call%s, %lld of them by their last state alone\n", slug,
            cell(run->district, 0, "first_day"), cell(run->district, 0, "last_day"),
            total(run, "calls"), plural(run, "calls"), total(run, "by_final_state"));
    fprintf(out,
            "%lld alert%s, %lld outside school hours, %lld at night; %lld more held by the budget, "
            "%lld in a digest, %lld with nobody to tell\n",
            total(run, "alerts"), plural(run, "alerts"), total(run, "outside_hours"),
            total(run, "night"), total(run, "held"), total(run, "digest"), total(run, "nobody"));
    fprintf(out, "%lld message%s, %lld of them at night\n", total(run, "messages"),
            plural(run, "messages"), total(run, "messages_night"));
}

static int answer(struct try_run *run, const char *slug)
{
    json_t *lines[TABLES];

    for (int i = 0; i < TABLES; i++)
        lines[i] = sorted(run->table[i]);
    if (run->ctl->json) {
        json_t *all = json_pack("{s:s, s:s, s:s}", "district", slug, "from",
                                cell(run->district, 0, "first_day"), "to",
                                cell(run->district, 0, "last_day"));
        json_object_update(all, run->total);
        for (int i = 0; i < TABLES; i++)
            json_object_set_new(all, table_names[i], lines[i]);
        if (run->list)
            json_object_set(all, "list", run->list);
        return out_json(run->ctl, all);
    }
    print_totals(run, slug);
    for (int i = 0; i < TABLES; i++) {
        out_lines(run->ctl, lines[i], table_names[i]);
        json_decref(lines[i]);
    }
    if (run->list)
        out_lines(run->ctl, run->list, "list");
    return 0;
}

int cmd_rule_try(struct ctl *ctl, const struct ctl_args *args)
{
    struct try_run run = {.ctl = ctl};
    int err = sql_begin_reading(ctl);

    run.total = alert_counts();
    json_object_set_new(run.total, "messages", json_integer(0));
    json_object_set_new(run.total, "messages_night", json_integer(0));
    json_object_set_new(run.total, "calls", json_integer(0));
    json_object_set_new(run.total, "by_final_state", json_integer(0));
    for (int i = 0; i < TABLES; i++)
        run.table[i] = json_object();
    if (cli_text(args, "--list"))
        run.list = json_array();
    if (!err)
        err = try_all(&run, args);
    if (!err)
        err = answer(&run, args->operand[0]);
    sql_rollback(ctl);
    trial_close(run.trial);
    for (int i = 0; i < TABLES; i++)
        json_decref(run.table[i]);
    json_decref(run.total);
    json_decref(run.list);
    PQclear(run.district);
    PQclear(run.rules);
    PQclear(run.contacts);
    PQclear(run.schools);
    return err;
}
