/*
 * The frames of LSN/1: the number and sizes of frames of each command, and that it is received as
 * it was sent. docs/protocol.md, section 3.
 */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The arguments of each command by docs/protocol.md: digits are sizes, a is ranges, b bodies, *
 * any. */
static const struct {
    enum wire_command command;
    const char *word, *arguments;
} page[] = {
    {WIRE_HELLO, "HELLO", "*"},     {WIRE_EVENT, "EVENT", "8**"},
    {WIRE_GONE, "GONE", "88"},      {WIRE_MANIFEST, "MANIFEST", "*"},
    {WIRE_PING, "PING", "8"},       {WIRE_BYE, "BYE", ""},
    {WIRE_WELCOME, "WELCOME", "*"}, {WIRE_CREDIT, "CREDIT", "8"},
    {WIRE_ACK, "ACK", "a"},         {WIRE_NAK, "NAK", "8***"},
    {WIRE_AGAIN, "AGAIN", "88"},    {WIRE_PONG, "PONG", "8"},
    {WIRE_REFUSE, "REFUSE", "**"},  {WIRE_ACCOUNT, "ACCOUNT", "*"},
    {WIRE_EVENTS, "EVENTS", "8*b"},
};
enum { COMMANDS = sizeof page / sizeof *page };

static struct zsock_message message;
static struct error error;

static void add_frame(const void *data, size_t size)
{
    zmq_msg_t *frame = &message.frame[message.count++];

    zmq_msg_init_size(frame, size);
    memcpy(zmq_msg_data(frame), data, size);
}

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < message.count; i++)
        zmq_msg_close(&message.frame[i]);
    message.count = 0;
    message.overlong = false;
    return 0;
}

static void begin(const char *word)
{
    clear(NULL);
    add_frame(WIRE_SIGNATURE, 4);
    add_frame(word, strlen(word));
}

/* A valid argument of this kind. */
static struct zsock_part argument(char kind)
{
    static const char octets[] = "0123456789abcdef", bodies[] = "\0\0\0\2{}\0\0\0\0\0\0\0\1x";

    if (kind == 'b')
        return (struct zsock_part){bodies, sizeof bodies - 1};
    return (struct zsock_part){octets, kind == '8' ? 8 : kind == 'a' ? 16 : 5};
}

static void add_argument(char kind)
{
    struct zsock_part part = argument(kind);

    add_frame(part.data, part.size);
}

/* Makes the command's message, in which argument `wrong` has another size (-1: none). */
static void make(size_t row, int wrong, size_t size)
{
    static const char octets[17] = "0123456789abcdef";

    begin(page[row].word);
    for (int i = 0; page[row].arguments[i]; i++)
        if (i == wrong)
            add_frame(octets, size);
        else
            add_argument(page[row].arguments[i]);
}

static int check(void)
{
    enum wire_command command;

    memset(&error, 0, sizeof error);
    return wire_check(&message, 0, &command, &error);
}

static void test_every_command_is_known_by_its_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        assert_string_equal(wire_word(page[i].command), page[i].word);
        assert_int_equal(wire_command_of(page[i].word, strlen(page[i].word)), page[i].command);
    }
    assert_int_equal(wire_command_of("HELL", 4), 0);
    assert_int_equal(wire_command_of("HELLOO", 6), 0);
    assert_int_equal(wire_command_of("hello", 5), 0);
    assert_int_equal(wire_command_of("HELLO\0", 6), 0);
    assert_int_equal(wire_command_of("", 0), 0);
}

static void test_every_command_is_good_as_the_page_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        enum wire_command command = 0;

        make(i, -1, 0);
        if (wire_check(&message, 0, &command, &error) != 0)
            fail_msg("%s: %s", page[i].word, error.reason);
        assert_int_equal(command, page[i].command);
    }
}

static void test_every_command_with_a_frame_too_many_or_too_few_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        make(i, -1, 0);
        add_argument('*');
        if (check() != ERR_SYNTAX || strcmp(error.field, page[i].word) != 0)
            fail_msg("%s with one more: %d [%s]", page[i].word, error.code, error.field);
        if (!*page[i].arguments)
            continue;
        make(i, -1, 0);
        zmq_msg_close(&message.frame[--message.count]);
        if (check() != ERR_SYNTAX || strcmp(error.field, page[i].word) != 0)
            fail_msg("%s with one less: %d [%s]", page[i].word, error.code, error.field);
    }
}

static void test_every_number_has_eight_octets(void **state)
{
    static const size_t wrong[] = {0, 4, 7, 9, 16};
    int numbers = 0;

    (void)state;
    for (size_t i = 0; i < COMMANDS; i++)
        for (int a = 0; page[i].arguments[a]; a++) {
            if (page[i].arguments[a] != '8')
                continue;
            numbers++;
            for (size_t s = 0; s < sizeof wrong / sizeof *wrong; s++) {
                make(i, a, wrong[s]);
                if (check() != ERR_SYNTAX || strcmp(error.field, page[i].word) != 0)
                    fail_msg("%s, argument %d of %zu octets was taken", page[i].word, a, wrong[s]);
            }
        }
    assert_int_equal(numbers, 10);
}

static void test_an_ack_holds_1_to_256_whole_ranges(void **state)
{
    static const char octets[257 * 16];
    static const struct {
        size_t size;
        int err;
    } cases[] = {
        {0, ERR_SYNTAX},  {8, ERR_SYNTAX}, {15, ERR_SYNTAX},          {16, 0},
        {24, ERR_SYNTAX}, {32, 0},         {WIRE_MAX_RANGES * 16, 0}, {257 * 16, ERR_SYNTAX}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin("ACK");
        add_frame(octets, cases[i].size);
        if (check() != cases[i].err)
            fail_msg("an ACK of %zu octets: %d", cases[i].size, error.code);
    }
}

static int check_bodies(const void *octets, size_t size)
{
    begin("EVENTS");
    add_argument('8');
    add_argument('*');
    add_frame(octets, size);
    return check();
}

static void test_an_events_holds_1_to_256_whole_bodies(void **state)
{
    static const char empty[257 * 4];

    (void)state;
    assert_int_equal(check_bodies("", 0), ERR_SYNTAX);
    assert_int_equal(check_bodies("\0\0\0", 3), ERR_SYNTAX);
    assert_int_equal(check_bodies("\0\0\0\2{", 5), ERR_SYNTAX);
    assert_int_equal(check_bodies("\0\0\0\2{}", 6), 0);
    assert_int_equal(check_bodies("\0\0\0\2{}\0", 7), ERR_SYNTAX);
    assert_int_equal(check_bodies("\xff\xff\xff\xff{}", 6), ERR_SYNTAX);
    assert_int_equal(check_bodies(empty, WIRE_MAX_EVENTS * 4), 0);
    assert_int_equal(check_bodies(empty, sizeof empty), ERR_SYNTAX);
}

static void test_a_pack_holds_what_was_put_into_it(void **state)
{
    static struct wire_pack pack;
    static char large[WIRE_PACK_OCTETS - 3];
    const void *body;
    size_t size;

    (void)state;
    assert_false(wire_pack_add(&pack, large, sizeof large));
    assert_int_equal(pack.count, 0);
    assert_true(wire_pack_add(&pack, "first", 5));
    assert_true(wire_pack_add(&pack, "", 0));
    assert_false(wire_pack_add(&pack, large, sizeof large - 13));
    assert_true(wire_pack_add(&pack, large, sizeof large - 14));
    struct wire_bodies bodies = {pack.data, pack.data + pack.size};
    assert_true(wire_next_body(&bodies, &body, &size));
    assert_int_equal(size, 5);
    assert_memory_equal(body, "first", 5);
    assert_true(wire_next_body(&bodies, &body, &size));
    assert_int_equal(size, 0);
    assert_true(wire_next_body(&bodies, &body, &size));
    assert_int_equal(size, sizeof large - 14);
    assert_false(wire_next_body(&bodies, &body, &size));
    assert_ptr_equal(bodies.at, bodies.end);
    pack.count = pack.size = 0;
    for (int i = 0; i < WIRE_PACK_EVENTS; i++)
        assert_true(wire_pack_add(&pack, "x", 1));
    assert_false(wire_pack_add(&pack, "x", 1));
}

static void test_an_unknown_command_is_refused(void **state)
{
    (void)state;
    begin("HELO");
    assert_int_equal(check(), ERR_VALUE);
    assert_string_equal(error.field, "command");
    begin("");
    assert_int_equal(check(), ERR_VALUE);
}

static void test_another_signature_is_refused_and_another_version_told_apart(void **state)
{
    static const struct {
        const char *octets;
        size_t size;
        int err;
    } cases[] = {{"LSN", 3, ERR_SYNTAX},    {"LSN\1\0", 5, ERR_SYNTAX},
                 {"", 0, ERR_SYNTAX},       {"lsn\1", 4, ERR_SYNTAX},
                 {"LSN\2", 4, ERR_RANGE},   {"LSN\0", 4, ERR_RANGE},
                 {"LSN\xff", 4, ERR_RANGE}, {"LSN\1", 4, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clear(NULL);
        add_frame(cases[i].octets, cases[i].size);
        add_frame("BYE", 3);
        if (check() != cases[i].err)
            fail_msg("case %zu: %d [%s]", i, error.code, error.field);
        if (cases[i].err)
            assert_string_equal(error.field, "signature");
    }
}

static void test_a_message_of_no_command_is_refused(void **state)
{
    (void)state;
    clear(NULL);
    assert_int_equal(check(), ERR_SYNTAX);
    add_frame(WIRE_SIGNATURE, 4);
    assert_int_equal(check(), ERR_SYNTAX);
}

static void test_an_overlong_message_is_refused(void **state)
{
    (void)state;
    begin("BYE");
    message.overlong = true;
    assert_int_equal(check(), ERR_SYNTAX);
}

static void test_behind_a_routing_id_all_is_one_frame_on(void **state)
{
    enum wire_command command;

    (void)state;
    clear(NULL);
    add_frame("\0peer", 5);
    add_frame(WIRE_SIGNATURE, 4);
    add_frame("PING", 4);
    add_argument('8');
    assert_int_equal(wire_check(&message, 1, &command, &error), 0);
    assert_int_equal(command, WIRE_PING);
    assert_int_equal(wire_check(&message, 0, &command, &error), ERR_SYNTAX);
}

static void test_a_reason_never_repeats_what_a_peer_sent(void **state)
{
    (void)state;
    begin("XYZZY");
    check();
    assert_null(strstr(error.reason, "XYZZY"));
    assert_null(strstr(error.field, "XYZZY"));
}

static void test_numbers_are_in_network_order(void **state)
{
    static const uint64_t values[] = {0, 1, 255, 256, 0x0102030405060708, UINT64_MAX, INT64_MAX};
    unsigned char octets[8];

    (void)state;
    wire_put_u64(octets, 0x0102030405060708);
    assert_memory_equal(octets, "\1\2\3\4\5\6\7\10", 8);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        wire_put_u64(octets, values[i]);
        assert_true(wire_get_u64(octets) == values[i]);
    }
}

/* ---- Sent and received ---- */

static struct received {
    int count;
    enum wire_command command[COMMANDS];
    char id[32];
    size_t id_size;
} received;

static void router_cb(void *ctx, struct zsock_message *got)
{
    enum wire_command command;

    (void)ctx;
    if (wire_check(got, 1, &command, &error) != 0 || received.count == COMMANDS)
        return;
    if (zmq_msg_size(&got->frame[0]) <= sizeof received.id) {
        received.id_size = zmq_msg_size(&got->frame[0]);
        memcpy(received.id, zmq_msg_data(&got->frame[0]), received.id_size);
    }
    received.command[received.count++] = command;
}

static void dealer_cb(void *ctx, struct zsock_message *got)
{
    enum wire_command command;

    if (wire_check(got, 0, &command, &error) == 0 && command == WIRE_CREDIT)
        *(uint64_t *)ctx = wire_get_u64(zmq_msg_data(&got->frame[2]));
}

static void test_every_command_arrives_as_it_was_sent_and_is_answered(void **state)
{
    uv_loop_t loop;
    void *context = zmq_ctx_new();
    uint64_t credit = 0;
    unsigned char number[8];

    (void)state;
    uv_loop_init(&loop);
    memset(&received, 0, sizeof received);
    struct zsock *router = zsock_open(&loop, context, ZMQ_ROUTER, router_cb, NULL, &error);
    struct zsock *dealer = zsock_open(&loop, context, ZMQ_DEALER, dealer_cb, &credit, &error);
    assert_int_equal(zsock_bind(router, "inproc://wire", &error), 0);
    assert_int_equal(zsock_connect(dealer, "inproc://wire", &error), 0);
    for (size_t i = 0; i < COMMANDS; i++) {
        struct zsock_part parts[4];
        size_t count = strlen(page[i].arguments);

        for (size_t a = 0; a < count; a++) {
            parts[a] = argument(page[i].arguments[a]);
        }
        assert_int_equal(wire_send(dealer, NULL, page[i].command, parts, count), 0);
    }
    for (int i = 0; i < 10000 && received.count < COMMANDS; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(received.count, COMMANDS);
    for (size_t i = 0; i < COMMANDS; i++)
        assert_int_equal(received.command[i], page[i].command);
    wire_put_u64(number, 77);
    assert_int_equal(wire_send(router, &(struct zsock_part){received.id, received.id_size},
                               WIRE_CREDIT, &(struct zsock_part){number, 8}, 1),
                     0);
    for (int i = 0; i < 10000 && !credit; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(credit, 77);
    zsock_close(router);
    zsock_close(dealer);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    zmq_ctx_term(context);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_command_is_known_by_its_word),
        TEST(test_every_command_is_good_as_the_page_has_it),
        TEST(test_every_command_with_a_frame_too_many_or_too_few_is_refused),
        TEST(test_every_number_has_eight_octets),
        TEST(test_an_ack_holds_1_to_256_whole_ranges),
        TEST(test_an_events_holds_1_to_256_whole_bodies),
        TEST(test_a_pack_holds_what_was_put_into_it),
        TEST(test_an_unknown_command_is_refused),
        TEST(test_another_signature_is_refused_and_another_version_told_apart),
        TEST(test_a_message_of_no_command_is_refused),
        TEST(test_an_overlong_message_is_refused),
        TEST(test_behind_a_routing_id_all_is_one_frame_on),
        TEST(test_a_reason_never_repeats_what_a_peer_sent),
        TEST(test_numbers_are_in_network_order),
        TEST(test_every_command_arrives_as_it_was_sent_and_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
