/* drill start, show: messages that are tried out on the people of a school. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

static int check_channels(struct ctl *ctl, const char *channels)
{
    char unknown[40];

    if (!channels[0])
        return error_set(&ctl->error, ERR_MISSING, "--channels", "names no channel");
    int err = sql_value(ctl, unknown, sizeof(unknown), "drill_channel_unknown", 1, channels);

    if (err == ERR_ABSENT)
        return 0;
    return err == ERR_DB ? err
                         : error_set(&ctl->error, ERR_VALUE, "--channels",
                                     "must be email, sms, or both with a comma between");
}

static int find_school(struct ctl *ctl, const char *district, const char *code, char out[16])
{
    int err = sql_value(ctl, out, 16, "drill_school", 2, district, code);

    return err == ERR_ABSENT
               ? error_set(&ctl->error, err, "SCHOOL", "the district has no school of this code")
               : err;
}

/* Two drills at one school confuse its people: the second one is started only on purpose. */
static int check_running(struct ctl *ctl, const struct ctl_args *args, const char *district,
                         const char *school)
{
    char running[16];
    int err = cli_text(args, "--another")
                  ? ERR_ABSENT
                  : sql_value(ctl, running, sizeof(running), "drill_running", 2, district, school);

    if (err == ERR_ABSENT)
        return 0;
    return err ? err
               : error_set(&ctl->error, ERR_EXISTS, "SCHOOL",
                           "drill %s runs there: liaisonctl drill show %s %s. --another starts "
                           "this one too",
                           running, args->operand[0], running);
}

int cmd_drill_start(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *code = args->operand[1];
    const char *by = cli_words(args, "--by", &ctl->error);
    const char *channels = cli_text_or(args, "--channels", "email,sms");
    char district[16], school[16], drill[16] = "";
    int err = ctl->error.code ? ctl->error.code : sql_begin(ctl);

    if (!err)
        err = check_channels(ctl, channels);
    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err)
        err = find_school(ctl, district, code, school);
    if (!err)
        err = check_running(ctl, args, district, school);
    if (!err)
        err = sql_value(ctl, drill, sizeof(drill), "drill_start", 6, district, school, by, channels,
                        cli_text(args, "--first-step") ? "true" : "false",
                        cli_text(args, "--wake") ? "true" : "false");
    err = sql_finish(ctl, err, "drill.start", slug,
                     json_pack("{s:s, s:s, s:s?}", "school", code, "drill", drill, "by", by));
    return err ? err
               : out_done(
                     ctl,
                     json_pack("{s:s, s:s, s:s}", "district", slug, "school", code, "drill", drill),
                     "drill %s at %s has begun: liaisonctl drill show %s %s", drill, code, slug,
                     drill);
}

int cmd_drill_show(struct ctl *ctl, const struct ctl_args *args)
{
    char district[16], known[8];
    const char *drill = args->operand[1];
    PGresult *rows;
    int err = sql_district(ctl, args->operand[0], district);

    if (err)
        return err;
    if (args->operands == 1)
        return out_query(ctl, "drill_list", true, district);
    err = sql_value(ctl, known, sizeof(known), "drill_known", 2, district, drill);
    if (err)
        return err == ERR_ABSENT ? error_set(&ctl->error, err, "DRILL", "there is no such drill")
                                 : err;
    rows = sql_query(ctl, "drill_show", 2, district, drill);
    err = rows ? out_list(ctl, rows) : ctl->error.code;
    PQclear(rows);
    return err;
}
