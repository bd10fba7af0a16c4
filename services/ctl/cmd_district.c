/* district add, list, publish. */
#include "commands.h"
#include "out.h"
#include "sql.h"

static int upsert(struct ctl *ctl, const struct ctl_args *args, const char *name, const char *zone)
{
    char known[8];
    int err = sql_value(ctl, known, sizeof(known),
                        "select 1 from pg_timezone_names where name = $1", 1, zone);

    if (err == ERR_ABSENT)
        return fault_set(&ctl->fault, ERR_VALUE, "--zone", "must be an IANA time zone");
    if (err)
        return err;
    return sql_do(
        ctl,
        "insert into district.district as d (slug, name, zone, hours_start, hours_end, "
        "year_start_month, public_threshold, review_s) "
        "values ($1, $2, $3, coalesce($4::time, '07:30'), coalesce($5::time, '15:30'), "
        "coalesce($6::smallint, 8), coalesce($7::smallint, 10), coalesce($8::int, 180)) on "
        "conflict (slug) do update "
        "set name = $2, zone = $3, hours_start = coalesce($4::time, d.hours_start), hours_end "
        "= coalesce($5::time, d.hours_end), year_start_month = coalesce($6::smallint, "
        "d.year_start_month), public_threshold = coalesce($7::smallint, d.public_threshold), "
        "review_s = coalesce($8::int, d.review_s)",
        8, args->operand[0], name, zone, cli_text(args, "--hours-start"),
        cli_text(args, "--hours-end"), cli_text(args, "--year-start-month"),
        cli_text(args, "--public-threshold"), cli_text(args, "--review-s"));
}

int cmd_district_add(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0];
    const char *name = cli_need(args, "--name", &ctl->fault);
    const char *zone = cli_need(args, "--zone", &ctl->fault);
    int err;

    if (!name || !zone || cli_check_slug(slug, &ctl->fault))
        return ctl->fault.code;
    err = sql_begin(ctl);
    if (!err)
        err = upsert(ctl, args, name, zone);
    err = sql_finish(ctl, err < 0 ? err : 0, "district.add", slug, NULL);
    return err ? err : out_done(ctl, json_pack("{s:s}", "district", slug), "district %s", slug);
}

int cmd_district_list(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return out_query(ctl,
                     "select d.slug as district, d.name, d.zone, to_char(d.hours_start, "
                     "'HH24:MI') as hours_start, to_char(d.hours_end, 'HH24:MI') as hours_end, "
                     "d.year_start_month, d.public_threshold, d.review_s, (select count(*) "
                     "from district.school s "
                     "where s.district_id = d.district_id and active) as schools "
                     "from district.district d order by slug",
                     false, NULL);
}

int cmd_district_publish(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0];
    char district[16], year[16];
    int err = sql_begin(ctl);

    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err) {
        err = sql_value(ctl, year, sizeof(year), "select publication.publish_last_year($1)", 1,
                        district);
        if (err == ERR_ABSENT)
            fault_set(&ctl->fault, err, "DISTRICT", "has no calls in a school year that is over");
    }
    err = sql_finish(ctl, err, "district.publish", slug, NULL);
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:s s:s}", "district", slug, "school_year", year),
                    "district %s: the school year that began in %s is published", slug, year);
}
