/*
 * One PostgreSQL connection on a loop, when the server stops, crashes or is absent, and when the
 * connection is closed: every job gets its outcome, which is "unknown" if it cannot be known.
 */
#include "db_bench.h"

#include <signal.h>

/* ---- The server goes away ---- */

static void end_our_backend(void)
{
    char sql[64], out[64];

    RUN_UNTIL(our_backend() > 0);
    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d)", our_backend());
    ask(sql, out);
    assert_string_equal(out, "t");
}

/* Like a crash: the server sends no message, terminates all other sessions, and recovers. */
static void kill_our_backend(void)
{
    int pid = our_backend();

    assert_true(pid > 0);
    if (kill(pid, SIGKILL) != 0) {
        print_message("the server's processes are not ours to kill: skipped\n");
        skip();
    }
}

static void hold_commits(void)
{
    char out[64];

    ask("select pg_advisory_lock(4711)", out);
}

static void must_come_back(int times)
{
    RUN_UNTIL(ups == times && db_is_up(db));
    must_end(submit(9, add_cb), DB_COMMITTED, ""); /* the statements are prepared again */
}

static void test_a_job_cut_off_before_its_commit_is_gone_and_stored_nothing(void **state)
{
    (void)state;
    wait_up();
    struct job *cut = submit(0, sleep_cb), *queued = submit(1, add_cb), *last = submit(2, add_cb);
    RUN_UNTIL(we_sleep());
    end_our_backend();
    RUN_UNTIL(ended == 3);
    assert_int_equal(cut->outcome, DB_GONE);
    assert_int_equal(queued->outcome, DB_GONE);
    assert_int_equal(last->outcome, DB_GONE);
    assert_true(cut->turn < queued->turn && queued->turn < last->turn);
    assert_true(db_error_is_outage(&cut->error));
    assert_int_equal(downs, 1);
    assert_int_equal(notes(), 0);
    must_come_back(2);
    assert_int_equal(cut->done + queued->done + last->done, 3);
}

static void test_a_server_ended_while_it_commits_leaves_it_unknown(void **state)
{
    (void)state;
    hold_commits();
    wait_up();
    struct job *slow = submit(0, slow_cb), *queued = submit(1, add_cb);
    RUN_UNTIL(our_commit_waits());
    end_our_backend();
    RUN_UNTIL(ended == 2);
    assert_int_equal(slow->outcome, DB_UNKNOWN);
    assert_int_equal(queued->outcome, DB_GONE);
    must_come_back(2);
}

static void test_a_server_killed_while_it_commits_leaves_it_unknown(void **state)
{
    (void)state;
    hold_commits();
    wait_up();
    struct job *slow = submit(0, slow_cb);
    RUN_UNTIL(our_commit_waits());
    kill_our_backend();
    RUN_UNTIL(slow->done);
    assert_int_equal(slow->outcome, DB_UNKNOWN);
    must_come_back(2);
}

static void test_after_a_restart_of_the_server_it_comes_back_by_itself(void **state)
{
    (void)state;
    wait_up();
    kill_our_backend();
    RUN_UNTIL(downs == 1);
    must_come_back(2);
    end_our_backend(); /* a second time */
    RUN_UNTIL(downs == 2);
    RUN_UNTIL(ups == 3);
}

/* So large that libpq sends in pieces: at the first it finds that nobody reads, at the second it
 * reads the end of the connection, and closes the socket. */
static void large_cb(struct db_job *step, void *ctx)
{
    static char text[1 << 20];

    memset(text, 'a', sizeof text - 1);
    for (int i = 0; i < 3; i++)
        db_exec_text(step, "measure", NULL, ctx, 1, text);
}

static void test_an_end_that_sending_finds_is_an_outage_too(void **state)
{
    (void)state;
    wait_up();
    kill_our_backend();
    uv_sleep(200); /* the socket's other end is closed; the loop has not seen it */
    struct job *job = submit(0, large_cb), *queued = submit(1, add_cb);
    RUN_UNTIL(job->done && queued->done);
    assert_int_equal(job->outcome, DB_GONE);
    assert_int_equal(queued->outcome, DB_GONE);
    assert_int_equal(downs, 1);
    must_come_back(2);
}

static void test_closing_after_such_an_end_ends_its_job(void **state)
{
    (void)state;
    wait_up();
    kill_our_backend();
    uv_sleep(200);
    struct job *job = submit(0, large_cb);
    assert_false(job->done);
    db_close(db, closed_cb, NULL);
    RUN_UNTIL(closed);
    must_end(job, DB_GONE, "");
}

static void test_while_it_is_down_nothing_can_be_submitted(void **state)
{
    (void)state;
    assert_false(db_is_up(db)); /* not yet connected */
    assert_int_equal(submit_to_end_in(&jobs[0], add_cb, done_cb), ERR_STATE);
    wait_up();
    end_our_backend();
    RUN_UNTIL(downs == 1);
    assert_int_equal(submit_when_down, ERR_STATE);
    assert_int_equal(submit_to_end_in(&jobs[0], add_cb, done_cb), ERR_STATE);
    assert_int_equal(db_pending(db), 0);
    must_come_back(2);
    assert_int_equal(jobs[0].done + jobs[MAX_JOBS - 1].done, 0);
}

static void test_a_server_that_is_not_there_is_tried_again(void **state)
{
    struct db *real = db;

    (void)state;
    wait_up();
    db = db_open(&loop,
                 &(struct db_options){"host=/nonexistent dbname=none", up_cb, down_cb, NULL, 0},
                 statements, 1, NULL);
    assert_non_null(db);
    uint64_t until = uv_now(&loop) + 350; /* the first tries are 100 and 200 ms apart */
    RUN_UNTIL(uv_now(&loop) > until);
    assert_false(db_is_up(db));
    db_close(db, NULL, NULL);
    db = real;
}

/* ---- Closing ---- */

static void test_closing_ends_every_job_that_is_left_as_gone(void **state)
{
    (void)state;
    wait_up();
    submit(0, sleep_cb);
    for (int i = 1; i < 5; i++)
        submit(i, add_cb);
    RUN_UNTIL(we_sleep());
    db_close(db, closed_cb, NULL);
    RUN_UNTIL(closed);
    assert_int_equal(ended, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(jobs[i].done, 1);
        assert_int_equal(jobs[i].outcome, DB_GONE);
        assert_int_equal(jobs[i].turn, i);
    }
    assert_int_equal(notes(), 0);
}

static void close_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    done_cb(ctx, outcome, error);
    db_close(db, closed_cb, NULL);
}

static void test_it_may_be_closed_when_a_job_ends(void **state)
{
    (void)state;
    wait_up();
    assert_int_equal(submit_to_end_in(&jobs[0], add_cb, close_done_cb), 0);
    submit(1, add_cb);
    RUN_UNTIL(closed);
    assert_int_equal(jobs[0].outcome, DB_COMMITTED);
    assert_int_equal(jobs[1].outcome, DB_GONE);
    assert_int_equal(notes(), 1);
}

static void test_it_may_be_closed_when_the_connection_is_lost(void **state)
{
    (void)state;
    wait_up();
    assert_int_equal(submit_to_end_in(&jobs[0], sleep_cb, close_done_cb), 0);
    submit(1, add_cb);
    RUN_UNTIL(we_sleep());
    end_our_backend();
    RUN_UNTIL(closed);
    assert_int_equal(ended, 2);
    assert_int_equal(jobs[1].outcome, DB_GONE);
}

static void test_it_may_be_closed_before_it_was_ever_up(void **state)
{
    (void)state;
    db_close(db, closed_cb, NULL);
    RUN_UNTIL(closed);
    assert_int_equal(ups, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_job_cut_off_before_its_commit_is_gone_and_stored_nothing),
        TEST(test_a_server_ended_while_it_commits_leaves_it_unknown),
        TEST(test_a_server_killed_while_it_commits_leaves_it_unknown),
        TEST(test_an_end_that_sending_finds_is_an_outage_too),
        TEST(test_closing_after_such_an_end_ends_its_job),
        TEST(test_after_a_restart_of_the_server_it_comes_back_by_itself),
        TEST(test_while_it_is_down_nothing_can_be_submitted),
        TEST(test_a_server_that_is_not_there_is_tried_again),
        TEST(test_closing_ends_every_job_that_is_left_as_gone),
        TEST(test_it_may_be_closed_when_a_job_ends),
        TEST(test_it_may_be_closed_when_the_connection_is_lost),
        TEST(test_it_may_be_closed_before_it_was_ever_up),
    };

    return have_server() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
