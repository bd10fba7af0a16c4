/*
 * The bus: wake-ups are received as they were published; other messages are ignored.
 */
#include "bus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

enum { DEADLINE_MS = 10000 };

static uv_loop_t loop;
static void *context;
static struct bus *speaker, *listener;
static struct error error;

static struct heard {
    int count;
    char topic[16];
    int district;
    int64_t id;
} heard;

static void heard_cb(void *ctx, const char *topic, int district, int64_t id)
{
    assert_ptr_equal(ctx, &heard);
    heard.count++;
    snprintf(heard.topic, sizeof heard.topic, "%s", topic);
    heard.district = district;
    heard.id = id;
}

static int setup(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    memset(&error, 0, sizeof error);
    speaker = listener = NULL;
    context = zmq_ctx_new();
    return uv_loop_init(&loop);
}

static int teardown(void **state)
{
    (void)state;
    bus_close(speaker);
    bus_close(listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&loop);
    zmq_ctx_term(context);
    return err;
}

static void late_cb(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Runs the loop until more than count wake-ups were received, or the time is over. */
static bool hear_more_than(int count, unsigned ms)
{
    bool late = false;
    uv_timer_t timer;

    uv_timer_init(&loop, &timer);
    timer.data = &late;
    uv_timer_start(&timer, late_cb, ms, 0);
    while (heard.count <= count && !late)
        uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    return heard.count > count;
}

/* A subscription takes a while to become active, so this publishes until the wake-up arrives. */
static void publish_until_heard(struct bus *bus, const char *topic, int district, int64_t id)
{
    for (int i = 0; i < DEADLINE_MS / 10; i++) {
        bus_publish(bus, topic, district, id);
        if (hear_more_than(heard.count, 10))
            return;
    }
    fail_msg("%s %d was not heard", topic, district);
}

static void must_be(const char *topic, int district, int64_t id)
{
    assert_string_equal(heard.topic, topic);
    assert_int_equal(heard.district, district);
    assert_true(heard.id == id);
}

static struct bus *open_bus(const char *publish, const char *subscribe)
{
    struct bus *bus =
        bus_open(&loop, context, publish, subscribe, subscribe ? heard_cb : NULL, &heard, &error);

    if (!bus)
        fail_msg("%s", error.reason);
    return bus;
}

static void test_a_wake_up_is_heard_as_it_was_published(void **state)
{
    (void)state;
    speaker = open_bus("inproc://bus", NULL);
    listener = open_bus("", "inproc://bus");
    publish_until_heard(speaker, "change", 3, 17);
    must_be("change", 3, 17);
    publish_until_heard(speaker, "alert", 2147483647, INT64_MAX);
    must_be("alert", 2147483647, INT64_MAX);
}

static void test_a_listener_hears_every_publisher_of_its_list(void **state)
{
    (void)state;
    speaker = open_bus("inproc://two", NULL);
    listener = open_bus("inproc://one", "inproc://one, inproc://two");
    publish_until_heard(listener, "change", 1, 1);
    must_be("change", 1, 1);
    publish_until_heard(speaker, "alert", 2, 2);
    must_be("alert", 2, 2);
}

static void test_what_is_no_wake_up_is_passed_over(void **state)
{
    static const char *const noise[] = {"", "keys", "change", "change 3", "change x 4"};
    char longest[80];
    void *plain = zmq_socket(context, ZMQ_PUB);
    bool good = false;

    (void)state;
    snprintf(longest, sizeof longest, "change 3 %070d", 4);
    assert_int_equal(zmq_bind(plain, "inproc://noise"), 0);
    listener = open_bus(NULL, "inproc://noise");
    for (int i = 0; i < DEADLINE_MS / 10 && !good; i++) {
        for (size_t n = 0; n < 5; n++)
            zmq_send(plain, noise[n], strlen(noise[n]), 0);
        zmq_send(plain, longest, strlen(longest), 0);
        zmq_send(plain, "change 3 4", 10, ZMQ_SNDMORE);
        zmq_send(plain, "more", 4, 0);
        zmq_send(plain, "change 7 8", 10, 0);
        good = hear_more_than(0, 10);
    }
    zmq_close(plain);
    assert_true(good);
    must_be("change", 7, 8);
}

static void test_a_bus_that_publishes_nothing_takes_what_is_published(void **state)
{
    (void)state;
    speaker = open_bus(NULL, NULL);
    bus_publish(speaker, "change", 1, 1);
    bus_close(NULL);
}

static void test_an_endpoint_that_cannot_be_is_told(void **state)
{
    char many[600];

    (void)state;
    memset(many, ',', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    assert_null(bus_open(&loop, context, "nonsense", NULL, NULL, NULL, &error));
    assert_memory_equal(error.reason, "cannot bind: ", 13);
    assert_null(bus_open(&loop, context, NULL, "inproc://a,nonsense", heard_cb, &heard, &error));
    assert_memory_equal(error.reason, "cannot connect: ", 16);
    assert_null(bus_open(&loop, context, NULL, many, heard_cb, &heard, &error));
    assert_int_equal(error.code, ERR_SIZE);
}

static void close_cb(void *ctx, const char *topic, int district, int64_t id)
{
    heard_cb(ctx, topic, district, id);
    bus_close(listener);
    listener = NULL;
}

static void test_a_bus_may_be_closed_by_what_it_hears(void **state)
{
    (void)state;
    speaker = open_bus("inproc://bus", NULL);
    listener = bus_open(&loop, context, NULL, "inproc://bus", close_cb, &heard, &error);
    for (int i = 0; i < DEADLINE_MS / 10 && listener; i++) {
        bus_publish(speaker, "change", 1, 1);
        bus_publish(speaker, "change", 1, 2);
        hear_more_than(0, 10);
    }
    assert_null(listener);
    assert_int_equal(heard.count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_wake_up_is_heard_as_it_was_published),
        TEST(test_a_listener_hears_every_publisher_of_its_list),
        TEST(test_what_is_no_wake_up_is_passed_over),
        TEST(test_a_bus_that_publishes_nothing_takes_what_is_published),
        TEST(test_an_endpoint_that_cannot_be_is_told),
        TEST(test_a_bus_may_be_closed_by_what_it_hears),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
