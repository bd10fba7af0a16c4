/*
 * ZeroMQ sockets on a loop: every message is received although ZMQ_FD is edge-triggered, and a
 * socket can be watched and closed at any time. The loop really sleeps in these tests, so a message
 * whose edge was lost is not received before the deadline.
 */
#include "zsock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { DEADLINE_MS = 10000 };

static uv_loop_t loop;
static void *context;
static struct zsock *sock; /* the one under test; NULL once closed */
static void *peer;         /* a plain ZeroMQ socket, used without a loop */
static struct error error;

static struct heard {
    int count;
    int this_turn, most_a_turn;
    char last[16];
    size_t frames;
    bool overlong;
    bool in_order;
} heard;

static void note(const struct zsock_message *message)
{
    zmq_msg_t *frame = (zmq_msg_t *)&message->frame[message->count - 1];
    size_t size = zmq_msg_size(frame) < 15 ? zmq_msg_size(frame) : 15;
    char expected[16];

    memcpy(heard.last, zmq_msg_data(frame), size);
    heard.last[size] = '\0';
    snprintf(expected, sizeof expected, "%d", heard.count++);
    heard.in_order = heard.in_order && strcmp(heard.last, expected) == 0;
    heard.frames = message->count;
    heard.overlong = message->overlong;
    if (++heard.this_turn > heard.most_a_turn)
        heard.most_a_turn = heard.this_turn;
}

static void note_cb(void *ctx, struct zsock_message *message)
{
    (void)ctx;
    note(message);
}

static int setup(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    heard.in_order = true;
    sock = NULL;
    peer = NULL;
    context = zmq_ctx_new();
    return uv_loop_init(&loop);
}

static int teardown(void **state)
{
    (void)state;
    zsock_close(sock);
    if (peer)
        zmq_close(peer);
    uv_run(&loop, UV_RUN_DEFAULT);
    int err = uv_loop_close(&loop); /* fails if a handle was left */
    zmq_ctx_term(context);          /* hangs if a socket was left */
    return err;
}

static void late_cb(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Runs the loop, which sleeps, until count messages were received or the time is over. */
static void run(int count, unsigned ms)
{
    bool late = false;
    uv_timer_t timer;

    uv_timer_init(&loop, &timer);
    timer.data = &late;
    uv_timer_start(&timer, late_cb, ms, 0);
    while (heard.count < count && !late) {
        heard.this_turn = 0;
        uv_run(&loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void must_hear(int count)
{
    run(count, DEADLINE_MS);
    assert_int_equal(heard.count, count);
}

/* Lets the loop finish the work of opening and binding, so that only an edge can wake it. */
static void settle(void)
{
    for (int i = 0; i < 50; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void open_pair(int type, int peer_type, zsock_readable_cb readable, const char *endpoint)
{
    int none = 0;
    char bound[128];
    size_t size = sizeof bound;

    sock = zsock_open(&loop, context, type, readable, NULL, &error);
    assert_non_null(sock);
    zmq_setsockopt(zsock_handle(sock), ZMQ_RCVHWM, &none, sizeof none);
    assert_int_equal(zsock_bind(sock, endpoint, &error), 0);
    zmq_getsockopt(zsock_handle(sock), ZMQ_LAST_ENDPOINT, bound, &size);
    peer = zmq_socket(context, peer_type);
    zmq_setsockopt(peer, ZMQ_SNDHWM, &none, sizeof none);
    zmq_setsockopt(peer, ZMQ_LINGER, &none, sizeof none);
    assert_int_equal(zmq_connect(peer, bound), 0);
    settle();
}

static void peer_says(int number)
{
    char text[16];

    assert_true(zmq_send(peer, text, (size_t)snprintf(text, sizeof text, "%d", number), 0) > 0);
}

/* Waits until the socket has something to read of which the loop does not know yet. */
static void wait_for_edge(void)
{
    struct pollfd fd = {.events = POLLIN};
    size_t size = sizeof fd.fd;

    zmq_getsockopt(zsock_handle(sock), ZMQ_FD, &fd.fd, &size);
    assert_int_equal(poll(&fd, 1, DEADLINE_MS), 1);
}

static void hear_many_over(const char *endpoint)
{
    open_pair(ZMQ_PULL, ZMQ_PUSH, note_cb, endpoint);
    for (int i = 0; i < 2000; i++)
        peer_says(i);
    must_hear(2000);
    assert_true(heard.in_order);
}

static void test_many_messages_at_once_all_arrive_over_inproc(void **state)
{
    (void)state;
    hear_many_over("inproc://many");
}

static void test_many_messages_at_once_all_arrive_over_tcp(void **state)
{
    (void)state;
    hear_many_over("tcp://127.0.0.1:*");
}

static void test_one_socket_does_not_keep_the_loop_for_itself(void **state)
{
    (void)state;
    hear_many_over("inproc://turns");
    assert_in_range(heard.most_a_turn, 1, 256);
}

static void test_messages_one_by_one_each_wake_the_loop(void **state)
{
    (void)state;
    open_pair(ZMQ_PULL, ZMQ_PUSH, note_cb, "tcp://127.0.0.1:*");
    for (int i = 0; i < 300; i++) {
        peer_says(i);
        must_hear(i + 1);
        settle();
    }
    assert_true(heard.in_order);
}

/* ---- Edges consumed by a send ---- */

static void answer_cb(void *ctx, struct zsock_message *message)
{
    (void)ctx;
    note(message);
    if (heard.count < 300) {
        peer_says(heard.count); /* the next message arrives while this one is handled */
        zsock_send(sock, &(struct zsock_part){"answer", 6}, 1);
    }
}

static void test_a_send_inside_of_the_callback_does_not_eat_the_next_message(void **state)
{
    (void)state;
    open_pair(ZMQ_PAIR, ZMQ_PAIR, answer_cb, "inproc://answer");
    peer_says(0);
    must_hear(300);
    assert_true(heard.in_order);
}

static void test_a_send_before_the_wake_up_does_not_eat_it(void **state)
{
    (void)state;
    open_pair(ZMQ_PAIR, ZMQ_PAIR, note_cb, "inproc://before");
    for (int i = 0; i < 20; i++) {
        peer_says(i);
        wait_for_edge();
        assert_int_equal(zsock_send(sock, &(struct zsock_part){"x", 1}, 1), 0);
        must_hear(i + 1);
        settle();
    }
}

static void test_a_send_that_fails_does_not_eat_the_wake_up(void **state)
{
    int on = 1;

    (void)state;
    open_pair(ZMQ_ROUTER, ZMQ_DEALER, note_cb, "inproc://fails");
    zmq_setsockopt(zsock_handle(sock), ZMQ_ROUTER_MANDATORY, &on, sizeof on);
    for (int i = 0; i < 20; i++) {
        const struct zsock_part to_nobody[] = {{"nobody", 6}, {"x", 1}};

        peer_says(i);
        wait_for_edge();
        assert_int_equal(zsock_send(sock, to_nobody, 2), ERR_STATE);
        must_hear(i + 1);
        settle();
    }
}

static void test_a_send_without_a_peer_says_so_and_never_blocks(void **state)
{
    (void)state;
    sock = zsock_open(&loop, context, ZMQ_DEALER, note_cb, NULL, &error);
    assert_int_equal(zsock_send(sock, &(struct zsock_part){"x", 1}, 1), ERR_STATE);
}

/* ---- Pause ---- */

/* ---- Frames ---- */

static void peer_says_frames(int count)
{
    for (int i = 0; i < count; i++)
        assert_true(zmq_send(peer, "f", 1, i + 1 < count ? ZMQ_SNDMORE : 0) == 1);
}

static void test_a_message_of_more_than_nine_frames_is_flagged_and_ends_there(void **state)
{
    static const struct {
        int sent;
        size_t frames;
        bool overlong;
    } cases[] = {{1, 1, false}, {9, 9, false},  {10, 9, true},
                 {11, 9, true}, {200, 9, true}, {3, 3, false}};

    (void)state;
    open_pair(ZMQ_PULL, ZMQ_PUSH, note_cb, "inproc://frames");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        peer_says_frames(cases[i].sent);
        must_hear((int)i + 1);
        assert_int_equal(heard.frames, cases[i].frames);
        assert_int_equal(heard.overlong, cases[i].overlong);
    }
}

static void test_a_message_of_many_parts_is_sent_whole(void **state)
{
    const struct zsock_part parts[] = {{"one", 3}, {"", 0}, {"three", 5}};
    char got[16];
    int more;
    size_t size = sizeof more;

    (void)state;
    open_pair(ZMQ_PAIR, ZMQ_PAIR, note_cb, "inproc://parts");
    assert_int_equal(zsock_send(sock, parts, 3), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(zmq_recv(peer, got, sizeof got, 0), parts[i].size);
        assert_memory_equal(got, parts[i].data, parts[i].size);
        zmq_getsockopt(peer, ZMQ_RCVMORE, &more, &size);
        assert_int_equal(more, i < 2);
    }
}

/* ---- Closing ---- */

static void close_cb(void *ctx, struct zsock_message *message)
{
    (void)ctx;
    note(message);
    zsock_close(sock);
    zsock_close(sock); /* a second close has no effect */
}

static void test_closed_inside_of_its_callback_it_hears_no_more(void **state)
{
    (void)state;
    open_pair(ZMQ_PULL, ZMQ_PUSH, close_cb, "inproc://close");
    for (int i = 0; i < 10; i++)
        peer_says(i);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(heard.count, 1);
    sock = NULL;
}

static void test_closed_with_messages_waiting_it_lets_the_loop_end(void **state)
{
    (void)state;
    open_pair(ZMQ_PULL, ZMQ_PUSH, note_cb, "inproc://waiting");
    peer_says(0);
    zsock_close(sock);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(heard.count, 0);
    sock = NULL;
}

static void test_closing_nothing_is_fine(void **state)
{
    (void)state;
    zsock_close(NULL);
}

/* ---- Errors ---- */

static void test_a_bad_endpoint_is_told(void **state)
{
    (void)state;
    sock = zsock_open(&loop, context, ZMQ_PULL, note_cb, NULL, &error);
    assert_int_equal(zsock_bind(sock, "nonsense", &error), ERR_IO);
    assert_memory_equal(error.reason, "cannot bind: ", 13);
    assert_int_equal(zsock_connect(sock, "tcp://", &error), ERR_IO);
    assert_memory_equal(error.reason, "cannot connect: ", 16);
    assert_null(zsock_open(&loop, context, 999, note_cb, NULL, &error));
    assert_int_equal(error.code, ERR_IO);
}

/* ---- Monitor ---- */

static int seen_events;

static void seen_cb(void *ctx, int event, unsigned value)
{
    (void)value;
    assert_ptr_equal(ctx, &seen_events);
    seen_events |= event;
    heard.count++;
}

static void wait_for_event(int event)
{
    for (int i = 0; i < 100 && !(seen_events & event); i++)
        run(heard.count + 1, DEADLINE_MS);
    assert_true(seen_events & event);
}

static void open_watched(void (*monitor_cb)(void *ctx, int event, unsigned value))
{
    char endpoint[128];
    size_t size = sizeof endpoint;

    seen_events = 0;
    peer = zmq_socket(context, ZMQ_ROUTER);
    assert_int_equal(zmq_bind(peer, "tcp://127.0.0.1:*"), 0);
    zmq_getsockopt(peer, ZMQ_LAST_ENDPOINT, endpoint, &size);
    sock = zsock_open(&loop, context, ZMQ_DEALER, note_cb, NULL, &error);
    assert_int_equal(
        zsock_monitor(sock,
                      ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED,
                      monitor_cb, &seen_events, &error),
        0);
    assert_int_equal(zsock_connect(sock, endpoint, &error), 0);
}

static void test_a_watched_socket_tells_of_its_connection(void **state)
{
    (void)state;
    open_watched(seen_cb);
    wait_for_event(ZMQ_EVENT_CONNECTED);
    wait_for_event(ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_false(seen_events & ZMQ_EVENT_DISCONNECTED);
    zmq_close(peer);
    peer = NULL;
    wait_for_event(ZMQ_EVENT_DISCONNECTED);
}

static void close_watched_cb(void *ctx, int event, unsigned value)
{
    (void)ctx;
    (void)event;
    (void)value;
    heard.count++;
    zsock_close(sock);
}

static void test_a_watched_socket_may_be_closed_by_what_it_tells(void **state)
{
    (void)state;
    open_watched(close_watched_cb);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(heard.count, 1);
    sock = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_many_messages_at_once_all_arrive_over_inproc),
        TEST(test_many_messages_at_once_all_arrive_over_tcp),
        TEST(test_one_socket_does_not_keep_the_loop_for_itself),
        TEST(test_messages_one_by_one_each_wake_the_loop),
        TEST(test_a_send_inside_of_the_callback_does_not_eat_the_next_message),
        TEST(test_a_send_before_the_wake_up_does_not_eat_it),
        TEST(test_a_send_that_fails_does_not_eat_the_wake_up),
        TEST(test_a_send_without_a_peer_says_so_and_never_blocks),
        TEST(test_a_message_of_more_than_nine_frames_is_flagged_and_ends_there),
        TEST(test_a_message_of_many_parts_is_sent_whole),
        TEST(test_closed_inside_of_its_callback_it_hears_no_more),
        TEST(test_closed_with_messages_waiting_it_lets_the_loop_end),
        TEST(test_closing_nothing_is_fine),
        TEST(test_a_bad_endpoint_is_told),
        TEST(test_a_watched_socket_tells_of_its_connection),
        TEST(test_a_watched_socket_may_be_closed_by_what_it_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
