#include "sql.h"

#include "db.h"
#include "zone.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_MAX_PARAMS = 24 };

/* One list for each file of services/ctl/sql. */
extern const struct db_statement shared_statements[], cmd_agency_statements[],
    cmd_alert_statements[], cmd_alias_statements[], cmd_calendar_statements[],
    cmd_code_statements[], cmd_contact_statements[], cmd_district_statements[],
    cmd_doctor_statements[], cmd_drill_statements[], cmd_feeder_statements[],
    cmd_outcome_statements[], cmd_quarantine_statements[], cmd_reconcile_statements[],
    cmd_review_statements[], cmd_rule_statements[], cmd_rule_try_statements[],
    cmd_schema_statements[], cmd_school_statements[], cmd_status_statements[],
    cmd_template_statements[], cmd_user_statements[], cmd_why_statements[];
extern const size_t shared_statement_count, cmd_agency_statement_count, cmd_alert_statement_count,
    cmd_alias_statement_count, cmd_calendar_statement_count, cmd_code_statement_count,
    cmd_contact_statement_count, cmd_district_statement_count, cmd_doctor_statement_count,
    cmd_drill_statement_count, cmd_feeder_statement_count, cmd_outcome_statement_count,
    cmd_quarantine_statement_count, cmd_reconcile_statement_count, cmd_review_statement_count,
    cmd_rule_statement_count, cmd_rule_try_statement_count, cmd_schema_statement_count,
    cmd_school_statement_count, cmd_status_statement_count, cmd_template_statement_count,
    cmd_user_statement_count, cmd_why_statement_count;

static const char *text_of(const char *statement)
{
    const struct db_statement_list lists[] = {
        {shared_statements, shared_statement_count},
        {cmd_agency_statements, cmd_agency_statement_count},
        {cmd_alert_statements, cmd_alert_statement_count},
        {cmd_alias_statements, cmd_alias_statement_count},
        {cmd_calendar_statements, cmd_calendar_statement_count},
        {cmd_code_statements, cmd_code_statement_count},
        {cmd_contact_statements, cmd_contact_statement_count},
        {cmd_district_statements, cmd_district_statement_count},
        {cmd_doctor_statements, cmd_doctor_statement_count},
        {cmd_drill_statements, cmd_drill_statement_count},
        {cmd_feeder_statements, cmd_feeder_statement_count},
        {cmd_outcome_statements, cmd_outcome_statement_count},
        {cmd_quarantine_statements, cmd_quarantine_statement_count},
        {cmd_reconcile_statements, cmd_reconcile_statement_count},
        {cmd_review_statements, cmd_review_statement_count},
        {cmd_rule_statements, cmd_rule_statement_count},
        {cmd_rule_try_statements, cmd_rule_try_statement_count},
        {cmd_schema_statements, cmd_schema_statement_count},
        {cmd_school_statements, cmd_school_statement_count},
        {cmd_status_statements, cmd_status_statement_count},
        {cmd_template_statements, cmd_template_statement_count},
        {cmd_user_statements, cmd_user_statement_count},
        {cmd_why_statements, cmd_why_statement_count},
    };

    return db_statement_text(lists, sizeof lists / sizeof lists[0], statement);
}

/* ---- Ctrl-C cancels the running statement at the server too ---- */

static const int ending[] = {SIGINT, SIGTERM};
enum { ENDING = sizeof ending / sizeof *ending };

static PGcancel *running;
static struct sigaction before[ENDING];

static void cancel_cb(int signal)
{
    char text[128];

    (void)signal;
    PQcancel(running, text, sizeof text); /* safe in a handler */
}

static void begin_statement(struct ctl *ctl)
{
    struct sigaction action = {.sa_handler = cancel_cb, .sa_flags = SA_RESTART | SA_RESETHAND};

    running = PQgetCancel(ctl->db);
    for (int i = 0; running && i < ENDING; i++)
        sigaction(ending[i], &action, &before[i]);
}

static void end_statement(void)
{
    for (int i = 0; running && i < ENDING; i++)
        sigaction(ending[i], &before[i], NULL);
    PQfreeCancel(running);
    running = NULL;
}

static PGresult *exec_script(struct ctl *ctl, const char *text)
{
    begin_statement(ctl);
    PGresult *result = PQexec(ctl->db, text);
    end_statement();
    return result;
}

/* libpq writes one message in several lines: joins as many whole lines as fit into a reason. */
static int fail_by_libpq(struct ctl *ctl, const char *field)
{
    const char *text = PQerrorMessage(ctl->db);
    char line[sizeof(ctl->error.reason)] = "";
    size_t used = 0;

    for (text += strspn(text, "\n\t "); *text; text += strspn(text, "\n\t ")) {
        size_t size = strcspn(text, "\n");

        if (used && used + size + 2 >= sizeof(line))
            break;
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%.*s", used ? ". " : "",
                                 (int)size, text);
        text += size;
    }
    return error_set(&ctl->error, ERR_DB, field, "%s", line);
}

/* Why a value was refused, for whoever gave it. Commands check values before; what they leave to
 * PostgreSQL is told by the name of the column or of its constraint. */
static const struct refusal {
    const char *sqlstate, *reason;
} refusals[] = {
    {"22001", "is too long"},
    {"22003", "is out of range"},
    {"22007", "is no day or time"},
    {"22008", "is no day or time that can be"},
    {"22021", "holds characters that cannot be stored"},
    {"22P02", "is not of the kind that is wanted here"},
    {"23502", "must be given"},
    {"23503", "names something that is not there"},
    {"23505", "is there already"},
    {"23514", "is not what it may be, or does not go with the others"},
    {"54000", "is too long"},
};

/* The field of a constraint that PostgreSQL named: of rule_rank_check, rank. */
static void field_of(const PGresult *result, char field[64])
{
    const char *column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    const char *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    size_t prefix = table ? strlen(table) : 0;

    if (!column && name && table && strncmp(name, table, prefix) == 0 && name[prefix] == '_')
        name += prefix + 1;
    snprintf(field, 64, "%s", column ? column : name ? name : "a value");
    char *kind = strrchr(field, '_');
    if (!column && kind && (strcmp(kind, "_check") == 0 || strcmp(kind, "_key") == 0))
        *kind = '\0';
}

static bool is_refusal(struct ctl *ctl, const PGresult *result, const char *sqlstate)
{
    char field[64];

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(refusals[i].sqlstate, sqlstate) == 0) {
            field_of(result, field);
            error_set(&ctl->error, ERR_DB, field, "%s", refusals[i].reason);
            return true;
        }
    return false;
}

static int fail_from(struct ctl *ctl, const PGresult *result)
{
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    if (state && is_refusal(ctl, result, state))
        return ERR_DB;
    if (text)
        return error_set(&ctl->error, ERR_DB, "", "PostgreSQL %s: %s", state ? state : "", text);
    return fail_by_libpq(ctl, "PostgreSQL");
}

static void ignore_notice_cb(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

/* Whether libpq can read it. A single word is the name of a database. */
static bool is_conninfo(const char *text)
{
    PQconninfoOption *options = PQconninfoParse(text, NULL);
    bool good = options || !strpbrk(text, "=:");

    PQconninfoFree(options);
    return good;
}

int sql_open(struct ctl *ctl, const char *conninfo)
{
    const char *const keys[] = {"dbname", "application_name", "connect_timeout", NULL};
    const char *const values[] = {conninfo, "liaisonctl", "10", NULL};

    if (!is_conninfo(conninfo)) /* libpq would repeat a part of it, which may be a password */
        return error_set(&ctl->error, ERR_SYNTAX, "database",
                         "is no connection string of libpq: KEYWORD=VALUE ..., or a URI");
    ctl->db = PQconnectdbParams(keys, values, 1);
    if (PQstatus(ctl->db) != CONNECTION_OK) {
        fail_by_libpq(ctl, "database");
        sql_close(ctl);
        return ERR_DB;
    }
    PQsetNoticeProcessor(ctl->db, ignore_notice_cb, NULL);
    return sql_do(ctl, "session_settings", 1, ctl->actor) < 0 ? ctl->error.code : 0;
}

void sql_close(struct ctl *ctl)
{
    if (ctl->db)
        PQfinish(ctl->db);
    ctl->db = NULL;
}

static PGresult *run(struct ctl *ctl, const char *statement, int count, va_list list)
{
    const char *values[SQL_MAX_PARAMS];
    PGresult *result;

    if (count > SQL_MAX_PARAMS) {
        error_set(&ctl->error, ERR_SIZE, "", "too many parameters");
        return NULL;
    }
    for (int i = 0; i < count; i++)
        values[i] = va_arg(list, const char *);
    begin_statement(ctl);
    result = PQexecParams(ctl->db, text_of(statement), count, NULL, values, NULL, NULL, 0);
    end_statement();
    if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
        return result;
    fail_from(ctl, result);
    PQclear(result);
    return NULL;
}

PGresult *sql_query(struct ctl *ctl, const char *statement, int count, ...)
{
    va_list list;
    PGresult *result;

    va_start(list, count);
    result = run(ctl, statement, count, list);
    va_end(list);
    return result;
}

/* Takes rows as they come, and the end; what comes after a failure is dropped. */
static int take_rows(struct ctl *ctl, sql_row_fn row_cb, void *owner)
{
    PGresult *result;
    int err = 0;

    while ((result = PQgetResult(ctl->db))) {
        ExecStatusType status = PQresultStatus(result);

        if (status == PGRES_SINGLE_TUPLE && !err)
            err = row_cb(ctl, result, owner);
        else if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
            err = fail_from(ctl, result);
        PQclear(result);
    }
    return err;
}

int sql_each(struct ctl *ctl, const char *statement, sql_row_fn row_cb, void *owner, int count, ...)
{
    const char *values[SQL_MAX_PARAMS];
    va_list list;
    int err;

    if (count > SQL_MAX_PARAMS)
        return error_set(&ctl->error, ERR_SIZE, "", "too many parameters");
    va_start(list, count);
    for (int i = 0; i < count; i++)
        values[i] = va_arg(list, const char *);
    va_end(list);
    begin_statement(ctl);
    if (PQsendQueryParams(ctl->db, text_of(statement), count, NULL, values, NULL, NULL, 0) &&
        PQsetSingleRowMode(ctl->db))
        err = take_rows(ctl, row_cb, owner);
    else
        err = fail_by_libpq(ctl, "PostgreSQL");
    end_statement();
    return err;
}

int sql_do(struct ctl *ctl, const char *statement, int count, ...)
{
    va_list list;
    PGresult *result;
    int rows;

    va_start(list, count);
    result = run(ctl, statement, count, list);
    va_end(list);
    if (!result)
        return ctl->error.code;
    rows = atoi(PQcmdTuples(result));
    PQclear(result);
    return rows;
}

int sql_value(struct ctl *ctl, char *out, size_t size, const char *statement, int count, ...)
{
    va_list list;
    PGresult *result;
    int err = 0;

    va_start(list, count);
    result = run(ctl, statement, count, list);
    va_end(list);
    if (!result)
        return ctl->error.code;
    if (PQntuples(result) == 0 || PQgetisnull(result, 0, 0))
        err = ERR_ABSENT;
    else if ((size_t)PQgetlength(result, 0, 0) >= size)
        err = error_set(&ctl->error, ERR_SIZE, "", "a value is longer than %zu octets", size - 1);
    else
        memcpy(out, PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0) + 1);
    PQclear(result);
    return err;
}

int sql_script(struct ctl *ctl, const char *text)
{
    PGresult *result = exec_script(ctl, text);
    int err = 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        err = fail_from(ctl, result);
    PQclear(result);
    return err;
}

int sql_begin(struct ctl *ctl)
{
    return sql_script(ctl, "begin");
}

int sql_begin_reading(struct ctl *ctl)
{
    return sql_script(ctl, "begin isolation level repeatable read, read only");
}

int sql_commit(struct ctl *ctl)
{
    return sql_script(ctl, "commit");
}

void sql_rollback(struct ctl *ctl)
{
    PGresult *result;

    if (PQtransactionStatus(ctl->db) == PQTRANS_IDLE)
        return;
    result = PQexec(ctl->db, "rollback");
    PQclear(result);
}

int sql_audit(struct ctl *ctl, const char *action, const char *object, json_t *detail)
{
    char *text = detail ? json_dumps(detail, JSON_COMPACT) : NULL;
    int err = sql_do(ctl, "audit_add", 4, ctl->actor, action, object, text);

    free(text);
    json_decref(detail);
    return err < 0 ? err : 0;
}

int sql_finish(struct ctl *ctl, int err, const char *action, const char *object, json_t *detail)
{
    if (err) {
        json_decref(detail);
        return err;
    }
    err = sql_audit(ctl, action, object, detail);
    return err ? err : sql_commit(ctl);
}

/* Fills the error: there is none of this name. Adds the existing names, as many as fit. */
static int error_known(struct error *error, const char *option, const PGresult *known)
{
    char names[100] = "", more[32] = "";
    size_t used = 0;
    int row = 0, rows = PQntuples(known);

    for (; row < rows; row++) {
        const char *name = PQgetvalue(known, row, 0);

        if (used + strlen(name) + 2 >= sizeof names)
            break;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", row ? ", " : "", name);
    }
    if (row < rows)
        snprintf(more, sizeof more, " and %d more", rows - row);
    return error_set(error, ERR_ABSENT, option, "there is none of this name; there %s %s%s",
                     rows == 1 ? "is" : "are", rows ? names : "none at all", more);
}

/* Refuses a slug that does not exist. The statement lists the existing slugs, slug ($1) first. */
static int filter(struct ctl *ctl, const char *option, const char *slug, const char *statement)
{
    PGresult *known;
    int err = 0;

    if (!slug)
        return 0;
    known = sql_query(ctl, statement, 1, slug);
    if (!known)
        return ctl->error.code;
    if (PQntuples(known) == 0 || strcmp(PQgetvalue(known, 0, 0), slug) != 0)
        err = error_known(&ctl->error, option, known);
    PQclear(known);
    return err;
}

int sql_filter_agency(struct ctl *ctl, const char *option, const char *slug)
{
    return filter(ctl, option, slug, "agency_slugs");
}

int sql_filter_district(struct ctl *ctl, const char *option, const char *slug)
{
    return filter(ctl, option, slug, "district_slugs");
}

int sql_agency(struct ctl *ctl, const char *slug, char out[16])
{
    int err = sql_value(ctl, out, 16, "agency_id", 1, slug);

    return err == ERR_ABSENT ? sql_filter_agency(ctl, "AGENCY", slug) : err;
}

int sql_district(struct ctl *ctl, const char *slug, char out[16])
{
    int err = sql_value(ctl, out, 16, "district_id", 1, slug);

    return err == ERR_ABSENT ? sql_filter_district(ctl, "DISTRICT", slug) : err;
}

int sql_check_zone(struct ctl *ctl, const char *zone)
{
    char known[8];
    int err = zone ? zone_check_region(zone, "--zone", &ctl->error) : 0;

    if (err || !zone)
        return err;
    err = sql_value(ctl, known, sizeof(known), "zone_known", 1, zone);
    return err == ERR_ABSENT ? error_set(&ctl->error, ERR_VALUE, "--zone",
                                         "must be an IANA time zone, as America/Chicago")
                             : err;
}
