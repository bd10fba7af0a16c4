/* doctor: one row for each check. A check is a statement that returns what needs attention, one
 * text a row; no row means that all is well. */
#include "clock.h"
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

struct check {
    const char *name;
    const char *statement;
    const char *advice;
};

static const struct check checks[] = {
    {"roles exist", "doctor_roles_exist", "create the role: docs/operator.md, Roles"},
    {"roles are ordinary", "doctor_roles_ordinary",
     "alter role ... nosuperuser nocreaterole nocreatedb"},
    {"roles own nothing", "doctor_roles_own_nothing", "the owner role alone owns tables"},
    {"least privilege", "doctor_least_privilege", "revoke it, then liaisonctl schema apply"},
    {"locks are for those who need them", "doctor_locks",
     "run superuser.sql: docs/operator.md, Roles"},
    {"nothing is granted to everybody", "doctor_public_grants", "revoke ... from public"},
    {"services alive", "doctor_services", "start it, or look at its log"},
    {"agencies heard", "doctor_agencies_heard",
     "ask the agency for the last lines of its agent's log: unreachable, no_handshake or refused "
     "says why (docs/feed.md, When there is no connection); without a line its agent is down"},
    {"agency clocks", "doctor_agency_clocks",
     "the agency's clock wants NTP; its times are kept as they come"},
    {"quarantine", "doctor_quarantine", "liaisonctl quarantine list"},
    {"records lost", "doctor_records_lost",
     "its figures are incomplete; a backfill from the agency's records closes the gap"},
    {"codes mapped", "doctor_codes_mapped",
     "liaisonctl code map AGENCY KIND FILE; calls stored before keep their codes: "
     "liaisonctl code remap AGENCY"},
    {"schools have contacts", "doctor_schools_have_contacts", "liaisonctl contact import"},
    {"contacts can be reached", "doctor_contacts_reached", "liaisonctl contact import"},
    {"districts have rules", "doctor_districts_have_rules", "liaisonctl rule import"},
    {"sealed calls reach somebody", "doctor_sealed_reach_somebody",
     "liaisonctl contact import, column sealed"},
    {"outbox moves", "doctor_outbox_moves", "liaison-notify is down or cannot keep up"},
    {"alerts not held back", "doctor_alerts_held",
     "liaisonctl alert held lists the calls, of which nobody was told; ask the agency why it sends "
     "so "
     "many, or give the district more: liaisonctl district add --alert-budget"},
    {"deliveries go out", "doctor_deliveries",
     "look at the mail server or the SMS gateway, and at the log of liaison-notify"},
    {"connections", "doctor_connections", "raise max_connections"},
    {"transactions are short", "doctor_transactions",
     "the live stream waits for the oldest transaction"},
};

struct findings {
    json_t *list;
    int bad;
};

static void report(struct ctl *ctl, struct findings *findings, const char *name, PGresult *result,
                   const char *advice)
{
    json_t *objects = json_array();

    for (int i = 0; i < PQntuples(result); i++)
        json_array_append_new(objects, json_string(PQgetvalue(result, i, 0)));
    findings->bad += PQntuples(result) > 0;
    if (!ctl->json) {
        fprintf(ctl->out, "%-4s %s\n", PQntuples(result) ? "BAD" : "ok", name);
        for (int i = 0; i < PQntuples(result) && i < 10; i++)
            fprintf(ctl->out, "       %s\n", PQgetvalue(result, i, 0));
        if (PQntuples(result) > 10)
            fprintf(ctl->out, "       and %d more\n", PQntuples(result) - 10);
        if (PQntuples(result))
            fprintf(ctl->out, "     > %s\n", advice);
    }
    json_array_append_new(findings->list,
                          json_pack("{s:s s:b s:o s:s}", "check", name, "ok",
                                    PQntuples(result) == 0, "found", objects, "advice", advice));
}

/* Reports a finding of the program itself in the form of the others. text NULL means that all is
 * well. */
static int report_own(struct ctl *ctl, struct findings *findings, const char *name,
                      const char *text, const char *advice)
{
    PGresult *result = sql_query(ctl, "doctor_own", 1, text);

    if (!result)
        return ctl->error.code;
    report(ctl, findings, name, result, advice);
    PQclear(result);
    return 0;
}

static int check_clock(struct ctl *ctl, struct findings *findings)
{
    char text[64], seconds[32];
    int err = sql_value(ctl, seconds, sizeof(seconds), "doctor_clock", 0);
    long long off = err ? 0 : clock_wall_us() / 1000000 - strtoll(seconds, NULL, 10);

    if (err)
        return err;
    snprintf(text, sizeof(text), "this machine and PostgreSQL differ by %lld s", off);
    return report_own(ctl, findings, "clock", llabs(off) > 2 ? text : NULL,
                      "let NTP set both; leases and school hours depend on it");
}

/* A disk that cannot be checked is reported too. */
static int check_disk(struct ctl *ctl, struct findings *findings, const char *path)
{
    const char *advice = "name a folder that is on the disk: --path DIR";
    struct statvfs disk;
    char text[300] = "";

    if (statvfs(path, &disk) != 0) {
        snprintf(text, sizeof(text), "%.200s: %s", path, strerror(errno));
    } else if (disk.f_blocks == 0) {
        snprintf(text, sizeof(text), "%.200s: has no size that could be looked at", path);
    } else {
        double left = (double)disk.f_bavail / (double)disk.f_blocks;

        advice = "free space: a full disk stops PostgreSQL";
        if (left < 0.1)
            snprintf(text, sizeof(text), "%.200s is %.0f %% full", path, 100 * (1 - left));
    }
    return report_own(ctl, findings, "disk", text[0] ? text : NULL, advice);
}

int cmd_doctor(struct ctl *ctl, const struct ctl_args *args)
{
    struct findings findings = {.list = json_array()};
    int err = 0;

    for (size_t i = 0; !err && i < sizeof(checks) / sizeof(checks[0]); i++) {
        PGresult *result = sql_query(ctl, checks[i].statement, 0);

        if (!result) {
            snprintf(ctl->file, sizeof(ctl->file), "%s", checks[i].name);
            err = ctl->error.code;
            break;
        }
        report(ctl, &findings, checks[i].name, result, checks[i].advice);
        PQclear(result);
    }
    if (!err)
        err = check_clock(ctl, &findings);
    if (!err)
        err = check_disk(ctl, &findings, cli_text_or(args, "--path", "."));
    if (!err && ctl->json)
        err = out_json(ctl, json_incref(findings.list));
    json_decref(findings.list);
    return err ? err : (findings.bad ? CTL_FOUND : 0);
}
