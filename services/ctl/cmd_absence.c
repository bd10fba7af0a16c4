/* contact absent, back, absences: who is away, and who stands in. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

/* The contact of a code; fills the error. */
static int find_contact(struct ctl *ctl, const char *district, const char *code, const char *field,
                        char out[16])
{
    int err = sql_value(ctl, out, 16, "contact_id", 2, district, code);

    return err == ERR_ABSENT
               ? error_set(&ctl->error, err, field, "the district has no contact of this code")
               : err;
}

struct absence {
    const char *from, *to, *substitute;
    char district[16], contact[16], instead[16];
};

static int take_options(struct ctl *ctl, const struct ctl_args *args, struct absence *absence)
{
    absence->from = cli_day(args, "--from", &ctl->error);
    absence->to = cli_day(args, "--to", &ctl->error);
    absence->substitute = cli_text(args, "--substitute");
    if (!ctl->error.code && absence->from && absence->to && strcmp(absence->to, absence->from) < 0)
        error_set(&ctl->error, ERR_RANGE, "--to", "is before --from");
    return ctl->error.code;
}

/* The last day must not be over: nobody was away by saying so afterwards. */
static int check_end(struct ctl *ctl, const struct absence *absence)
{
    char over[8];

    if (!absence->to)
        return 0;
    int err = sql_value(ctl, over, sizeof over, "contact_absence_over", 2, absence->district,
                        absence->to);
    if (!err && over[0] == 't')
        return error_set(&ctl->error, ERR_RANGE, "--to", "is over already");
    return err;
}

static int find_both(struct ctl *ctl, const char *const *operand, struct absence *absence)
{
    int err = sql_district(ctl, operand[0], absence->district);

    if (!err)
        err = find_contact(ctl, absence->district, operand[1], "CODE", absence->contact);
    if (!err && absence->substitute)
        err = find_contact(ctl, absence->district, absence->substitute, "--substitute",
                           absence->instead);
    if (!err && absence->substitute && strcmp(absence->contact, absence->instead) == 0)
        err = error_set(&ctl->error, ERR_VALUE, "--substitute", "is the one who is absent");
    return err;
}

/* The times of a row: " from A to B", or " from A on". */
static void say_times(struct ctl *ctl, const PGresult *row, char out[80])
{
    const char *from = PQgetvalue(row, 0, PQfnumber(row, "from"));
    const char *to = PQgetvalue(row, 0, PQfnumber(row, "to"));

    snprintf(out, 80, " from %s %s%s", from, to[0] ? "to " : "on", to);
    out_note_time(ctl, from);
}

static bool is_begun(const PGresult *row)
{
    return PQgetvalue(row, 0, PQfnumber(row, "begun"))[0] == 't';
}

/* Another absence of the contact shares time with the one that was said. */
static int refuse(struct ctl *ctl, const PGresult *row)
{
    char times[80];

    say_times(ctl, row, times);
    return error_set(&ctl->error, ERR_STATE, "CODE",
                     "has an absence%s already (%s): name other days, or end that one first "
                     "(contact back)",
                     times, ctl->json ? "UTC" : ctl->zone);
}

/* Answers a stored absence. */
static int answer(struct ctl *ctl, const char *const *operand, const char *substitute,
                  const PGresult *row)
{
    int at = PQfnumber(row, "former");
    const char *former = PQgetisnull(row, 0, at) ? "nobody" : PQgetvalue(row, 0, at);
    bool same = strcmp(PQgetvalue(row, 0, PQfnumber(row, "how")), "same") == 0;
    json_t *rows = out_rows(row), *said = json_array_get(rows, 0);
    char times[80];

    json_object_del(said, "how");
    json_object_set_new(said, "district", json_string(operand[0]));
    json_object_set_new(said, "contact", json_string(operand[1]));
    json_object_set_new(said, "substitute", substitute ? json_string(substitute) : json_null());
    json_incref(said);
    json_decref(rows);
    say_times(ctl, row, times);
    return out_done(ctl, said, "contact %s %s%s; %s stands in%s%s", operand[1],
                    is_begun(row) ? "is absent" : "will be absent", times,
                    substitute ? substitute : "nobody", same ? ", before: " : "",
                    same ? former : "");
}

int cmd_contact_absent(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *code = args->operand[1];
    struct absence absence = {.from = NULL};
    PGresult *row = NULL;
    int err = take_options(ctl, args, &absence);

    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = find_both(ctl, args->operand, &absence);
    if (!err)
        err = check_end(ctl, &absence);
    if (!err &&
        !(row = sql_query(ctl, "contact_absent", 5, absence.district, absence.contact, absence.from,
                          absence.to, absence.substitute ? absence.instead : NULL)))
        err = ctl->error.code;
    if (!err && strcmp(PQgetvalue(row, 0, PQfnumber(row, "how")), "overlaps") == 0)
        err = refuse(ctl, row);
    err = sql_finish(ctl, err, "contact.absent", slug,
                     json_pack("{s:s, s:s?}", "contact", code, "substitute", absence.substitute));
    if (!err)
        err = answer(ctl, args->operand, absence.substitute, row);
    PQclear(row);
    return err;
}

static int answer_back(struct ctl *ctl, const char *const *operand, const PGresult *row)
{
    json_t *rows = out_rows(row), *said = json_incref(json_array_get(rows, 0));
    char times[80];

    json_decref(rows);
    json_object_set_new(said, "district", json_string(operand[0]));
    json_object_set_new(said, "contact", json_string(operand[1]));
    say_times(ctl, row, times);
    return is_begun(row)
               ? out_done(ctl, said, "contact %s is back; the absence%s is over", operand[1], times)
               : out_done(ctl, said, "contact %s will not be absent%s", operand[1], times);
}

int cmd_contact_back(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *code = args->operand[1];
    const char *from = cli_day(args, "--from", &ctl->error);
    char district[16], contact[16];
    PGresult *row = NULL;
    int err = ctl->error.code ? ctl->error.code : sql_begin(ctl);

    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err)
        err = find_contact(ctl, district, code, "CODE", contact);
    if (!err && !(row = sql_query(ctl, "contact_back", 2, contact, from)))
        err = ctl->error.code;
    if (!err && PQntuples(row) == 0)
        err = from ? error_set(&ctl->error, ERR_ABSENT, "--from", "is the first day of no absence")
                   : error_set(&ctl->error, ERR_ABSENT, "CODE",
                               "is not absent, and no absence is planned");
    err = sql_finish(ctl, err, "contact.back", slug, json_pack("{s:s}", "contact", code));
    if (!err)
        err = answer_back(ctl, args->operand, row);
    PQclear(row);
    return err;
}

int cmd_contact_absences(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    return err ? err : out_query(ctl, "contact_absences", true, args->operand[0]);
}
