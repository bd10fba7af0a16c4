/* calendar import, bells, list: when school is in. */
#include "commands.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <string.h>
#include <strings.h>

enum { DAYS_MOST = 400 }; /* of one row: more is a slip of the pen */

struct calendar {
    char district[16];
    const char *early_ends; /* of --early-ends, or NULL */
    const char *kind;       /* of --kind, or NULL */
    long left_out;          /* events that say nothing of school */
};

/* What a title says of school; the first that is in it counts. "Holiday concert" says nothing. */
static const struct title_word {
    const char *word, *kind;
} title_words[] = {
    {"early dismissal", "early"}, {"early release", "early"},        {"half day", "early"},
    {"half-day", "early"},        {"minimum day", "early"},          {"no school", "holiday"},
    {"no classes", "holiday"},    {"school holiday", "holiday"},     {"schools closed", "holiday"},
    {"school closed", "holiday"}, {"winter break", "holiday"},       {"spring break", "holiday"},
    {"fall break", "holiday"},    {"summer break", "holiday"},       {"winter recess", "holiday"},
    {"spring recess", "holiday"}, {"thanksgiving break", "holiday"},
};

static const char *kind_of_title(const char *title)
{
    for (size_t i = 0; title && i < sizeof title_words / sizeof *title_words; i++)
        if (strcasestr(title, title_words[i].word))
            return title_words[i].kind;
    return NULL;
}

/* NULL: the event says nothing of school. What has a time of its own is no holiday. */
static const char *kind_of_event(const struct sheet *sheet, size_t row,
                                 const struct calendar *calendar)
{
    const char *whole = sheet_get(sheet, row, "whole_day");
    const char *kind = kind_of_title(sheet_get(sheet, row, "summary"));

    if (!kind)
        kind = calendar->kind;
    return kind && whole && strcmp(whole, "no") == 0 && strcmp(kind, "early") != 0 ? NULL : kind;
}

/* The code of a school of the district, or NULL where the cell is empty. */
static int take_school(struct import *import, size_t row, const char *district, const char **school)
{
    char id[16];

    *school = sheet_get(import->sheet, row, "school");
    return *school ? import_school_id(import, district, *school, id) : 0;
}

static const char *const kinds[] = {"school", "early", "holiday", "none", NULL};

static int take_kind(struct import *import, size_t row, const struct calendar *calendar,
                     const char **kind)
{
    if (sheet_has(import->sheet, "kind"))
        return import_word(import, row, "kind", kinds, "holiday", kind);
    *kind = kind_of_event(import->sheet, row, calendar);
    return 0;
}

static int take_ends(struct import *import, size_t row, const struct calendar *calendar,
                     const char *kind, const char **ends)
{
    const char *stored = import_stored(import, "ends");

    *ends = sheet_get(import->sheet, row, "ends");
    if (*ends)
        return cli_check_clock(*ends, "ends", &import->ctl->error);
    *ends = calendar->early_ends;
    if (!*ends && !import_given(import, row, "ends"))
        *ends = stored;
    return strcmp(kind, "early") == 0 && !*ends
               ? error_set(&import->ctl->error, ERR_MISSING, "ends",
                           "says when school ends on an early day; or give --early-ends")
               : 0;
}

static int find_days(struct import *import, const char *district, const char *day, const char *last,
                     const char *school)
{
    char key[120];

    snprintf(key, sizeof key, "%s%s%s%s%.60s", day, last ? " to " : "", last ? last : "",
             school ? " " : "", school ? school : "");
    import_key(import, key);
    return import_find(import, "calendar_now", 4, district, day, last, school);
}

static int import_day_row(struct import *import, size_t row, void *owner)
{
    struct calendar *calendar = owner;
    const char *day, *last = NULL, *kind, *ends, *school;
    int err = import_day(import, row, "day", &day);

    if (!err && !day)
        err = error_set(&import->ctl->error, ERR_MISSING, "day", "must be given");
    if (!err)
        err = import_day(import, row, "last_day", &last);
    if (!err && day && last && strcmp(last, day) < 0)
        err = error_set(&import->ctl->error, ERR_RANGE, "last_day", "is before day");
    if (!err && day && last && cli_days_between(day, last) > DAYS_MOST)
        err = error_set(&import->ctl->error, ERR_RANGE, "last_day", "must be within %d days of day",
                        DAYS_MOST);
    if (!err)
        err = take_kind(import, row, calendar, &kind);
    if (!err && !kind) {
        calendar->left_out++;
        return 0;
    }
    if (!err)
        err = take_school(import, row, calendar->district, &school);
    if (!err)
        err = find_days(import, calendar->district, day, last, school);
    if (!err)
        err = take_ends(import, row, calendar, kind, &ends);
    return err ? err
               : import_count(import, sql_query(import->ctl, "calendar_put", 6, calendar->district,
                                                day, last, kind, ends, school));
}

int cmd_calendar_import(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"day", NULL};
    struct calendar calendar = {.early_ends = cli_clock(args, "--early-ends", &ctl->error),
                                .kind = cli_choice(args, "--kind", kinds, NULL, &ctl->error)};
    const struct import_job job = {.path = args->operand[1],
                                   .file = file_columns_next(args->command, NULL),
                                   .columns = needed,
                                   .each = import_day_row,
                                   .action = "calendar.import",
                                   .object = args->operand[0]};
    int err = ctl->error.code;

    if (!err)
        err = sql_district(ctl, args->operand[0], calendar.district);
    if (!err)
        err = import_run(ctl, &job, &calendar);
    if (!err && calendar.left_out && !ctl->json)
        fprintf(ctl->out, "%ld %s not say whether there is school: left out\n", calendar.left_out,
                calendar.left_out == 1 ? "event does" : "events do");
    return err;
}

static int take_hours(struct import *import, size_t row, const char **from, const char **to)
{
    int err = import_clock(import, row, "from", from);

    if (!err)
        err = import_clock(import, row, "to", to);
    if (!err && (!import_need(import, row, "from") || !import_need(import, row, "to")))
        return import->ctl->error.code;
    if (!err && strcmp(*from, *to) >= 0)
        err = error_set(&import->ctl->error, ERR_RANGE, "to", "must be after from");
    return err;
}

static int import_bell(struct import *import, size_t row, void *owner)
{
    static const char *const words[] = {"", "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL};
    const char *district = owner, *school = import_need(import, row, "school"), *word;
    const char *from = NULL, *to = NULL;
    char weekday[8], key[120];
    int day = 0, err = school ? 0 : import->ctl->error.code;

    if (!err)
        err = take_school(import, row, district, &school);
    if (!err)
        err = import_word(import, row, "weekday", words, "", &word);
    if (err)
        return err;
    while (strcmp(words[day], word) != 0)
        day++;
    snprintf(weekday, sizeof(weekday), "%d", day);
    snprintf(key, sizeof key, "%.60s%s%s", school, day ? " " : "", word);
    err = import_once(import, row, "school", key);
    if (!err)
        err = import_find(import, "bell_now", 3, district, school, weekday);
    if (!err)
        err = take_hours(import, row, &from, &to);
    return err ? err
               : import_count(import, sql_query(import->ctl, "bell_put", 5, district, school,
                                                weekday, from, to));
}

int cmd_calendar_bells(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"school", NULL};

    return import_run_district(ctl, args, needed, import_bell, "calendar.bells");
}

int cmd_calendar_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    return err ? err : out_query(ctl, "calendar_list", true, args->operand[0]);
}
