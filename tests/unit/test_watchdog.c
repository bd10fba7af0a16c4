/*
 * The watchdog: the messages that a supervisor gets, and the end of a process whose loop hangs when
 * there is no supervisor.
 */
#include "watchdog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_S = 20 };

static char directory[] = "/tmp/liaison-watchdog-XXXXXX";

/* Opens a socket at an abstract name or a path, and sets NOTIFY_SOCKET to it. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = PATIENCE_S};
    size_t size = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    memcpy(address.sun_path, name, size);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)),
                     0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void assert_heard(int fd, const char *expected)
{
    char text[64] = "";
    ssize_t size = recv(fd, text, sizeof text - 1, 0);

    assert_true(size > 0);
    assert_string_equal(text, expected);
}

/* Watchdog messages may come before the expected one. */
static void assert_heard_at_last(int fd, const char *expected)
{
    char text[64];
    ssize_t size;

    do {
        size = recv(fd, text, sizeof text - 1, 0);
        assert_true(size > 0);
        text[size] = '\0';
    } while (strcmp(text, "WATCHDOG=1") == 0);
    assert_string_equal(text, expected);
}

static void stop_cb(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, NULL);
}

static void hear_a_life(const char *name)
{
    struct watchdog watchdog;
    uv_timer_t other;
    uv_loop_t loop;
    int fd = listen_at(name);

    setenv("WATCHDOG_USEC", "30000", 1);
    uv_loop_init(&loop);
    watchdog_open(&watchdog, &loop);
    watchdog_ready(&watchdog);
    assert_int_equal(watchdog.alarm_s, 0);
    assert_heard(fd, "WATCHDOG=1");
    assert_heard(fd, "READY=1");
    assert_int_equal(uv_loop_alive(&loop), 0); /* it does not keep the loop alive */
    uv_timer_init(&loop, &other);
    uv_timer_start(&other, stop_cb, 100, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_heard(fd, "WATCHDOG=1");
    watchdog_close(&watchdog);
    assert_heard_at_last(fd, "STOPPING=1");
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    close(fd);
}

static void test_a_supervisor_hears_ready_beats_and_the_end(void **state)
{
    char path[80];

    (void)state;
    snprintf(path, sizeof path, "%s/notify", directory);
    hear_a_life(path);
    snprintf(path, sizeof path, "@liaison-watchdog-%d", getpid());
    hear_a_life(path);
}

static void stand_still_cb(uv_timer_t *timer)
{
    (void)timer;
    for (int i = 0; i < PATIENCE_S; i++)
        sleep(1);
}

/* The wait status of a process whose loop calls callback after some time. */
static int live(uv_timer_cb callback, uint64_t after_ms)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct watchdog watchdog;
        uv_timer_t timer;
        uv_loop_t loop;

        uv_loop_init(&loop);
        watchdog_open(&watchdog, &loop);
        watchdog_ready(&watchdog);
        uv_timer_init(&loop, &timer);
        uv_timer_start(&timer, callback, after_ms, 0);
        uv_run(&loop, UV_RUN_DEFAULT);
        watchdog_close(&watchdog);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_ends_by_alarm(void)
{
    int status = live(stand_still_cb, 1);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), WATCHDOG_EXIT);
}

static void test_with_no_listener_a_loop_that_stands_still_ends_the_process(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "1000000", 1);
    assert_ends_by_alarm();
}

static void test_a_socket_that_cannot_be_used_leaves_the_alarm(void **state)
{
    (void)state;
    setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    assert_ends_by_alarm();
}

static void test_a_loop_that_turns_outlives_the_interval(void **state)
{
    int status;

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "2000000", 1);
    status = live(stop_cb, 4500);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_no_interval_or_another_process_means_no_watchdog(void **state)
{
    struct watchdog watchdog;
    uv_loop_t loop;

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    uv_loop_init(&loop);
    unsetenv("WATCHDOG_USEC");
    watchdog_open(&watchdog, &loop);
    assert_false(watchdog.beating);
    watchdog_close(&watchdog);
    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    watchdog_open(&watchdog, &loop);
    assert_false(watchdog.beating);
    assert_int_equal(watchdog.alarm_s, 0);
    watchdog_close(&watchdog);
    unsetenv("WATCHDOG_PID");
    uv_loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_supervisor_hears_ready_beats_and_the_end),
        cmocka_unit_test(test_with_no_listener_a_loop_that_stands_still_ends_the_process),
        cmocka_unit_test(test_a_socket_that_cannot_be_used_leaves_the_alarm),
        cmocka_unit_test(test_a_loop_that_turns_outlives_the_interval),
        cmocka_unit_test(test_no_interval_or_another_process_means_no_watchdog),
    };
    int failed;

    if (mkdtemp(directory) == NULL)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    char path[80];
    snprintf(path, sizeof path, "%s/notify", directory);
    unlink(path);
    rmdir(directory);
    return failed;
}
