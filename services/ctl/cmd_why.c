/* why: what became of one call, one line for each step in order of time. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

static void print_value(FILE *out, const json_t *value)
{
    const char *text = json_string_value(value);
    const char *quote = text && (!*text || strchr(text, ' ')) ? "\"" : "";

    fputs(quote, out);
    if (text)
        fputs(text, out);
    else
        json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    fputs(quote, out);
}

/* The detail of a step as key=value. */
static void print_detail(FILE *out, json_t *detail)
{
    for (void *at = json_object_iter(detail); at; at = json_object_iter_next(detail, at)) {
        fprintf(out, "  %s=", json_object_iter_key(at));
        print_value(out, json_object_iter_value(at));
    }
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));

    return text ? text : "";
}

static void print_step(FILE *out, const json_t *row)
{
    const char *school = text_of(row, "school"), *contact = text_of(row, "contact");

    fprintf(out, "%s  %+10.3f s  %-13s", text_of(row, "at"),
            json_real_value(json_object_get(row, "after_s")), text_of(row, "step"));
    if (*text_of(row, "district"))
        fprintf(out, "  %s%s%s", text_of(row, "district"), *school ? "/" : "", school);
    if (*contact)
        fprintf(out, "  %s %s", contact, text_of(row, "name"));
    print_detail(out, json_object_get(row, "detail"));
    fputc('\n', out);
}

static int show(struct ctl *ctl, const PGresult *path)
{
    json_t *rows = out_rows(path);

    if (ctl->json)
        return out_json(ctl, rows);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        print_step(ctl->out, json_array_get(rows, i));
        out_note_time(ctl, text_of(json_array_get(rows, i), "at"));
    }
    json_decref(rows);
    return 0;
}

int cmd_why(struct ctl *ctl, const struct ctl_args *args)
{
    const char *incident = args->operand[1];
    char agency[16], known[8];
    PGresult *path;
    int err = sql_agency(ctl, args->operand[0], agency);

    if (err)
        return err;
    err = sql_value(ctl, known, sizeof known, "why_known", 2, agency, incident);
    if (err == ERR_ABSENT)
        return error_set(&ctl->error, ERR_ABSENT, "INCIDENT",
                         "nothing is known of it: the agency did not send it, or it was at no "
                         "school and is purged");
    if (!err && !ctl->json)
        err = sql_value(ctl, ctl->zone, sizeof ctl->zone, "why_zone", 2, agency, incident);
    if (err)
        return err;
    path = sql_query(ctl, "why_path", 2, agency, incident);
    if (!path)
        return ctl->error.code;
    err = show(ctl, path);
    PQclear(path);
    return err;
}
