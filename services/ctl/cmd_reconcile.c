/* reconcile: checks that all records are stored, and asks the agencies for the missing ones. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

/* How many findings this command cannot fix by itself. */
static int count_open(const PGresult *findings)
{
    int what = PQfnumber(findings, "incident"), open = 0;

    for (int r = 0; r < PQntuples(findings); r++)
        open += PQgetisnull(findings, r, what);
    return open;
}

/* Records that no stream digest has proven; those of replays do not count. */
static long long count_unproven(const PGresult *unproven)
{
    int mode = PQfnumber(unproven, "mode"), records = PQfnumber(unproven, "records");
    long long count = 0;

    for (int r = 0; r < PQntuples(unproven); r++)
        if (strcmp(PQgetvalue(unproven, r, mode), "replay") != 0)
            count += atoll(PQgetvalue(unproven, r, records));
    return count;
}

/* The three lists, each one statement with an agency and a day. */
enum { LIST_PROVEN, LIST_UNPROVEN, LIST_FINDINGS, LISTS };
enum { LISTED = 1000 }; /* of agency.findings, of a kind and stream */
static const struct {
    const char *name, *heading, *statement;
} lists[LISTS] = {
    {"proven", "Proven", "reconcile_proven"},
    {"unproven", "Not proven yet", "reconcile_unproven"},
    {"findings", "Open", "reconcile_findings"},
};

static int show(struct ctl *ctl, PGresult *const list[LISTS])
{
    long long unproven = count_unproven(list[LIST_UNPROVEN]);
    int findings = PQntuples(list[LIST_FINDINGS]);
    bool complete = findings == 0 && unproven == 0 && PQntuples(list[LIST_PROVEN]) > 0;
    json_t *all = json_object();

    for (int i = 0; i < LISTS; i++)
        if (ctl->json)
            json_object_set_new(all, lists[i].name, out_rows(list[i]));
        else if (PQntuples(list[i]))
            out_table(ctl, list[i], lists[i].heading);
    json_object_set_new(all, "complete", json_boolean(complete));
    if (ctl->json)
        return out_json(ctl, all);
    json_decref(all);
    if (findings >= LISTED)
        fprintf(ctl->out, "The list holds the first %d of a kind and stream; there may be more.\n",
                LISTED);
    if (complete)
        fprintf(ctl->out, "Complete: all that was said to be sent is here and proven.\n");
    else if (findings == 0 && unproven > 0)
        fprintf(ctl->out, "Nothing is known to be missing; %lld record%s not proven yet.\n",
                unproven, unproven == 1 ? " is" : "s are");
    else if (findings == 0)
        fprintf(ctl->out, "There is nothing to prove yet.\n");
    return 0;
}

static int repair(struct ctl *ctl, const char *agency, const char *day, int findings)
{
    PGresult *done;

    if (findings == 0)
        return sql_commit(ctl);
    done = sql_query(ctl, "reconcile_repair", 2, agency, day);
    PQclear(done);
    return sql_finish(ctl, done ? 0 : ctl->error.code, "reconcile", "",
                      json_pack("{s:i}", "findings", findings));
}

static int look(struct ctl *ctl, const char *agency, const char *day, bool dry)
{
    PGresult *compared = NULL, *list[LISTS] = {NULL};
    int err = 0, open = 0;

    if (!dry) {
        compared = sql_query(ctl, "reconcile_prove", 1, agency);
        err = compared ? 0 : ctl->error.code;
    }
    for (int i = 0; !err && i < LISTS; i++) {
        list[i] = sql_query(ctl, lists[i].statement, 2, agency, day);
        err = list[i] ? 0 : ctl->error.code;
    }
    if (!err) {
        open = dry ? PQntuples(list[LIST_FINDINGS]) : count_open(list[LIST_FINDINGS]);
        err = show(ctl, list);
    }
    if (!err && !dry)
        err = repair(ctl, agency, day, PQntuples(list[LIST_FINDINGS]));
    PQclear(compared);
    for (int i = 0; i < LISTS; i++)
        PQclear(list[i]);
    return err ? err : open ? CTL_FOUND : 0;
}

int cmd_reconcile(struct ctl *ctl, const struct ctl_args *args)
{
    const char *day = cli_day(args, "--day", &ctl->error);
    bool dry = cli_text(args, "--dry-run") != NULL;
    char agency[16];
    int err = ctl->error.code;

    if (!err && args->operands > 0)
        err = sql_agency(ctl, args->operand[0], agency);
    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = look(ctl, args->operands > 0 ? agency : NULL, day, dry);
    if (dry || err < 0)
        sql_rollback(ctl);
    return err;
}
