#include "db_private.h"

#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Expected answers ---- */

void db_expect_push(struct db *db, enum db_expected kind, db_result_cb cb, void *ctx)
{
    if (db->expect_count == db->expect_room) {
        size_t room = db->expect_room ? db->expect_room * 2 : 64;
        struct db_expect *grown = calloc(room, sizeof *grown);
        if (!grown)
            abort(); /* a few hundred octets: the program cannot go on without them */
        for (size_t i = 0; i < db->expect_count; i++)
            grown[i] = db->expect[(db->expect_head + i) % db->expect_room];
        free(db->expect);
        db->expect = grown;
        db->expect_head = 0;
        db->expect_room = room;
    }
    size_t at = (db->expect_head + db->expect_count++) % db->expect_room;
    db->expect[at] = (struct db_expect){.kind = kind, .cb = cb, .ctx = ctx};
}

static struct db_expect *expect_first(struct db *db)
{
    return db->expect_count ? &db->expect[db->expect_head] : NULL;
}

static void expect_pop(struct db *db)
{
    db->expect_head = (db->expect_head + 1) % db->expect_room;
    db->expect_count--;
}

/* Whether an answer is outstanding whose callback may queue more steps. */
static bool owes_answers(const struct db *db)
{
    for (size_t i = 0; i < db->expect_count; i++) {
        const struct db_expect *x = &db->expect[(db->expect_head + i) % db->expect_room];
        if (x->kind == DB_X_STEP && x->cb)
            return true;
    }
    return false;
}

/* ---- Jobs ---- */

static struct db_job *current(struct db *db)
{
    return db->running ? STAILQ_FIRST(&db->queue) : NULL;
}

static void end_job(struct db *db, struct db_job *job, enum db_outcome outcome)
{
    STAILQ_REMOVE(&db->queue, job, db_job, link);
    db->pending--;
    db->running = false;
    if (!db->broken)
        uv_timer_stop(&db->timer);
    job->done(job->ctx, outcome, &job->error);
    free(job);
}

static int send_control(struct db *db, const char *sql, enum db_expected kind)
{
    if (PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0) != 1)
        return ERR_DB;
    db_expect_push(db, kind, NULL, NULL);
    return 0;
}

int db_send_sync(struct db *db, enum db_expected kind)
{
    if (PQpipelineSync(db->conn) != 1)
        return ERR_DB;
    db_expect_push(db, kind, NULL, NULL);
    db->unflushed = false;
    return 0;
}

static void fail_job(struct db_job *job, const char *sqlstate, const char *text)
{
    if (job->failed)
        return;
    job->failed = true;
    snprintf(job->error.sqlstate, sizeof job->error.sqlstate, "%s", sqlstate ? sqlstate : "");
    snprintf(job->error.text, sizeof job->error.text, "%s", text ? text : "");
    job->error.text[strcspn(job->error.text, "\n")] = '\0';
}

/* Advances the running job as far as it can go without another answer. */
static void advance(struct db *db)
{
    struct db_job *job = current(db);

    if (!job || db->closing)
        return;
    if (job->phase == DB_P_RUNNING && job->failed) {
        job->phase = DB_P_ABORTING;
        db_send_sync(db, DB_X_SYNC);
    } else if (job->phase == DB_P_RUNNING && (job->commit_now || !owes_answers(db))) {
        job->phase = DB_P_COMMITTING;
        send_control(db, "commit", DB_X_COMMIT);
        db_send_sync(db, DB_X_SYNC);
    }
    db_push(db);
}

static void synced(struct db *db)
{
    struct db_job *job = current(db);

    if (!job)
        return;
    if (job->phase == DB_P_ROLLBACK) {
        end_job(db, job, DB_REFUSED);
    } else if (job->failed) {
        job->phase = DB_P_ROLLBACK;
        send_control(db, "rollback", DB_X_CONTROL);
        db_send_sync(db, DB_X_SYNC);
        return;
    } else {
        end_job(db, job, DB_COMMITTED);
    }
    db_start_next(db);
}

void db_start_next(struct db *db)
{
    struct db_job *job = STAILQ_FIRST(&db->queue);

    if (db->closing || db->running || !job || db->state != DB_S_READY)
        return;
    db->running = true;
    db_watch_job(db);
    send_control(db, "begin", DB_X_CONTROL);
    db->unflushed = true;
    job->step(job, job->ctx);
    advance(db);
}

int db_submit(struct db *db, db_step_cb step, db_done_cb done, void *ctx)
{
    if (db->closing || db->state != DB_S_READY)
        return ERR_STATE;
    struct db_job *job = calloc(1, sizeof *job);
    if (!job)
        return ERR_NOMEM;
    *job = (struct db_job){.db = db, .step = step, .done = done, .ctx = ctx};
    STAILQ_INSERT_TAIL(&db->queue, job, link);
    db->pending++;
    if (db->depth == 0)
        db_start_next(db);
    return 0;
}

static void run_step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, ctx, NULL, NULL, 0);
}

static void run_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    char *statement = ctx;

    if (outcome == DB_REFUSED)
        log_warn("statement_refused", "statement=%s sqlstate=%s", statement, error->sqlstate);
    free(statement);
}

int db_run(struct db *db, const char *statement)
{
    char *copy = strdup(statement);
    int err = copy ? db_submit(db, run_step_cb, run_done_cb, copy) : ERR_NOMEM;

    if (err)
        free(copy);
    return err;
}

int db_exec(struct db_job *job, const char *statement, const struct db_params *params,
            bool binary_results, db_result_cb result, void *ctx)
{
    struct db *db = job->db;

    if (job->phase != DB_P_RUNNING || job->failed)
        return ERR_STATE;
    if (PQsendQueryPrepared(db->conn, statement, params->count, params->values, params->lengths,
                            params->formats, binary_results) != 1) {
        fail_job(job, "", PQerrorMessage(db->conn));
        return ERR_DB;
    }
    db_expect_push(db, DB_X_STEP, result, ctx);
    db->unflushed = true;
    return 0;
}

int db_exec_text(struct db_job *job, const char *statement, db_result_cb result, void *ctx,
                 int count, ...)
{
    const char *values[DB_MAX_TEXT_PARAMS];
    va_list args;

    if (count > DB_MAX_TEXT_PARAMS)
        return ERR_SIZE;
    va_start(args, count);
    for (int i = 0; i < count; i++)
        values[i] = va_arg(args, const char *);
    va_end(args);
    return db_exec(job, statement, &(struct db_params){.count = count, .values = values}, false,
                   result, ctx);
}

void db_commit_now(struct db_job *job)
{
    job->commit_now = true;
}

void db_abandon(struct db_job *job, const char *why)
{
    fail_job(job, "", why);
}

void db_refuse(struct db_job *job, const char *sqlstate, const char *why)
{
    fail_job(job, sqlstate, why);
}

struct db_statement *db_statements_join(const struct db_statement_list *lists, size_t list_count,
                                        size_t *count)
{
    struct db_statement *all, *at;

    *count = 0;
    for (size_t i = 0; i < list_count; i++)
        *count += lists[i].count;
    all = at = calloc(*count + 1, sizeof *all); /* calloc(0) may return NULL */
    if (!all)
        return NULL;
    for (size_t i = 0; i < list_count; at += lists[i++].count)
        memcpy(at, lists[i].first, lists[i].count * sizeof *at);
    return all;
}

const char *db_statement_text(const struct db_statement_list *lists, size_t list_count,
                              const char *name)
{
    for (size_t i = 0; i < list_count; i++)
        for (size_t j = 0; j < lists[i].count; j++)
            if (strcmp(lists[i].first[j].name, name) == 0)
                return lists[i].first[j].sql;
    fprintf(stderr, "there is no statement %s\n", name);
    abort();
}

size_t db_pending(const struct db *db)
{
    return db->pending;
}

bool db_is_up(const struct db *db)
{
    return db->state == DB_S_READY;
}

bool db_error_is_outage(const struct db_error *error)
{
    /* 08 connection, 25006 read-only, 40 serialisation or deadlock, 53 resources, 55P03 lock not
     * available, 57 operator intervention, 58 system error, XX internal error. */
    static const char *const classes[] = {"08", "25006", "40", "53", "55P03", "57", "58", "XX"};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(error->sqlstate, classes[i], strlen(classes[i])) == 0)
            return true;
    return error->sqlstate[0] == '\0';
}

bool db_error_is_data(const struct db_error *error)
{
    /* 22 data exception, 23 integrity constraint, 54 program limit, P0 raised in a function. */
    static const char *const classes[] = {"22", "23", "54", "P0"};

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strncmp(error->sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

/* ---- Answers ---- */

/* Whether this result ends the connection: libpq made it, or it is the server's last message. */
static bool is_last_word(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return !severity || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}

/* A function gives other columns than when the statement was prepared: the schema was upgraded. */
static bool is_outdated(const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

    return sqlstate && function && strcmp(sqlstate, "0A000") == 0 &&
           strcmp(function, "RevalidateCachedQuery") == 0;
}

static void cannot_prepare(struct db *db, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *statement = expect_first(db)->ctx;
    struct db_error error;
    char quoted[200];

    snprintf(error.sqlstate, sizeof error.sqlstate, "%s", sqlstate ? sqlstate : "");
    log_error("db_prepare", "statement=%s sqlstate=%s text=%s", statement ? statement : "",
              error.sqlstate, log_quote(text ? text : "", quoted, sizeof quoted));
    if (!db->partial || !statement || db_error_is_outage(&error))
        db_lost(db, "a statement cannot be prepared");
}

static void take_error(struct db *db, const PGresult *result)
{
    struct db_job *job = current(db);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (job && job->phase == DB_P_COMMITTING && is_last_word(result)) {
        db_lost(db, "lost while committing"); /* not refused: it may have been stored */
    } else if (job && is_outdated(result)) {
        db_lost(db, "the schema was upgraded"); /* statements are prepared anew */
    } else if (job) {
        fail_job(job, sqlstate, text);
    } else {
        cannot_prepare(db, result);
    }
}

static void take_result(struct db *db, PGresult *result)
{
    struct db_expect *x = expect_first(db);
    struct db_job *job = current(db);

    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC: {
        bool flight = x->kind == DB_X_FLIGHT;

        expect_pop(db);
        if (flight)
            break;
        if (db->state == DB_S_PREPARING)
            db_prepared(db);
        else
            synced(db);
        break;
    }
    case PGRES_PIPELINE_ABORTED:
        x->got = true;
        break;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK: {
        x->got = true;
        db_result_cb cb = x->cb;
        if (x->kind == DB_X_COMMIT && strcmp(PQcmdStatus(result), "COMMIT") != 0)
            fail_job(job, "", "the server rolled back");
        else if (cb && job && !job->failed)
            cb(job, result, x->ctx);
        break;
    }
    default:
        x->got = true;
        take_error(db, result);
        break;
    }
}

/* Handles every answer that has arrived, then advances the job. */
void db_process(struct db *db)
{
    int idle = 0;

    db->depth++;
    while (!db->closing && db->conn && db->expect_count && !PQisBusy(db->conn) && idle < 2) {
        PGresult *result = PQgetResult(db->conn);
        struct db_expect *x = expect_first(db);

        if (!result) { /* the end of one command's answer */
            idle = x->got ? 0 : idle + 1;
            if (x->got)
                expect_pop(db);
            continue;
        }
        idle = 0;
        take_result(db, result);
        PQclear(result);
    }
    if (!db->closing && db->state == DB_S_READY) {
        advance(db);
        db_start_next(db);
    }
    db->depth--;
}

void db_end_all(struct db *db)
{
    struct db_job *job = current(db);

    if (job)
        end_job(db, job, job->phase == DB_P_COMMITTING && !job->failed ? DB_UNKNOWN : DB_GONE);
    while ((job = STAILQ_FIRST(&db->queue)))
        end_job(db, job, DB_GONE);
}
