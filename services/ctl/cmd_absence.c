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

/* The last day must not be over where the absence begins now. */
static int check_end(struct ctl *ctl, const struct absence *absence)
{
    char over[8];

    if (absence->from || !absence->to)
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

/* From when to when, as it is stored: {from, to, begun}; NULL: the error is filled. */
static json_t *stored_absence(struct ctl *ctl, const struct absence *absence)
{
    PGresult *result = sql_query(ctl, "contact_absence", 1, absence->contact);
    json_t *rows = result ? out_rows(result) : NULL;
    json_t *first = json_incref(json_array_get(rows, 0));

    json_decref(rows);
    PQclear(result);
    return first;
}

/* Answers a stored absence; takes ownership of when. */
static int answer(struct ctl *ctl, const char *slug, const char *code, const char *substitute,
                  json_t *when)
{
    const char *from = json_string_value(json_object_get(when, "from"));
    const char *to = json_string_value(json_object_get(when, "to"));
    bool begun = json_is_true(json_object_get(when, "begun"));
    json_t *said =
        json_pack("{s:s, s:s, s:s?}", "district", slug, "contact", code, "substitute", substitute);

    json_object_update(said, when);
    int err = out_done(ctl, said, "contact %s is %s from %s %s%s; %s stands in", code,
                       begun ? "absent" : "not absent yet, and will be", from ? from : "",
                       to ? "to " : "on", to ? to : "", substitute ? substitute : "nobody");
    out_note_time(ctl, from ? from : "");
    json_decref(when);
    return err;
}

int cmd_contact_absent(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *code = args->operand[1];
    struct absence absence = {.from = NULL};
    json_t *when = NULL;
    int err = take_options(ctl, args, &absence);

    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = find_both(ctl, args->operand, &absence);
    if (!err)
        err = check_end(ctl, &absence);
    if (!err)
        err = sql_do(ctl, "contact_absent", 5, absence.district, absence.contact, absence.from,
                     absence.to, absence.substitute ? absence.instead : NULL);
    if (err >= 0 && !(when = stored_absence(ctl, &absence)))
        err = ctl->error.code;
    err = sql_finish(ctl, err < 0 ? err : 0, "contact.absent", slug,
                     json_pack("{s:s, s:s?}", "contact", code, "substitute", absence.substitute));
    if (!err)
        return answer(ctl, slug, code, absence.substitute, when);
    json_decref(when);
    return err;
}

int cmd_contact_back(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *code = args->operand[1];
    char district[16], contact[16], was[8];
    int err = sql_begin(ctl);

    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err)
        err = find_contact(ctl, district, code, "CODE", contact);
    if (!err) {
        err = sql_value(ctl, was, sizeof(was), "contact_back", 1, contact);
        if (err == ERR_ABSENT)
            error_set(&ctl->error, err, "CODE", "is not absent, and no absence is planned");
    }
    err = sql_finish(ctl, err, "contact.back", slug, json_pack("{s:s}", "contact", code));
    return err ? err
               : out_done(ctl, json_pack("{s:s, s:s}", "district", slug, "contact", code),
                          "contact %s is back", code);
}

int cmd_contact_absences(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    return err ? err : out_query(ctl, "contact_absences", true, args->operand[0]);
}
