/* quarantine list, show, replay, discard: refused records, and what happens to them. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

int cmd_quarantine_list(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const states[] = {"held", "asked", "replayed", "discarded",
                                         "gone", "all",   NULL};
    const char *agency = cli_text(args, "--agency");
    const char *state = cli_choice(args, "--state", states, "held", &ctl->error);
    const char *limit = cli_count(args, "--limit", "200", &ctl->error);
    PGresult *result;
    int err;

    if (!state || !limit || sql_filter_agency(ctl, "--agency", agency) != 0)
        return ctl->error.code;
    result = sql_query(ctl, "quarantine_list", 3, agency, state, limit);
    if (!result)
        return ctl->error.code;
    err = out_list(ctl, result);
    PQclear(result);
    return err;
}

static json_t *first_of(json_t *rows)
{
    json_t *first = json_incref(json_array_get(rows, 0));

    json_decref(rows);
    return first;
}

int cmd_quarantine_show(struct ctl *ctl, const struct ctl_args *args)
{
    PGresult *result = sql_query(ctl, "quarantine_show", 1, args->operand[0]);
    int err = 0;

    if (!result)
        return ctl->error.code;
    if (PQntuples(result) == 0)
        err = error_set(&ctl->error, ERR_ABSENT, "ID", "there is no such record in quarantine");
    else if (ctl->json)
        err = out_json(ctl, first_of(out_rows(result)));
    else
        for (int c = 0; c < PQnfields(result); c++) {
            fprintf(ctl->out, "%-13s %s\n", PQfname(result, c), PQgetvalue(result, 0, c));
            out_note_time(ctl, PQgetvalue(result, 0, c));
        }
    PQclear(result);
    return err;
}

/* Moves the records that operands or --all name from state held (or gone) to a new state. */
static int decide(struct ctl *ctl, const struct ctl_args *args, const char *state)
{
    int moved = sql_filter_agency(ctl, "--agency", cli_text(args, "--agency"));

    if (moved < 0)
        return moved;
    if (cli_text(args, "--all"))
        return sql_do(ctl, "quarantine_decide_all", 3, state, ctl->actor,
                      cli_text(args, "--agency"));
    if (args->operands == 0)
        return error_set(&ctl->error, ERR_MISSING, "ID",
                         "name records by their ids, or give --all");
    for (int i = 0; i < args->operands; i++) {
        int rows = sql_do(ctl, "quarantine_decide", 3, state, ctl->actor, args->operand[i]);

        if (rows == 0)
            return error_set(&ctl->error, ERR_ABSENT, "ID", "%s is not held in quarantine",
                             args->operand[i]);
        if (rows < 0)
            return rows;
        moved += rows;
    }
    return moved;
}

/* The record itself is with its sender: an open gap makes intake ask for it. */
static int open_gaps(struct ctl *ctl)
{
    return sql_do(ctl, "quarantine_ask", 0);
}

static int finish(struct ctl *ctl, const char *action, int moved)
{
    int err =
        sql_finish(ctl, moved < 0 ? moved : 0, action, "", json_pack("{s:i}", "records", moved));

    if (err)
        return err;
    return out_done(ctl, json_pack("{s:i}", "records", moved), "%d record%s", moved,
                    moved == 1 ? "" : "s");
}

int cmd_quarantine_replay(struct ctl *ctl, const struct ctl_args *args)
{
    int moved = sql_begin(ctl);

    if (!moved)
        moved = decide(ctl, args, "asked");
    if (moved > 0) {
        int err = open_gaps(ctl);

        moved = err < 0 ? err : moved;
    }
    return finish(ctl, "quarantine.replay", moved);
}

int cmd_quarantine_discard(struct ctl *ctl, const struct ctl_args *args)
{
    int moved = sql_begin(ctl);

    if (!moved)
        moved = decide(ctl, args, "discarded");
    return finish(ctl, "quarantine.discard", moved);
}
