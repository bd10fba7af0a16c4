/* doctor: one row for each check. A check is a statement that returns what needs attention, one
 * text a row; no row means that all is well. A row may be a remark, which needs no attention. Those
 * of deliveries are read together, from notify.health(). */
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

/* What notify.health() calls a check, in the column of statements. */
static const struct check health_checks[] = {
    {"agencies heard", "agency",
     "ask the agency for the last lines of its agent's log: unreachable, no_handshake or refused "
     "says why (docs/feed.md, When there is no connection); without a line its agent is down"},
    {"notify runs", "process", "start liaison-notify, or look at its log: nobody is told of calls"},
    {"outbox moves", "outbox", "liaison-notify is down or cannot keep up"},
    {"channels have a provider", "channel",
     "configure it in liaison-notify (docs/notify.md, Configuration), or take it out of the rules"},
    {"providers are up", "provider",
     "look at the mail server or the gateway; the reasons stand in docs/notify.md, How a try ends"},
    {"no work is set aside", "aside",
     "finish the upgrade (liaisonctl schema apply), then restart liaison-notify; what it could not "
     "read is in its log (event=column_missing, outbox_refused, delivery_claim, or the name here)"},
    {"messages go out in time", "due",
     "liaisonctl why AGENCY INCIDENT shows what a call waits for"},
    {"deliveries go out", "tried",
     "look at the mail server or the gateway, and at the log of liaison-notify"},
    {"somebody is reached", "refused",
     "the provider takes no message for anybody: look at its log and at liaisonctl why of a call"},
    {"links open", "links",
     "give liaison-notify and liaison-dashboard the same [links] key_file, and restart them"},
    {"tries succeed", "failures",
     "the reasons stand in docs/notify.md, How a try ends; liaisonctl why shows the tries of a "
     "call"},
    {"no message is given up", "given_up",
     "tell these people in another way, and mend the address or the provider"},
    {"alerts reach somebody", "nobody",
     "give the school contacts that can be reached: liaisonctl contact import"},
    {"alerts not held back", "held",
     "liaisonctl alert held lists the calls, which summaries count; ask the agency why it sends "
     "so many, or give the district more: liaisonctl district set DISTRICT "
     "--alert-budget N"},
    {"alerts are answered", "unanswered",
     "everybody was told, and nobody or too few have acknowledged: call the school"},
    {"no step is skipped", "skipped",
     "nobody of an earlier step could be told: look at addresses and absences of its contacts"},
    {"alarms reach somebody", "alarm",
     "no administrator could be told of an alarm: look at the providers and their addresses"},
    {"the test message comes back", "probe",
     "look at the mail server, and at the mailbox of [watch] or [bounces] of liaison-notify: mail "
     "is sent, and does not arrive"},
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
    {"agency clocks", "doctor_agency_clocks",
     "the agency's clock wants NTP; its times are kept as they come"},
    {"quarantine", "doctor_quarantine", "liaisonctl quarantine list"},
    {"records lost", "doctor_records_lost",
     "its figures are incomplete; a backfill from the agency's records closes the gap"},
    {"codes mapped", "doctor_codes_mapped",
     "liaisonctl code map AGENCY KIND FILE; calls stored before keep their codes: "
     "liaisonctl code remap AGENCY"},
    {"schools have contacts", "doctor_schools_have_contacts", "liaisonctl contact import"},
    {"the roster has no holes ahead", "doctor_roster_holes",
     "name another contact, or a substitute: liaisonctl contact import, contact absent"},
    {"alarms have somebody to tell", "doctor_alarms_have_somebody",
     "liaisonctl contact import, column alarms: two people, each with e-mail and telephone"},
    {"contacts can be reached", "doctor_contacts_reached", "liaisonctl contact import"},
    {"districts have rules", "doctor_districts_have_rules", "liaisonctl rule import"},
    {"sealed calls are told as the rules say", "doctor_sealed_told",
     "liaisonctl contact import, column sealed; rule import, column sealed"},
    {"connections", "doctor_connections", "raise max_connections"},
    {"transactions are short", "doctor_transactions",
     "the live stream waits for the oldest transaction"},
};

struct findings {
    json_t *list;
    int bad;
};

/* Reports one check. Takes ownership of found, the texts. note: a remark if it is ok, or NULL. */
static void report_noted(struct ctl *ctl, struct findings *findings, const char *name,
                         json_t *found, const char *advice, const char *note)
{
    size_t count = json_array_size(found);

    findings->bad += count > 0;
    if (!ctl->json) {
        fprintf(ctl->out, "%-4s %s%s%s\n", count ? "BAD" : "ok", name, note ? ": " : "",
                note ? note : "");
        for (size_t i = 0; i < count && i < 10; i++) {
            fprintf(ctl->out, "       %s\n", json_string_value(json_array_get(found, i)));
            out_note_time(ctl, json_string_value(json_array_get(found, i)));
        }
        if (count > 10)
            fprintf(ctl->out, "       and %zu more\n", count - 10);
        if (count)
            fprintf(ctl->out, "     > %s\n", advice);
    }
    json_array_append_new(findings->list,
                          json_pack("{s:s s:b s:o s:s s:s*}", "check", name, "ok", count == 0,
                                    "found", found, "advice", advice, "note", note));
}

static void report(struct ctl *ctl, struct findings *findings, const char *name, json_t *found,
                   const char *advice)
{
    report_noted(ctl, findings, name, found, advice, NULL);
}

/* Reports a finding of the program itself in the form of the others. text NULL means that all is
 * well. */
static void report_own(struct ctl *ctl, struct findings *findings, const char *name,
                       const char *text, const char *advice)
{
    json_t *found = json_array();

    if (text)
        json_array_append_new(found, json_string(text));
    report(ctl, findings, name, found, advice);
}

static int check_statement(struct ctl *ctl, struct findings *findings, const struct check *check)
{
    PGresult *result = sql_query(ctl, check->statement, 0);
    const char *note = NULL;
    json_t *found;

    if (!result) {
        snprintf(ctl->file, sizeof(ctl->file), "%s", check->name);
        return ctl->error.code;
    }
    found = json_array();
    for (int i = 0; i < PQntuples(result); i++) {
        const char *text = PQgetvalue(result, i, 0);

        if (PQnfields(result) > 1 && PQgetvalue(result, i, 1)[0] == 't')
            note = text;
        else
            json_array_append_new(found, json_string(text));
    }
    report_noted(ctl, findings, check->name, found, check->advice, note);
    PQclear(result);
    return 0;
}

static int check_health(struct ctl *ctl, struct findings *findings)
{
    PGresult *result = sql_query(ctl, "doctor_health", 0);

    if (!result) {
        snprintf(ctl->file, sizeof(ctl->file), "%s", "deliveries");
        return ctl->error.code;
    }
    for (size_t i = 0; i < sizeof(health_checks) / sizeof(health_checks[0]); i++) {
        const struct check *check = &health_checks[i];
        json_t *found = json_array();
        const char *note = NULL;

        for (int row = 0; row < PQntuples(result); row++) {
            const char *text = PQgetvalue(result, row, 1);

            if (strcmp(PQgetvalue(result, row, 0), check->statement) != 0)
                continue;
            if (PQgetvalue(result, row, 2)[0] == 't')
                note = text;
            else
                json_array_append_new(found, json_string(text));
        }
        report_noted(ctl, findings, check->name, found, check->advice, note);
    }
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
    report_own(ctl, findings, "clock", llabs(off) > 2 ? text : NULL,
               "let NTP set both; leases and school hours depend on it");
    return 0;
}

/* A disk that cannot be checked is reported too. */
static void check_disk(struct ctl *ctl, struct findings *findings, const char *path)
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
    report_own(ctl, findings, "disk", text[0] ? text : NULL, advice);
}

int cmd_doctor(struct ctl *ctl, const struct ctl_args *args)
{
    struct findings findings = {.list = json_array()};
    int err = 0;

    for (size_t i = 0; !err && i < sizeof(checks) / sizeof(checks[0]); i++)
        err = check_statement(ctl, &findings, &checks[i]);
    if (!err)
        err = check_health(ctl, &findings);
    if (!err)
        err = check_clock(ctl, &findings);
    if (!err)
        check_disk(ctl, &findings, cli_text_or(args, "--path", "."));
    if (!err && ctl->json)
        err = out_json(ctl, json_incref(findings.list));
    json_decref(findings.list);
    return err ? err : (findings.bad ? CTL_FOUND : 0);
}
