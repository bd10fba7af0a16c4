/*
 * What the tests of common/db share: a loop with a deadline, a second connection that looks from
 * outside, and jobs that write down how they ended. They need a server: LIAISON_TEST_CONNINFO is a
 * superuser's connection string to a database that may be written to (tests/integration/
 * test_common_db.py gives one); without it nothing is tested.
 */
#ifndef TESTS_DB_BENCH_H
#define TESTS_DB_BENCH_H

#include "db.h"
#include "log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TICK_MS = 10, DEADLINE_TICKS = 3000, MAX_JOBS = 32 };

#define OURS "application_name = 'test_db_ours'"

static const struct db_statement statements[] = {
    {"add", "insert into test_db_note values ($1::int)"},
    {"add_seven", "insert into test_db_note values (7)"},
    {"count", "select count(*) from test_db_note"},
    {"measure", "select length($1::text)"},
    {"divide", "select 1 / $1::int"},
    {"sleep", "select pg_sleep(60)"},
    {"setting", "select setting from pg_settings where name = "
                "'idle_in_transaction_session_timeout'"},
    {"timeouts", "select string_agg(setting, ' ' order by name) from pg_settings where name in "
                 "('statement_timeout', 'client_connection_check_interval')"},
    {"slow", "insert into test_db_slow values ($1::int)"},
};

static const char schema[] =
    "set client_min_messages = error;"
    "select pg_terminate_backend(pid) from pg_stat_activity where " OURS ";"
    "drop table if exists test_db_note, test_db_slow;"
    "create table test_db_note (n int unique deferrable initially deferred);"
    "create table test_db_slow (n int);"
    "create or replace function test_db_wait() returns trigger language plpgsql as "
    "'begin perform pg_advisory_xact_lock(4711); return null; end';"
    "create constraint trigger wait after insert on test_db_slow deferrable initially deferred "
    "for each row execute function test_db_wait();";

static uv_loop_t loop;
static uv_timer_t tick;
static int ticks;
static PGconn *admin; /* looks at the database from outside, and blocks while it does */
static struct db *db;
static int ups, downs, closed;

/* ---- Running the loop, and looking from outside ---- */

static inline void tick_cb(uv_timer_t *timer)
{
    (void)timer;
    ticks++;
}

#define RUN_UNTIL(condition)                                     \
    do {                                                         \
        uv_timer_start(&tick, tick_cb, TICK_MS, TICK_MS);        \
        for (ticks = 0; !(condition) && ticks < DEADLINE_TICKS;) \
            uv_run(&loop, UV_RUN_ONCE);                          \
        uv_timer_stop(&tick);                                    \
        if (ticks >= DEADLINE_TICKS)                             \
            fail_msg("never came: %s", #condition);              \
    } while (0)

static inline void ask(const char *sql, char out[64])
{
    if (PQstatus(admin) != CONNECTION_OK)
        PQreset(admin);
    PGresult *result = PQexec(admin, sql);
    const char *value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";

    snprintf(out, 64, "%s", value);
    PQclear(result);
}

static inline int ask_int(const char *sql) /* -1: no answer, as while the server recovers */
{
    char out[64];

    ask(sql, out);
    return out[0] ? atoi(out) : -1;
}

static inline int notes(void)
{
    return ask_int("select count(*) from test_db_note");
}

static inline int our_backend(void)
{
    return ask_int("select pid from pg_stat_activity where " OURS);
}

static inline bool we_sleep(void)
{
    return ask_int(
               "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and " OURS) == 1;
}

static inline bool our_commit_waits(void)
{
    return ask_int(
               "select count(*) from pg_stat_activity where wait_event = 'advisory' and " OURS) ==
           1;
}

/* ---- Jobs ---- */

struct job {
    db_step_cb step;
    int number;
    int done, results;
    int turn; /* which of all that ended it was */
    enum db_outcome outcome;
    struct db_error error;
    int late_exec; /* what db_exec said where it was too late */
};

static struct job jobs[MAX_JOBS];
static int ended;
static bool submitting;

static inline void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct job *job = ctx;

    assert_false(submitting); /* never from inside of db_submit */
    job->done++;
    job->turn = ended++;
    job->outcome = outcome;
    job->error = *error;
}

static inline int submit_to_end_in(struct job *job, db_step_cb step, db_done_cb done)
{
    job->step = step;
    job->number = (int)(job - jobs);
    submitting = true;
    int err = db_submit(db, step, done, job);
    submitting = false;
    return err;
}

static inline struct job *submit(int i, db_step_cb step)
{
    assert_int_equal(submit_to_end_in(&jobs[i], step, done_cb), 0);
    return &jobs[i];
}

static inline void must_end(struct job *job, enum db_outcome outcome, const char *sqlstate)
{
    RUN_UNTIL(job->done);
    if (job->done != 1 || job->outcome != outcome || strcmp(job->error.sqlstate, sqlstate) != 0)
        fail_msg("ended %d times as %d [%s] %s, not %d [%s]", job->done, job->outcome,
                 job->error.sqlstate, job->error.text, outcome, sqlstate);
}

static inline void add_number(struct db_job *step, int number, db_result_cb result, void *ctx)
{
    char text[16];

    snprintf(text, sizeof text, "%d", number);
    assert_int_equal(db_exec_text(step, "add", result, ctx, 1, text), 0);
}

static inline void result_cb(struct db_job *step, PGresult *result, void *ctx)
{
    (void)step;
    (void)result;
    ((struct job *)ctx)->results++;
}

static inline void add_cb(struct db_job *step, void *ctx)
{
    struct job *job = ctx;

    add_number(step, job->number, result_cb, job);
}

static inline void nothing_cb(struct db_job *step, void *ctx)
{
    (void)step;
    (void)ctx;
}

static inline void sleep_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, NULL, NULL);
    db_exec_text(step, "sleep", result_cb, ctx, 0);
}

static inline void slow_cb(struct db_job *step, void *ctx)
{
    (void)ctx;
    db_exec_text(step, "slow", NULL, NULL, 1, "1");
}

/* ---- Setting up ---- */

static inline void up_cb(void *ctx)
{
    (void)ctx;
    ups++;
}

static int submit_when_down;

static inline void down_cb(void *ctx)
{
    (void)ctx;
    downs++;
    submit_when_down = db_submit(db, nothing_cb, done_cb, &jobs[MAX_JOBS - 1]);
}

static inline void closed_cb(void *ctx)
{
    (void)ctx;
    closed++;
}

static inline struct db *open_with(int statement_ms, struct error *error)
{
    char conninfo[512];

    snprintf(conninfo, sizeof conninfo, "%s application_name=test_db_ours",
             getenv("LIAISON_TEST_CONNINFO"));
    return db_open(&loop, &(struct db_options){conninfo, up_cb, down_cb, NULL, statement_ms},
                   statements, sizeof statements / sizeof *statements, error);
}

static inline struct db *open_ours(struct error *error)
{
    return open_with(0, error);
}

static inline void ignore_notice_cb(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

/* The server may still recover from what the test before did to it. */
static inline bool connect_admin(void)
{
    for (int i = 0; i < DEADLINE_TICKS; i++) {
        admin = PQconnectdb(getenv("LIAISON_TEST_CONNINFO"));
        if (PQstatus(admin) == CONNECTION_OK) {
            PQsetNoticeProcessor(admin, ignore_notice_cb, NULL);
            return true;
        }
        PQfinish(admin);
        uv_sleep(TICK_MS);
    }
    return false;
}

static inline int setup(void **state)
{
    (void)state;
    memset(jobs, 0, sizeof jobs);
    ups = downs = closed = ended = submit_when_down = 0;
    if (!connect_admin())
        return -1;
    PGresult *result = PQexec(admin, schema);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK;

    if (!good)
        print_error("%s", PQerrorMessage(admin));
    PQclear(result);
    uv_loop_init(&loop);
    uv_timer_init(&loop, &tick);
    db = open_ours(NULL);
    return good && db ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    if (!closed)
        db_close(db, closed_cb, NULL);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    PQfinish(admin);
    int err = uv_loop_close(&loop); /* fails if a handle was left */
    return err ? err : closed != 1;
}

static inline void wait_up(void)
{
    RUN_UNTIL(db_is_up(db));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Whether there is a server; says so if not. */
static inline bool have_server(void)
{
    log_init("test_db", LOG_LEVEL_ERROR);
    if (getenv("LIAISON_TEST_CONNINFO"))
        return true;
    printf("skipped: LIAISON_TEST_CONNINFO is not set (tests/integration/test_common_db.py)\n");
    return false;
}

#endif
