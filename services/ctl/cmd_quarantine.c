/* quarantine list, show, replay, discard: what was refused, and what becomes of it. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

#define FROM_QUARANTINE                                                                           \
    "from agency.quarantine q join agency.agency a using (agency_id) join agency.stream s using " \
    "(stream_no) "

int cmd_quarantine_list(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const states[] = {"held", "asked", "replayed", "discarded",
                                         "gone", "all",   NULL};
    const char *agency = cli_text(args, "--agency");
    const char *state = cli_choice(args, "--state", states, "held", &ctl->fault);
    const char *limit = cli_count(args, "--limit", "200", &ctl->fault);
    PGresult *result;
    int err;

    if (!state || !limit || sql_filter_agency(ctl, "--agency", agency) != 0)
        return ctl->fault.code;
    result = sql_query(
        ctl,
        "select q.quarantine_id as id, a.slug as agency, q.seq, to_char(q.received_at at time "
        "zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as received_at, q.octets, q.code, "
        "q.field, q.reason, q.state " FROM_QUARANTINE "where ($1::text is null or a.slug = $1) "
        "and ($2::text = 'all' or q.state = $2) "
        "order by q.quarantine_id desc limit $3::int",
        3, agency, state, limit);
    if (!result)
        return ctl->fault.code;
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
    PGresult *result = sql_query(
        ctl,
        "select q.quarantine_id as id, a.slug as agency, s.stream_id as stream, s.mode, q.seq, "
        "to_char(q.received_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as "
        "received_at, q.octets, encode(q.sha256, 'hex') as sha256, q.content_type, q.code, "
        "q.field, q.reason, q.state, to_char(q.decided_at at time zone 'UTC', "
        "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as decided_at, q.decided_by " FROM_QUARANTINE
        "where q.quarantine_id::text = $1",
        1, args->operand[0]);
    int err = 0;

    if (!result)
        return ctl->fault.code;
    if (PQntuples(result) == 0)
        err = fault_set(&ctl->fault, ERR_ABSENT, "ID", "there is no such record in quarantine");
    else if (ctl->json)
        err = out_json(ctl, first_of(out_rows(result)));
    else
        for (int c = 0; c < PQnfields(result); c++)
            fprintf(ctl->out, "%-13s %s\n", PQfname(result, c), PQgetvalue(result, 0, c));
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
        return sql_do(
            ctl,
            "update agency.quarantine q set state = $1, decided_at = now(), decided_by = $2 "
            "from agency.agency a "
            "where a.agency_id = q.agency_id and q.state in ('held', 'gone') and ($3::text is "
            "null or a.slug = $3)",
            3, state, ctl->actor, cli_text(args, "--agency"));
    if (args->operands == 0)
        return fault_set(&ctl->fault, ERR_MISSING, "ID",
                         "name records by their ids, or give --all");
    for (int i = 0; i < args->operands; i++) {
        int rows = sql_do(ctl,
                          "update agency.quarantine "
                          "set state = $1, decided_at = now(), decided_by = $2 "
                          "where quarantine_id::text = $3 and state in ('held', 'gone')",
                          3, state, ctl->actor, args->operand[i]);

        if (rows == 0)
            return fault_set(&ctl->fault, ERR_ABSENT, "ID", "%s is not held in quarantine",
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
    return sql_do(
        ctl,
        "insert into agency.stream_gap (stream_no, first, last, reason) "
        "select q.stream_no, q.seq, q.seq, 'replay' from agency.quarantine q "
        "where q.state = 'asked' and not exists (select 1 from agency.stream_gap g "
        "where g.stream_no = q.stream_no and q.seq between g.first and g.last and g.gone_at is "
        "null) on conflict (stream_no, first) do update "
        "set reason = 'replay', opened_at = now(), asked_at = null, gone_at = null",
        0);
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
