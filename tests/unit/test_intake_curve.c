/*
 * Nobody gets in while the ZAP handler is absent, dead or slow, whatever libzmq would do by itself.
 * After "try later" the client tries again. A message without a user id is recognised.
 */
#include "services/intake/session/intake_curve.h"
#include "services/intake/session/zap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum {
    PATIENCE_MS = 20000,
    STEP_MS = 20,
    AWAY = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED
};

static void *context, *router, *client, *monitor, *handler;
static char server_public[41], server_secret[41], endpoint[256];
static int seen; /* socket events of the client, ORed */

static void open_handler(void)
{
    int zero = 0;

    handler = zmq_socket(context, ZMQ_REP);
    zmq_setsockopt(handler, ZMQ_LINGER, &zero, sizeof zero);
    assert_int_equal(zmq_bind(handler, "inproc://zeromq.zap.01"), 0);
}

static void close_socket(void **socket)
{
    if (*socket)
        zmq_close(*socket);
    *socket = NULL;
}

static void open_router(bool secure)
{
    struct error error = {0};
    size_t size = sizeof endpoint;
    int zero = 0;

    router = zmq_socket(context, ZMQ_ROUTER);
    zmq_setsockopt(router, ZMQ_LINGER, &zero, sizeof zero);
    if (secure)
        assert_int_equal(curve_secure(router, server_secret, &error), 0);
    assert_int_equal(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
}

static void connect_client(bool curve)
{
    char public[41], secret[41];
    int zero = 0, short_ms = 500;

    zmq_curve_keypair(public, secret);
    client = zmq_socket(context, ZMQ_DEALER);
    zmq_setsockopt(client, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(client, ZMQ_HANDSHAKE_IVL, &short_ms, sizeof short_ms);
    if (curve) {
        zmq_setsockopt(client, ZMQ_CURVE_SERVERKEY, server_public, 41);
        zmq_setsockopt(client, ZMQ_CURVE_PUBLICKEY, public, 41);
        zmq_setsockopt(client, ZMQ_CURVE_SECRETKEY, secret, 41);
    }
    zmq_socket_monitor(client, "inproc://client-monitor", ZMQ_EVENT_ALL);
    monitor = zmq_socket(context, ZMQ_PAIR);
    zmq_setsockopt(monitor, ZMQ_LINGER, &zero, sizeof zero);
    zmq_connect(monitor, "inproc://client-monitor");
    zmq_connect(client, endpoint);
    assert_int_equal(zmq_send(client, "hello", 5, ZMQ_DONTWAIT), 5);
}

/* Reads the client's socket events for one step. */
static void step(void)
{
    zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};
    unsigned char frame[64];
    char text[256];

    if (zmq_poll(&item, 1, STEP_MS) <= 0)
        return;
    zmq_recv(monitor, frame, sizeof frame, 0);
    zmq_recv(monitor, text, sizeof text, 0);
    seen |= frame[0] | frame[1] << 8;
}

static bool has_message(void)
{
    zmq_pollitem_t item = {.socket = router, .events = ZMQ_POLLIN};

    return zmq_poll(&item, 1, 0) > 0;
}

static void wait_for(int events)
{
    for (int ms = 0; !(seen & events) && ms < PATIENCE_MS; ms += STEP_MS)
        step();
    assert_true(seen & events);
}

/* Answers one ZAP request of libzmq. */
static void answer(const char *status, const char *user)
{
    char id[64], frame[256];
    int more = 1, size_of_id = 0;
    size_t size = sizeof more;
    zmq_pollitem_t item = {.socket = handler, .events = ZMQ_POLLIN};

    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    for (int i = 0; more; i++) {
        int n = i == 1 ? zmq_recv(handler, id, sizeof id, 0)
                       : zmq_recv(handler, frame, sizeof frame, 0);

        assert_true(n >= 0);
        size_of_id = i == 1 ? n : size_of_id;
        zmq_getsockopt(handler, ZMQ_RCVMORE, &more, &size);
    }
    zmq_send(handler, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(handler, id, (size_t)size_of_id, ZMQ_SNDMORE);
    zmq_send(handler, status, 3, ZMQ_SNDMORE);
    zmq_send(handler, "", 0, ZMQ_SNDMORE);
    zmq_send(handler, user, strlen(user), ZMQ_SNDMORE);
    zmq_send(handler, "", 0, 0);
}

/* Receives the client's message; returns its user id by curve_user, or NULL. */
static const char *take_message(struct zsock_message *message)
{
    zmq_pollitem_t item = {.socket = router, .events = ZMQ_POLLIN};

    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    for (message->count = 0; message->count < 2; message->count++) {
        zmq_msg_init(&message->frame[message->count]);
        assert_true(zmq_msg_recv(&message->frame[message->count], router, 0) >= 0);
    }
    return curve_user(message);
}

static void close_message(struct zsock_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        zmq_msg_close(&message->frame[i]);
}

static int setup(void **state)
{
    (void)state;
    context = zmq_ctx_new();
    seen = 0;
    return zmq_curve_keypair(server_public, server_secret);
}

static int teardown(void **state)
{
    (void)state;
    close_socket(&client);
    close_socket(&monitor);
    close_socket(&router);
    close_socket(&handler);
    return zmq_ctx_term(context);
}

static void test_without_a_handler_nobody_gets_in(void **state)
{
    (void)state;
    open_router(true);
    connect_client(true);
    wait_for(AWAY);
    assert_false(seen & ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_false(has_message());
}

static void test_once_the_handler_is_dead_nobody_gets_in(void **state)
{
    (void)state;
    open_handler();
    open_router(true);
    close_socket(&handler);
    connect_client(true);
    wait_for(AWAY);
    assert_false(seen & ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_false(has_message());
}

static void test_handler_that_is_slow_lets_nobody_in_until_it_answers(void **state)
{
    struct zsock_message message;

    (void)state;
    open_handler();
    open_router(true);
    connect_client(true);
    wait_for(AWAY); /* the client times out first, and tries again */
    assert_false(seen & ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_false(has_message());
    while (!(seen & ZMQ_EVENT_HANDSHAKE_SUCCEEDED)) {
        answer("200", "somebody");
        for (int ms = 0; !(seen & ZMQ_EVENT_HANDSHAKE_SUCCEEDED) && ms < 1000; ms += STEP_MS)
            step();
    }
    assert_string_equal(take_message(&message), "somebody");
    close_message(&message);
}

static void test_status_300_makes_a_client_try_again_by_itself(void **state)
{
    struct zsock_message message;

    (void)state;
    open_handler();
    open_router(true);
    connect_client(true);
    answer("300", "");
    answer("200", "somebody");
    assert_string_equal(take_message(&message), "somebody");
    close_message(&message);
}

static void test_user_without_a_name_is_nobody_that_a_key_would_match(void **state)
{
    struct zsock_message message;

    (void)state;
    open_handler();
    open_router(true);
    connect_client(true);
    answer("200", "");
    const char *user = take_message(&message);
    assert_true(user == NULL || user[0] == '\0');
    close_message(&message);
}

static void test_message_without_a_user_id_is_known_as_such(void **state)
{
    struct zsock_message message;

    (void)state;
    open_router(false);
    connect_client(false);
    assert_null(take_message(&message));
    close_message(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_without_a_handler_nobody_gets_in),
        TEST(test_once_the_handler_is_dead_nobody_gets_in),
        TEST(test_handler_that_is_slow_lets_nobody_in_until_it_answers),
        TEST(test_status_300_makes_a_client_try_again_by_itself),
        TEST(test_user_without_a_name_is_nobody_that_a_key_would_match),
        TEST(test_message_without_a_user_id_is_known_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
