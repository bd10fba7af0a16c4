/*
 * Connections that have not shown a key: the oldest of an address is closed first, an address that
 * has shown a key may have more, and in a shortage those of unknown addresses are closed first. It
 * uses real sockets, because a connection is known by its descriptor.
 */
#include "services/intake/session/connection.h"

#include "services/intake/session/quota.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 64, SECOND = 1000000 };

static struct connections connections;
static struct quota quota;
static int listener, ours[MOST], theirs[MOST], count;

static int setup(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;

    (void)state;
    memset(&quota, 0, sizeof quota);
    count = 0;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, MOST) != 0)
        return -1;
    getsockname(listener, (struct sockaddr *)&at, &size);
    connections_init(&connections, 0, 0);
    connections.port = ntohs(at.sin_port);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < count; i++) {
        close(ours[i]);
        close(theirs[i]);
    }
    close(listener);
    connections_free(&connections);
    return 0;
}

/* Opens another connection, from 127.0.0.LAST; returns its number. */
static int come_from(int last)
{
    struct sockaddr_in from = {.sin_family = AF_INET}, to;
    socklen_t size = sizeof to;
    char text[16];

    snprintf(text, sizeof text, "127.0.0.%d", last);
    inet_pton(AF_INET, text, &from.sin_addr);
    theirs[count] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(theirs[count], (struct sockaddr *)&from, sizeof from), 0);
    getsockname(listener, (struct sockaddr *)&to, &size);
    assert_int_equal(connect(theirs[count], (struct sockaddr *)&to, sizeof to), 0);
    ours[count] = accept(listener, NULL, NULL);
    assert_true(ours[count] >= 0);
    connections_accepted(&connections, ours[count], SECOND);
    return count++;
}

static bool is_shut(int number)
{
    char octet;

    return recv(theirs[number], &octet, 1, MSG_DONTWAIT) == 0;
}

static int shut_count(void)
{
    int shut = 0;

    for (int i = 0; i < count; i++)
        shut += is_shut(i);
    return shut;
}

static void test_oldest_of_an_address_goes_when_it_has_too_many(void **state)
{
    (void)state;
    connections.most_by_address = 3;
    int other = come_from(9);
    for (int i = 0; i < 5; i++)
        come_from(1);
    assert_int_equal(shut_count(), 2);
    assert_true(is_shut(1) && is_shut(2)); /* the newest connections always stay */
    assert_false(is_shut(other));
    assert_int_equal(connections_cut(&connections, SECOND), 2);
    assert_int_equal(connections.crowded, 2);
}

static void test_who_has_shown_a_key_is_no_longer_counted_and_never_crowded_out(void **state)
{
    (void)state;
    connections.most_by_address = 2;
    int good = come_from(1);
    connections_heard(&connections, ours[good], &quota);
    for (int i = 0; i < 2 * CONNECTION_KNOWN; i++)
        come_from(1);
    assert_int_equal(shut_count(), 0); /* a known address may have this many */
    come_from(1);
    assert_int_equal(shut_count(), 1);
    assert_false(is_shut(good));
    assert_int_equal(quota.connections, 1);
}

static void test_in_a_shortage_strangers_go_before_known_addresses(void **state)
{
    (void)state;
    connections.most_silent = 4;
    int good = come_from(1);
    connections_heard(&connections, ours[good], &quota);
    int again = come_from(1);
    for (int i = 2; i < 8; i++)
        come_from(i);
    assert_int_equal(connections.silent_count, 4);
    assert_false(is_shut(again));
    assert_true(is_shut(2) && is_shut(3) && is_shut(4));
    assert_int_equal(shut_count(), 3);
}

static void test_what_closes_by_itself_makes_room(void **state)
{
    (void)state;
    connections.most_by_address = 2;
    for (int i = 0; i < 10; i++)
        connections_closed(&connections, ours[come_from(1)]);
    come_from(1);
    come_from(1);
    assert_int_equal(shut_count(), 0);
    assert_int_equal(HASH_COUNT(connections.by_fd), 2);
    assert_int_equal(HASH_COUNT(connections.by_address), 1);
}

static void test_silent_one_is_cut_and_one_that_fell_asleep_too_unless_it_speaks(void **state)
{
    (void)state;
    int silent = come_from(1), asleep = come_from(1), awake = come_from(1);
    connections_heard(&connections, ours[asleep], &quota);
    connections_heard(&connections, ours[awake], &quota);
    connections_asleep(&connections, ours[asleep], SECOND);
    connections_asleep(&connections, ours[awake], SECOND);
    connections_heard(&connections, ours[awake], &quota);
    assert_int_equal(connections_cut(&connections, (1 + CONNECTION_SILENT_S) * SECOND), 1);
    assert_true(is_shut(silent));
    assert_int_equal(connections_cut(&connections, (1 + CONNECTION_ASLEEP_S) * SECOND), 1);
    assert_true(is_shut(asleep));
    assert_int_equal(connections_cut(&connections, 1000LL * SECOND), 0);
    assert_false(is_shut(awake));
    assert_int_equal(quota.connections, 2); /* until the monitor says that one has gone */
}

static void test_another_local_port_is_never_touched(void **state)
{
    (void)state;
    connections.most_by_address = 1;
    connections.port++;
    come_from(1);
    come_from(1);
    assert_int_equal(shut_count(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_oldest_of_an_address_goes_when_it_has_too_many),
        TEST(test_who_has_shown_a_key_is_no_longer_counted_and_never_crowded_out),
        TEST(test_in_a_shortage_strangers_go_before_known_addresses),
        TEST(test_what_closes_by_itself_makes_room),
        TEST(test_silent_one_is_cut_and_one_that_fell_asleep_too_unless_it_speaks),
        TEST(test_another_local_port_is_never_touched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
