/* doctor: one row for each thing that can be wrong. Each check is a statement that gives the things
 * that need attention, one text a row; no row is well. */
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

/* What a run-time role must not be able to do. */
#define FORBIDDEN                                                                              \
    "(values ('liaison_intake', 'dashboard.person', 'select'), ('liaison_intake', "            \
    "'dashboard.session', 'select'), ('liaison_intake', 'district.contact', 'select'), "       \
    "('liaison_intake', 'notify.delivery', 'select'), ('liaison_notify', 'dashboard.person', " \
    "'select'), ('liaison_notify', 'agency.event', 'select'), ('liaison_notify', "             \
    "'agency.feed_key', 'select'), ('liaison_dashboard', 'agency.event', 'select'), "          \
    "('liaison_dashboard', 'agency.feed_key', 'select'), ('liaison_dashboard', "               \
    "'district.incident', 'update'), ('liaison_public', 'district.incident', 'select'), "      \
    "('liaison_public', 'district.contact', 'select'), ('liaison_public', 'agency.event', "    \
    "'select'), ('liaison_public', 'dashboard.person', 'select'), ('liaison_intake', "         \
    "'liaison.audit', 'select'), ('liaison_dashboard', 'liaison.audit', 'delete'), "           \
    "('liaison_dashboard', 'dashboard.person', 'select'), ('liaison_dashboard', "              \
    "'dashboard.person', 'update'), ('liaison_dashboard', 'dashboard.session', 'select'), "    \
    "('liaison_dashboard', 'dashboard.session', 'insert'), ('liaison_dashboard', "             \
    "'dashboard.right', 'insert'), ('liaison_dashboard', 'liaison.audit', 'insert'), "         \
    "('liaison_dashboard', 'notify.token', 'select'), ('liaison_intake', 'agency.event', "     \
    "'delete'), ('liaison_intake', 'liaison.audit', 'insert'), ('liaison_notify', "            \
    "'liaison.audit', 'insert')) as f(role, object, privilege)"

#define RUN_TIME_ROLES                                                                            \
    "(values ('liaison_intake'), ('liaison_notify'), ('liaison_dashboard'), ('liaison_public')) " \
    "as "                                                                                         \
    "r(role)"

static const struct check checks[] = {
    {"roles exist",
     "select role from " RUN_TIME_ROLES " where role not in (select rolname from pg_roles)",
     "create the role: docs/operator.md, Roles"},
    {"roles are ordinary",
     "select rolname || ' is superuser or may create' from pg_roles "
     "where rolname in (select role from " RUN_TIME_ROLES
     ") and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)",
     "alter role ... nosuperuser nocreaterole nocreatedb"},
    {"roles own nothing",
     "select c.relname::text || ' belongs to ' || pg_get_userbyid(c.relowner) from pg_class c "
     "join pg_namespace n on n.oid = c.relnamespace "
     "where n.nspname in ('liaison', 'code', 'agency', 'district', 'notify', 'dashboard', "
     "'publication') and pg_get_userbyid(c.relowner) in (select role from " RUN_TIME_ROLES ")",
     "the owner role alone owns tables"},
    {"least privilege",
     "select role || ' may ' || privilege || ' ' || object from " FORBIDDEN
     " join pg_roles on rolname = "
     "role where has_table_privilege(role, object, privilege)",
     "revoke it, then liaisonctl schema apply"},
    {"locks are for those who need them",
     "select role || ' may take advisory locks and make large objects' from " RUN_TIME_ROLES
     " join pg_roles on rolname = role where role = 'liaison_public' "
     "and (has_function_privilege(role, 'pg_catalog.pg_advisory_lock(bigint)', 'execute') "
     "or has_function_privilege(role, 'pg_catalog.lo_from_bytea(oid, bytea)', 'execute'))",
     "run superuser.sql: docs/operator.md, Roles"},
    {"nothing is granted to everybody",
     "select table_schema || '.' || table_name from information_schema.table_privileges "
     "where grantee = 'PUBLIC' and table_schema in ('liaison', 'code', 'agency', 'district', "
     "'notify', 'dashboard', 'publication')",
     "revoke ... from public"},
    {"services alive",
     "select s || ' was not seen for 30 seconds' "
     "from unnest(array['intake', 'notify', 'dashboard']) s where not exists (select 1 "
     "from liaison.service v "
     "where regexp_replace(v.service, '^liaison-', '') = s and v.seen_at > now() - interval "
     "'30 seconds')",
     "start it, or look at its log"},
    {"agencies heard",
     "select a.slug || case when max(s.heard_at) is null then ' was never heard' else ' is cut "
     "off since ' || to_char(max(s.heard_at) at time zone 'UTC', "
     "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') end from agency.agency a left "
     "join agency.stream s on s.agency_id = a.agency_id and s.mode = 'live' "
     "where a.agency_id <> 0 and exists (select 1 from agency.feed_key k "
     "where k.agency_id = a.agency_id and k.revoked_at is null) and not exists (select 1 "
     "from agency.stream b "
     "where b.agency_id = a.agency_id and b.mode <> 'live' and not exists (select 1 "
     "from agency.stream l where l.agency_id = a.agency_id and l.mode = 'live')) "
     "group by a.agency_id "
     "having max(s.heard_at) is null or max(s.heard_at) < now() - interval '60 seconds'",
     "ask the agency for the last lines of its agent's log: unreachable, no_handshake or refused "
     "says why (docs/feed.md, When there is no connection); without a line its agent is down"},
    {"agency clocks",
     "select a.slug || ' is ' || s.skew_ms || ' ms off' from agency.stream s "
     "join agency.agency a using (agency_id) "
     "where abs(s.skew_ms) > 30000 and s.heard_at > now() - interval '1 day'",
     "the agency's clock wants NTP; its times are kept as they come"},
    {"quarantine",
     "select a.slug || ' has ' || count(*) || ' refused records' from agency.quarantine q "
     "join agency.agency a using (agency_id) where q.state = 'held' group by a.slug",
     "liaisonctl quarantine list"},
    {"records lost",
     "select a.slug || ' no longer has ' || sum(g.last - g.first + 1) || ' records' "
     "from agency.stream_gap g join agency.stream s using (stream_no) "
     "join agency.agency a using (agency_id) where g.gone_at is not null group by a.slug",
     "its figures are incomplete; a backfill from the agency's records closes the gap"},
    {"codes mapped",
     "select a.slug || ': ' || k.calls || ' calls have a ' || k.kind || ' without a common code' "
     "from (select agency_id, count(*) filter (where type_code is null and "
     "type_own <> 'withheld') as type, count(*) filter (where exists (select 1 "
     "from jsonb_array_elements(dispositions) d where d ->> 'code' is null and "
     "d ->> 'own' <> '')) as disposition from district.incident where agency_id <> 0 "
     "group by agency_id) c join agency.agency a using (agency_id), lateral (values "
     "('type', c.type), ('disposition', c.disposition)) as k(kind, calls) "
     "where k.calls > 0 order by a.slug, k.kind desc",
     "liaisonctl code map AGENCY KIND FILE; calls stored before keep their codes: "
     "liaisonctl code remap AGENCY"},
    {"schools have contacts",
     "select s.code || ' has nobody to tell' from district.school s "
     "where s.active and not exists (select 1 from district.contact c "
     "where c.district_id = s.district_id and c.active and not c.sealed and (c.email is not "
     "null or c.phone is not null) and (exists (select 1 from district.contact_school cs "
     "where (cs.district_id, cs.contact_id, cs.school_id) = (c.district_id, c.contact_id, "
     "s.school_id)) or not exists (select 1 from district.contact_school cs "
     "where (cs.district_id, cs.contact_id) = (c.district_id, c.contact_id))))",
     "liaisonctl contact import"},
    {"contacts can be reached",
     "select c.code || ' has neither e-mail nor telephone' from district.contact c "
     "where c.active and c.email is null and c.phone is null",
     "liaisonctl contact import"},
    {"districts have rules",
     "select d.slug || ' has no rule: nobody is alerted' from district.district d "
     "where not exists (select 1 from notify.rule r "
     "where r.district_id = d.district_id and r.active)",
     "liaisonctl rule import"},
    {"sealed calls reach somebody",
     "select d.slug || ' named nobody for sealed classes' from district.district d "
     "where exists (select 1 from notify.rule r "
     "where r.district_id = d.district_id and r.sealed and r.active) and not exists (select 1 "
     "from district.contact c where c.district_id = d.district_id and c.sealed and c.active)",
     "liaisonctl contact import, column sealed"},
    {"outbox moves",
     "select count(*) || ' changes wait for longer than a minute' from district.outbox "
     "where at < now() - interval '1 minute' having count(*) > 0",
     "liaison-notify is down or cannot keep up"},
    {"alerts not held back",
     "select a.slug || ' at ' || d.slug || '/' || s.code || ': ' || count(*) || ' alerts' "
     "from notify.alert h join district.district d using (district_id) "
     "join district.school s using (district_id, school_id) "
     "join agency.agency a using (agency_id) "
     "where h.state = 'held' and h.held_at > now() - interval '1 day' "
     "group by a.slug, d.slug, s.code order by 1",
     "liaisonctl alert held lists the calls, of which nobody was told; ask the agency why it sends "
     "so "
     "many, or give the district more: liaisonctl district add --alert-budget"},
    {"deliveries go out",
     "select channel || ': ' || count(*) || ' failed in the last day' from notify.delivery "
     "where state = 'failed' and created_at > now() - interval '1 day' group by channel",
     "look at the mail server or the SMS gateway, and at the log of liaison-notify"},
    {"connections",
     "select 'more than 80 of 100 connections are in use' from (select count(*) as n "
     "from pg_stat_activity) c where n > 0.8 * current_setting('max_connections')::int",
     "raise max_connections"},
    {"transactions are short",
     "select usename || ' holds one open for ' || extract(epoch "
     "from now() - xact_start)::int || ' s' from pg_stat_activity "
     "where datname = current_database() and xact_start < now() - interval '60 seconds' and "
     "pid <> pg_backend_pid() and usename like 'liaison%'",
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

/* A finding of our own, in the shape of the others: text NULL is well. */
static int report_own(struct ctl *ctl, struct findings *findings, const char *name,
                      const char *text, const char *advice)
{
    PGresult *result = sql_query(ctl, "select $1::text where $1 is not null", 1, text);

    if (!result)
        return ctl->fault.code;
    report(ctl, findings, name, result, advice);
    PQclear(result);
    return 0;
}

static int check_clock(struct ctl *ctl, struct findings *findings)
{
    char text[64], seconds[32];
    int err = sql_value(ctl, seconds, sizeof(seconds),
                        "select extract(epoch from clock_timestamp())::bigint", 0);
    long long off = err ? 0 : clock_wall_us() / 1000000 - strtoll(seconds, NULL, 10);

    if (err)
        return err;
    snprintf(text, sizeof(text), "this machine and PostgreSQL differ by %lld s", off);
    return report_own(ctl, findings, "clock", llabs(off) > 2 ? text : NULL,
                      "let NTP set both; leases and school hours depend on it");
}

/* A disk that could not be looked at is not well either. */
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
            err = ctl->fault.code;
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
