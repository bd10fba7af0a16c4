/*
 * One PostgreSQL connection on a loop: jobs are transactions, which run in order, once each, and
 * are stored completely or not at all.
 */
#include "db_bench.h"

#include <unistd.h>

/* ---- Jobs that are committed ---- */

static void test_what_a_job_did_is_there_once_it_ended(void **state)
{
    (void)state;
    wait_up();
    struct job *job = submit(0, add_cb);
    assert_int_equal(db_pending(db), 1);
    must_end(job, DB_COMMITTED, "");
    assert_int_equal(notes(), 1);
    assert_int_equal(job->results, 1);
    assert_int_equal(db_pending(db), 0);
}

static void test_jobs_run_and_end_in_the_order_of_submission(void **state)
{
    (void)state;
    wait_up();
    for (int i = 0; i < 20; i++)
        submit(i, add_cb);
    RUN_UNTIL(ended == 20);
    for (int i = 0; i < 20; i++) {
        must_end(&jobs[i], DB_COMMITTED, "");
        assert_int_equal(jobs[i].turn, i);
    }
    assert_int_equal(notes(), 20);
    assert_int_equal(
        ask_int("select count(*) from (select n, lag(n) over (order by ctid) as before "
                "from test_db_note) o where n < before"),
        0);
}

static void counted_cb(struct db_job *step, PGresult *result, void *ctx)
{
    struct job *job = ctx;

    job->results = atoi(PQgetvalue(result, 0, 0));
    if (job->results < 4) {
        add_number(step, job->results, NULL, NULL);
        db_exec_text(step, "count", counted_cb, job, 0);
    }
}

static void count_cb(struct db_job *step, void *ctx)
{
    db_exec_text(step, "count", counted_cb, ctx, 0);
}

static void test_a_result_may_queue_further_steps(void **state)
{
    (void)state;
    wait_up();
    must_end(submit(0, count_cb), DB_COMMITTED, "");
    assert_int_equal(jobs[0].results, 4);
    assert_int_equal(notes(), 4);
}

static void test_a_job_without_steps_ends_well(void **state)
{
    (void)state;
    wait_up();
    must_end(submit(0, nothing_cb), DB_COMMITTED, "");
}

/* What is logged meanwhile goes to that file. */
static void log_into(FILE *file)
{
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
}

/* The second of the two is refused: the number is there already. */
static void test_a_statement_alone_is_run_and_its_refusal_logged(void **state)
{
    char logged[512] = "";
    FILE *log = tmpfile(), *before = fdopen(dup(STDERR_FILENO), "w");

    (void)state;
    wait_up();
    log_init("test_db", LOG_LEVEL_WARN);
    log_into(log);
    assert_int_equal(db_run(db, "add_seven"), 0);
    assert_int_equal(db_run(db, "add_seven"), 0);
    RUN_UNTIL(db_pending(db) == 0);
    log_into(before);
    log_init("test_db", LOG_LEVEL_ERROR);
    rewind(log);
    assert_true(fread(logged, 1, sizeof logged - 1, log) > 0);
    fclose(log);
    fclose(before);
    assert_int_equal(notes(), 1);
    assert_non_null(strstr(logged, "statement=add_seven sqlstate=23505"));
}

static void late_cb(struct db_job *step, PGresult *result, void *ctx)
{
    struct job *job = ctx;

    (void)result;
    job->results++;
    job->late_exec = db_exec_text(step, "count", NULL, NULL, 0);
}

static void commit_now_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, NULL, NULL);
    db_exec_text(step, "count", late_cb, ctx, 0);
    db_commit_now(step);
}

static void test_after_commit_now_results_still_come_but_may_not_queue(void **state)
{
    (void)state;
    wait_up();
    must_end(submit(0, commit_now_cb), DB_COMMITTED, "");
    assert_int_equal(jobs[0].results, 1);
    assert_int_equal(jobs[0].late_exec, ERR_STATE);
    assert_int_equal(notes(), 1);
}

/* While the loop does other work, PostgreSQL sees an idle transaction, which it may terminate. */
static void between_flights_cb(struct db_job *step, PGresult *result, void *ctx)
{
    struct job *job = ctx;
    char state[64] = "";

    (void)result;
    for (int i = 0; i < DEADLINE_TICKS && strcmp(state, "idle in transaction") != 0; i++) {
        ask("select state from pg_stat_activity where " OURS, state);
        uv_sleep(1);
    }
    assert_string_equal(state, "idle in transaction");
    job->results++;
    db_exec_text(step, "setting", counted_cb, job, 0);
}

static void flights_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, between_flights_cb, ctx);
}

static void test_a_job_that_hangs_between_its_flights_is_ended_by_the_server(void **state)
{
    (void)state;
    wait_up();
    must_end(submit(0, flights_cb), DB_COMMITTED, "");
    assert_int_equal(notes(), 1);
    assert_int_equal(jobs[0].results, 5000); /* the server's time-out, in milliseconds */
}

/* ---- Jobs that are refused ---- */

static void broken_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, result_cb, ctx);
    db_exec_text(step, "divide", result_cb, ctx, 1, "0");
    add_number(step, 2, result_cb, ctx);
}

static void test_a_statement_that_runs_too_long_is_ended_by_the_server(void **state)
{
    (void)state;
    db_close(db, closed_cb, NULL);
    RUN_UNTIL(closed == 1);
    closed = 0;
    db = open_with(100, NULL);
    wait_up();
    must_end(submit(0, sleep_cb), DB_REFUSED, "57014");
    must_end(submit(1, add_cb), DB_COMMITTED, ""); /* the connection still works */
}

static void timeouts_cb(struct db_job *step, PGresult *result, void *ctx)
{
    (void)step;
    assert_string_equal(PQgetvalue(result, 0, 0), "2000 60000");
    ((struct job *)ctx)->results++;
}

static void ask_timeouts_cb(struct db_job *step, void *ctx)
{
    db_exec_text(step, "timeouts", timeouts_cb, ctx, 0);
}

static void test_no_statement_runs_without_a_limit(void **state)
{
    (void)state;
    wait_up();
    must_end(submit(0, ask_timeouts_cb), DB_COMMITTED, "");
    assert_int_equal(jobs[0].results, 1);
}

static void test_the_server_ends_what_it_runs_for_a_connection_that_was_closed(void **state)
{
    (void)state;
    wait_up();
    submit(0, sleep_cb);
    RUN_UNTIL(we_sleep());
    db_close(db, closed_cb, NULL);
    RUN_UNTIL(our_backend() == -1);
}

static void test_an_error_in_the_middle_undoes_the_job_and_is_told(void **state)
{
    (void)state;
    wait_up();
    struct job *broken = submit(0, broken_cb), *next = submit(1, add_cb);
    must_end(broken, DB_REFUSED, "22012");
    assert_string_equal(broken->error.text, "division by zero");
    assert_false(db_error_is_outage(&broken->error));
    assert_int_equal(broken->results, 1); /* the one before it */
    must_end(next, DB_COMMITTED, "");
    assert_int_equal(notes(), 1);
    assert_int_equal(ups, 1);
}

static void broken_at_once_cb(struct db_job *step, void *ctx)
{
    broken_cb(step, ctx);
    db_commit_now(step);
}

static void test_an_error_before_a_commit_that_was_sent_undoes_the_job(void **state)
{
    (void)state;
    wait_up();
    must_end(submit(0, broken_at_once_cb), DB_REFUSED, "22012");
    assert_int_equal(notes(), 0);
    must_end(submit(1, add_cb), DB_COMMITTED, "");
}

static void twice_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, result_cb, ctx);
    add_number(step, 1, result_cb, ctx);
}

static void test_a_deferred_constraint_refuses_at_commit(void **state)
{
    (void)state;
    wait_up();
    struct job *twice = submit(0, twice_cb), *next = submit(1, add_cb);
    must_end(twice, DB_REFUSED, "23505");
    assert_int_equal(twice->results, 2);
    must_end(next, DB_COMMITTED, "");
    assert_int_equal(notes(), 1);
}

static void abandon_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, result_cb, ctx);
    db_abandon(step, "changed our mind");
    ((struct job *)ctx)->late_exec = db_exec_text(step, "count", NULL, NULL, 0);
}

static void abandon_later_result_cb(struct db_job *step, PGresult *result, void *ctx)
{
    (void)ctx;
    (void)result;
    db_abandon(step, "changed our mind");
}

static void abandon_later_cb(struct db_job *step, void *ctx)
{
    add_number(step, 1, abandon_later_result_cb, ctx);
}

static void test_an_abandoned_job_stores_nothing(void **state)
{
    (void)state;
    wait_up();
    struct job *at_once = submit(0, abandon_cb), *later = submit(1, abandon_later_cb);
    struct job *next = submit(2, add_cb);
    must_end(at_once, DB_REFUSED, "");
    assert_string_equal(at_once->error.text, "changed our mind");
    assert_int_equal(at_once->late_exec, ERR_STATE);
    must_end(later, DB_REFUSED, "");
    must_end(next, DB_COMMITTED, "");
    assert_int_equal(notes(), 1);
}

/* ---- Failures ---- */

static void test_a_conninfo_that_is_none_is_told_without_repeating_it(void **state)
{
    struct error error = {0};

    (void)state;
    assert_null(db_open(&loop, &(struct db_options){"password secret", NULL, NULL, NULL, 0},
                        statements, 1, &error));
    assert_int_equal(error.code, ERR_SYNTAX);
    assert_string_equal(error.field, "database.conninfo");
    assert_null(strstr(error.reason, "secret"));
}

static void test_an_outage_is_told_from_bad_data_by_its_sqlstate(void **state)
{
    static const struct {
        const char *sqlstate;
        bool outage, data;
    } cases[] = {{"08006", true, false}, {"40001", true, false},  {"40P01", true, false},
                 {"53100", true, false}, {"57P01", true, false},  {"57014", true, false},
                 {"58030", true, false}, {"XX000", true, false},  {"25006", true, false},
                 {"55P03", true, false}, {"", true, false},       {"23505", false, true},
                 {"22012", false, true}, {"22021", false, true},  {"54000", false, true},
                 {"P0001", false, true}, {"25P02", false, false}, {"42501", false, false},
                 {"42883", false, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct db_error error = {0};

        strcpy(error.sqlstate, cases[i].sqlstate);
        if (db_error_is_outage(&error) != cases[i].outage ||
            db_error_is_data(&error) != cases[i].data)
            fail_msg("%s", cases[i].sqlstate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_a_job_did_is_there_once_it_ended),
        TEST(test_jobs_run_and_end_in_the_order_of_submission),
        TEST(test_a_result_may_queue_further_steps),
        TEST(test_a_job_without_steps_ends_well),
        TEST(test_a_statement_alone_is_run_and_its_refusal_logged),
        TEST(test_after_commit_now_results_still_come_but_may_not_queue),
        TEST(test_a_job_that_hangs_between_its_flights_is_ended_by_the_server),
        TEST(test_a_statement_that_runs_too_long_is_ended_by_the_server),
        TEST(test_no_statement_runs_without_a_limit),
        TEST(test_the_server_ends_what_it_runs_for_a_connection_that_was_closed),
        TEST(test_an_error_in_the_middle_undoes_the_job_and_is_told),
        TEST(test_an_error_before_a_commit_that_was_sent_undoes_the_job),
        TEST(test_a_deferred_constraint_refuses_at_commit),
        TEST(test_an_abandoned_job_stores_nothing),
        TEST(test_a_conninfo_that_is_none_is_told_without_repeating_it),
        TEST(test_an_outage_is_told_from_bad_data_by_its_sqlstate),
    };

    return have_server() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
