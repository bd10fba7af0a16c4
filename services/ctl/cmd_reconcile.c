/* reconcile: is what should be here all here? Asks the agencies for what is not. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

#define FINDINGS                                                                        \
    "select a.slug as agency, s.stream_id as stream, f.first, f.last, "                 \
    "f.last - f.first + 1 as records, f.incident_no as incident, f.what, f.source, "    \
    "case f.what when 'missing' then 'asked of the agency' "                            \
    "when 'wanted' then 'asked of the agency' "                                         \
    "when 'lost' then 'asked of the agency, which had it no longer' "                   \
    "when 'differs' then 'compare the export with what is here' "                       \
    "else 'made again of its events' end as action "                                    \
    "from agency.findings($1::int, $2::date) f join agency.agency a using (agency_id) " \
    "left join agency.stream s using (stream_no)"

/* The latest word on each stream: proven up to which manifest, and when. */
#define PROOFS                                                                                     \
    "select a.slug as agency, s.mode, s.stream_id as stream, p.source, p.verdict, p.through, "     \
    "to_char(p.compared_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as compared_at, " \
    "p.repaired_at is not null as repaired from agency.agency a "                                  \
    "join agency.stream s using (agency_id) join lateral (select * from agency.proof x "           \
    "where x.stream_no = s.stream_no and ($2::date is null or x.source = ($2::date)::text "        \
    "or (x.told_at at time zone 'UTC')::date = $2::date) "                                         \
    "order by x.through desc limit 1) p on true "                                                  \
    "where $1::int is null or a.agency_id = $1::int order by 1, s.stream_no"

/* How many findings this command cannot mend by itself. */
static int count_open(const PGresult *findings)
{
    int what = PQfnumber(findings, "incident"), open = 0;

    for (int r = 0; r < PQntuples(findings); r++)
        open += PQgetisnull(findings, r, what);
    return open;
}

static int show(struct ctl *ctl, const PGresult *proofs, const PGresult *findings)
{
    if (ctl->json)
        return out_json(ctl, json_pack("{s:o,s:o}", "proofs", out_rows(proofs), "findings",
                                       out_rows(findings)));
    if (PQntuples(proofs))
        out_table(ctl->out, proofs, "Proofs");
    if (PQntuples(findings))
        out_table(ctl->out, findings, "Open");
    else
        fprintf(ctl->out, "Everything that should be here is here.\n");
    return 0;
}

static int repair(struct ctl *ctl, const char *agency, const char *day, int findings)
{
    PGresult *done;

    if (findings == 0)
        return sql_commit(ctl);
    done = sql_query(ctl, "select agency.repair($1::int, $2::date)", 2, agency, day);
    PQclear(done);
    return sql_finish(ctl, done ? 0 : ctl->fault.code, "reconcile", "",
                      json_pack("{s:i}", "findings", findings));
}

static bool is_day(const char *day)
{
    int year, month, at = 0, date;

    return strlen(day) == 10 && sscanf(day, "%4d-%2d-%2d%n", &year, &month, &date, &at) == 3 &&
           at == 10;
}

static int look(struct ctl *ctl, const char *agency, const char *day, bool dry)
{
    PGresult *compared = NULL, *findings = NULL, *proofs = NULL;
    int err = 0, open = 0;

    if (!dry) {
        compared = sql_query(ctl, "select agency.prove_all($1::int)", 1, agency);
        err = compared ? 0 : ctl->fault.code;
    }
    if (!err && (!(findings = sql_query(ctl, FINDINGS, 2, agency, day)) ||
                 !(proofs = sql_query(ctl, PROOFS, 2, agency, day))))
        err = ctl->fault.code;
    if (!err) {
        open = dry ? PQntuples(findings) : count_open(findings);
        err = show(ctl, proofs, findings);
    }
    if (!err && !dry)
        err = repair(ctl, agency, day, PQntuples(findings));
    PQclear(compared);
    PQclear(findings);
    PQclear(proofs);
    return err ? err : open ? CTL_FOUND : 0;
}

int cmd_reconcile(struct ctl *ctl, const struct ctl_args *args)
{
    const char *day = cli_text(args, "--day");
    bool dry = cli_text(args, "--dry-run") != NULL;
    char agency[16];
    int err;

    if (day && !is_day(day))
        return fault_set(&ctl->fault, ERR_TIME, "--day", "must be a day as 2026-11-23");
    if (args->operands > 0 && (err = sql_agency(ctl, args->operand[0], agency)) != 0)
        return err;
    err = sql_begin(ctl);
    if (!err)
        err = look(ctl, args->operands > 0 ? agency : NULL, day, dry);
    if (dry || err < 0)
        sql_rollback(ctl);
    return err;
}
