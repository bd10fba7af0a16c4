/*
 * The guard limits a peer's octets before they are a complete message, with the installed libzmq. A
 * connection that sends only complete messages is never cut, however many it sends.
 */
#include "services/intake/session/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PATIENCE_MS = 30000,
    STEP_MS = 20,
    FRAME = 1 << 20,
    MOST_EACH = 3 << 20,
    MOST_ALL = 64 << 20
};

static void *context, *router, *client, *monitor;
static char endpoint[256], *body;

static void *open_socket(int type)
{
    void *socket = zmq_socket(context, type);
    int zero = 0;

    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    return socket;
}

static int open_all(bool counted)
{
    size_t size = sizeof endpoint;
    int no = 0;

    context = zmq_ctx_new();
    zmq_ctx_set(context, 10 /* ZMQ_ZERO_COPY_RECV, as intake sets it */, no);
    router = open_socket(ZMQ_ROUTER);
    assert_int_equal(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size);
    guard_open(MOST_EACH, MOST_ALL);
    guard_listen(counted ? atoi(strrchr(endpoint, ':') + 1) : 0);
    client = open_socket(ZMQ_DEALER);
    zmq_socket_monitor(client, "inproc://client", ZMQ_EVENT_DISCONNECTED);
    monitor = open_socket(ZMQ_PAIR);
    zmq_connect(monitor, "inproc://client");
    zmq_connect(client, endpoint);
    body = calloc(1, FRAME);
    return body ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    return open_all(true);
}

static int setup_uncounted(void **state)
{
    (void)state;
    return open_all(false);
}

static int teardown(void **state)
{
    (void)state;
    zmq_socket_monitor(client, NULL, 0);
    zmq_close(monitor);
    zmq_close(client);
    zmq_close(router);
    zmq_ctx_term(context);
    guard_tick();
    free(body);
    return 0;
}

static bool has_input(void *socket, int ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};

    return zmq_poll(&item, 1, ms) > 0;
}

static void send_frames(int count, size_t size)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(zmq_send(client, body, size, i + 1 < count ? ZMQ_SNDMORE : 0), (int)size);
}

/* Receives a message as zsock does; returns how many frames the peer sent. */
static size_t take(void)
{
    static struct zsock_message message;
    int more = 1;

    assert_true(has_input(router, PATIENCE_MS));
    message.count = message.carried = 0;
    while (more) {
        zmq_msg_t *frame = &message.frame[message.count++];

        zmq_msg_init(frame);
        assert_true(zmq_msg_recv(frame, router, 0) >= 0);
        more = zmq_msg_more(frame);
        message.carried += zmq_msg_size(frame) + 33 + (zmq_msg_size(frame) > 222 ? 9 : 2);
    }
    guard_taken(&message);
    for (size_t i = 0; i < message.count; i++)
        zmq_msg_close(&message.frame[i]);
    return message.count - 1;
}

static void test_message_of_too_many_octets_is_cut_before_it_is_whole(void **state)
{
    int dropped = 0;

    (void)state;
    send_frames(1, 10);
    assert_int_equal(take(), 1);
    send_frames(30, FRAME);
    assert_true(has_input(monitor, PATIENCE_MS)); /* the client has lost its connection */
    for (int ms = 0; dropped == 0 && ms < PATIENCE_MS; ms += STEP_MS) {
        dropped = guard_tick();
        has_input(router, STEP_MS);
    }
    assert_true(dropped > 0);
    assert_true(guard_held() <= MOST_EACH + FRAME);
}

static void test_whole_messages_are_never_too_many(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        send_frames(2, FRAME);
        assert_int_equal(take(), 2);
    }
    for (int i = 0; i < 5000; i++) {
        send_frames(3, 1);
        assert_int_equal(take(), 3);
    }
    assert_false(has_input(monitor, 0));
    assert_int_equal(guard_tick(), 0);
    assert_true(guard_held() < 65536);
}

static void test_one_frame_of_the_largest_size_is_always_taken(void **state)
{
    (void)state;
    guard_open(MOST_EACH, 0); /* no budget is left */
    send_frames(1, FRAME);
    assert_int_equal(take(), 1);
    assert_int_equal(guard_tick(), 0);
}

static void test_ports_that_are_not_the_routers_are_not_counted(void **state)
{
    (void)state;
    send_frames(8, FRAME);
    assert_int_equal(take(), 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_message_of_too_many_octets_is_cut_before_it_is_whole),
        TEST(test_whole_messages_are_never_too_many),
        TEST(test_one_frame_of_the_largest_size_is_always_taken),
        cmocka_unit_test_setup_teardown(test_ports_that_are_not_the_routers_are_not_counted,
                                        setup_uncounted, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
