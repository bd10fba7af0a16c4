/* district add, set, list, publish. */
#include "commands.h"
#include "out.h"
#include "sql.h"

/* Options that are not given are NULL: they stay as they are, or get their defaults. */
struct district_options {
    const char *name, *zone, *hours_start, *hours_end, *year_start, *threshold, *review;
    const char *budget, *budget_s; /* alerts of an agency at a school, in so many seconds */
    const char *storm_every_s, *digest_at;
    const char *language, *clock;
};

static int take_options(struct ctl *ctl, const struct ctl_args *args, struct district_options *o)
{
    static const char *const languages[] = {"en", "es", NULL}, *const clocks[] = {"12", "24", NULL};
    int err;

    *o = (struct district_options){
        .name = cli_words(args, "--name", &ctl->error),
        .zone = cli_text(args, "--zone"),
        .hours_start = cli_clock(args, "--hours-start", &ctl->error),
        .hours_end = cli_clock(args, "--hours-end", &ctl->error),
        .year_start = cli_number(args, "--year-start-month", 1, 12, NULL, &ctl->error),
        .threshold = cli_number(args, "--public-threshold", 0, 32767, NULL, &ctl->error),
        .review = cli_number(args, "--review-s", 10, 86400, NULL, &ctl->error),
        .budget = cli_number(args, "--alert-budget", 0, 100000, NULL, &ctl->error),
        .budget_s = cli_number(args, "--alert-budget-s", 10, 86400, NULL, &ctl->error),
        .storm_every_s = cli_number(args, "--storm-every-s", 0, 86400, NULL, &ctl->error),
        .digest_at = cli_clock(args, "--digest-at", &ctl->error),
        .language = cli_choice(args, "--language", languages, NULL, &ctl->error),
        .clock = cli_choice(args, "--clock", clocks, NULL, &ctl->error),
    };
    err = ctl->error.code;
    if (!err)
        err = cli_check_slug(args->operand[0], &ctl->error);
    return err ? err : sql_check_zone(ctl, o->zone);
}

static int upsert(struct ctl *ctl, const char *slug, const struct district_options *o)
{
    return sql_do(ctl, "district_put", 14, slug, o->name, o->zone, o->hours_start, o->hours_end,
                  o->year_start, o->threshold, o->review, o->budget, o->budget_s, o->language,
                  o->clock, o->storm_every_s, o->digest_at);
}

int cmd_district_add(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"--name", "--zone", NULL};
    const char *slug = args->operand[0];
    struct district_options options;
    int err = take_options(ctl, args, &options);

    if (!err)
        err = cli_need(args, needed, &ctl->error);
    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = upsert(ctl, slug, &options);
    err = sql_finish(ctl, err < 0 ? err : 0, "district.add", slug, NULL);
    return err ? err : out_done(ctl, json_pack("{s:s}", "district", slug), "district %s", slug);
}

/* What is stored of a district, as district list says it; NULL: the error is filled. */
static json_t *stored(struct ctl *ctl, const char *slug)
{
    PGresult *result = sql_query(ctl, "district_list", 1, slug);
    json_t *rows = result ? out_rows(result) : NULL;
    json_t *row = json_incref(json_array_get(rows, 0));

    json_decref(rows);
    PQclear(result);
    return row;
}

static void say_value(FILE *out, const json_t *value)
{
    if (json_is_string(value))
        fputs(json_string_value(value), out);
    else
        json_dumpf(value, out, JSON_ENCODE_ANY);
}

/* Prints what differs, and returns it: setting, was and now. */
static json_t *say_changes(struct ctl *ctl, const char *slug, json_t *was, json_t *now)
{
    json_t *changed = json_array(), *value;
    const char *setting;

    json_object_foreach(now, setting, value)
    {
        json_t *old = json_object_get(was, setting);

        if (json_equal(old, value))
            continue;
        json_array_append_new(
            changed, json_pack("{s:s s:O s:O}", "setting", setting, "was", old, "now", value));
        if (ctl->json)
            continue;
        fprintf(ctl->out, "district %s: %s is now ", slug, setting);
        say_value(ctl->out, value);
        fputs(" (was ", ctl->out);
        say_value(ctl->out, old);
        fputs(")\n", ctl->out);
    }
    if (!ctl->json && json_array_size(changed) == 0)
        fprintf(ctl->out, "district %s: nothing changed, it is so already\n", slug);
    return changed;
}

int cmd_district_set(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0];
    struct district_options options;
    json_t *was = NULL, *now = NULL;
    char district[16];
    int err = take_options(ctl, args, &options);

    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err && !(was = stored(ctl, slug)))
        err = ctl->error.code;
    if (!err)
        err = upsert(ctl, slug, &options);
    if (err >= 0 && !(now = stored(ctl, slug)))
        err = ctl->error.code;
    err = sql_finish(ctl, err < 0 ? err : 0, "district.set", slug, NULL);
    if (!err) {
        json_t *changed = say_changes(ctl, slug, was, now);

        if (ctl->json)
            err = out_json(ctl, json_pack("{s:s s:O}", "district", slug, "changed", changed));
        json_decref(changed);
    }
    json_decref(was);
    json_decref(now);
    return err;
}

int cmd_district_list(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return out_query(ctl, "district_list", true, NULL);
}

int cmd_district_publish(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0];
    char district[16], year[16];
    int err = sql_begin(ctl);

    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err) {
        err = sql_value(ctl, year, sizeof(year), "district_publish", 1, district);
        if (err == ERR_ABSENT)
            error_set(&ctl->error, err, "DISTRICT", "has no calls in a school year that is over");
    }
    err = sql_finish(ctl, err, "district.publish", slug, NULL);
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:s s:s}", "district", slug, "school_year", year),
                    "district %s: the school year that began in %s is published", slug, year);
}
