/*
 * The daemon: in which order a service is opened, reloaded, drained and closed, and what signals do
 * at each stage.
 */
#include "daemon.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct daemon daemon_;
static struct error error;

/* A service that keeps a timer open, and records which hooks were called. */
static struct service {
    struct daemon *daemon;
    uv_timer_t timer;
    void (*begin)(struct service *service); /* called in the first iteration of the loop */
    int start_result, reload_result;
    char told[80];
} service;

static void note(struct service *of, const char *word)
{
    strncat(of->told, word, sizeof of->told - strlen(of->told) - 1);
}

static void begin_cb(uv_timer_t *timer)
{
    struct service *of = timer->data;

    if (of->begin)
        of->begin(of);
}

static int start_cb(void *ctx, struct daemon *daemon, struct error *why)
{
    struct service *of = ctx;

    note(of, "start ");
    of->daemon = daemon;
    uv_timer_init(&daemon->loop, &of->timer);
    of->timer.data = of;
    uv_timer_start(&of->timer, begin_cb, 1, 0);
    return of->start_result ? error_set(why, of->start_result, "it", "does not start") : 0;
}

static void end_cb(uv_timer_t *timer)
{
    struct service *of = timer->data;

    note(of, "drained ");
    daemon_stop(of->daemon, 0);
}

static int reload_cb(void *ctx, struct error *why)
{
    struct service *of = ctx;

    note(of, "reload ");
    raise(SIGTERM);
    return of->reload_result ? error_set(why, of->reload_result, "it", "is bad") : 0;
}

static void drain_cb(void *ctx)
{
    struct service *of = ctx;

    note(of, "drain ");
    uv_timer_start(&of->timer, end_cb, 1, 0);
}

static void stop_cb(void *ctx)
{
    struct service *of = ctx;

    note(of, "stop ");
    uv_close((uv_handle_t *)&of->timer, NULL);
}

static void free_cb(void *ctx)
{
    note(ctx, "free");
}

static const struct daemon_hooks hooks = {.start = start_cb,
                                          .reload = reload_cb,
                                          .drain = drain_cb,
                                          .stop = stop_cb,
                                          .free = free_cb};

static int setup(void **state)
{
    (void)state;
    service = (struct service){0};
    error = (struct error){0};
    return daemon_log("test", "error", &error);
}

static void hang_up(struct service *of)
{
    (void)of;
    raise(SIGHUP);
}

static void test_a_service_is_reloaded_drained_and_closed_in_this_order(void **state)
{
    (void)state;
    service.begin = hang_up;
    assert_int_equal(daemon_run(&daemon_, &hooks, &service, &error), 0);
    assert_string_equal(service.told, "start reload drain drained stop free");
    assert_int_equal(daemon_.status, 0);
}

static void test_a_reload_that_fails_leaves_the_service_running(void **state)
{
    (void)state;
    service.begin = hang_up;
    service.reload_result = ERR_VALUE;
    assert_int_equal(daemon_run(&daemon_, &hooks, &service, &error), 0);
    assert_string_equal(service.told, "start reload drain drained stop free");
}

static void test_a_start_that_fails_is_told_and_what_was_opened_is_closed(void **state)
{
    (void)state;
    service.start_result = ERR_IO;
    assert_int_equal(daemon_run(&daemon_, &hooks, &service, &error), ERR_IO);
    assert_string_equal(service.told, "start stop free");
    assert_string_equal(error.field, "it");
    assert_int_equal(daemon_.status, 1);
}

static void stop_twice(struct service *of)
{
    daemon_stop(of->daemon, 7);
    daemon_stop(of->daemon, 8);
}

static void test_a_service_may_end_itself_once_with_a_status(void **state)
{
    (void)state;
    service.begin = stop_twice;
    assert_int_equal(daemon_run(&daemon_, &hooks, &service, &error), 0);
    assert_string_equal(service.told, "start stop free");
    assert_int_equal(daemon_.status, 7);
}

static void terminate(struct service *of)
{
    (void)of;
    raise(SIGTERM);
}

static void drain_for_ever_cb(void *ctx)
{
    (void)ctx;
    raise(SIGTERM);
    _exit(3);
}

/* The exit status of a child that runs the service, or minus the signal that ended it. */
static int run_in_child(const struct daemon_hooks *of)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        _exit(daemon_run(&daemon_, of, &service, &error) == 0 ? daemon_.status : 9);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_a_second_signal_ends_a_service_that_drains_too_long(void **state)
{
    struct daemon_hooks stuck = hooks;

    (void)state;
    stuck.drain = drain_for_ever_cb;
    service.begin = terminate;
    assert_int_equal(run_in_child(&stuck), -SIGTERM);
}

static void test_without_a_reload_a_hang_up_ends_the_process(void **state)
{
    struct daemon_hooks plain = hooks;

    (void)state;
    plain.reload = NULL;
    service.begin = hang_up;
    assert_int_equal(run_in_child(&plain), -SIGHUP);
}

static void test_a_level_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_int_equal(daemon_log("test", "loud", &error), ERR_VALUE);
    assert_string_equal(error.field, "log.level");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_service_is_reloaded_drained_and_closed_in_this_order, setup),
        cmocka_unit_test_setup(test_a_reload_that_fails_leaves_the_service_running, setup),
        cmocka_unit_test_setup(test_a_start_that_fails_is_told_and_what_was_opened_is_closed,
                               setup),
        cmocka_unit_test_setup(test_a_service_may_end_itself_once_with_a_status, setup),
        cmocka_unit_test_setup(test_a_second_signal_ends_a_service_that_drains_too_long, setup),
        cmocka_unit_test_setup(test_without_a_reload_a_hang_up_ends_the_process, setup),
        cmocka_unit_test_setup(test_a_level_that_is_none_is_refused, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
