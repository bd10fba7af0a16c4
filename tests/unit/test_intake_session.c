/*
 * A session: what HELLO must say, which sequences are new, wanted or decided, and how long a
 * session lives. docs/protocol.md, sections 4 to 6.
 */
#include "services/intake/session/intake_session.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW    1763900000000000LL
#define STREAM "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
#define HELLO_AS(stream, epoch, mode) \
    "{\"stream\":" stream ",\"epoch\":" epoch ",\"mode\":" mode "}"

static struct session *session;
static struct sessions sessions;
static struct wire_range opened;
static struct error error;

static int setup(void **state)
{
    (void)state;
    memset(&sessions, 0, sizeof sessions);
    memset(&error, 0, sizeof error);
    session = sessions_add(&sessions, "\0\0\0\0\1", 5);
    return session ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    while (sessions.by_id)
        sessions_forget(&sessions, sessions.by_id);
    return 0;
}

static int compare_ranges_cb(const void *left, const void *right)
{
    const struct wire_range *a = left, *b = right;

    return (a->first > b->first) - (a->first < b->first);
}

/* Asserts that the gaps are these ("2-4 9-9"), in any order. */
static void must_have_gaps(const char *expected)
{
    char found[8192] = "";
    size_t n = 0;

    if (session->gap_count > 0) /* the list is allocated with the first gap */
        qsort(session->gap, session->gap_count, sizeof *session->gap, compare_ranges_cb);
    for (size_t i = 0; i < session->gap_count && n < sizeof found; i++)
        n += (size_t)snprintf(found + n, sizeof found - n, "%s%" PRIu64 "-%" PRIu64, i ? " " : "",
                              session->gap[i].first, session->gap[i].last);
    assert_string_equal(found, expected);
}

static enum sequence_verdict receive(uint64_t seq)
{
    return session_receive(session, seq, &opened);
}

/* Sets high to 20, with 2-4 and 9-15 missing. */
static void make_two_gaps(void)
{
    assert_int_equal(receive(1), SEQUENCE_NEW);
    for (uint64_t seq = 5; seq <= 8; seq++)
        assert_int_equal(receive(seq), SEQUENCE_NEW);
    for (uint64_t seq = 16; seq <= 20; seq++)
        assert_int_equal(receive(seq), SEQUENCE_NEW);
    must_have_gaps("2-4 9-15");
}

/* Makes 256 gaps of three sequences each: 2-4, 6-8, ... */
static void make_all_gaps(void)
{
    for (uint64_t i = 0; i <= SESSION_MAX_GAPS; i++)
        assert_int_equal(receive(1 + 4 * i), SEQUENCE_NEW);
    assert_int_equal(session->gap_count, SESSION_MAX_GAPS);
}

/* ---- Sequences ---- */

static void test_sequences_in_order_are_new_and_open_no_gap(void **state)
{
    (void)state;
    for (uint64_t seq = 1; seq <= 5; seq++) {
        assert_int_equal(receive(seq), SEQUENCE_NEW);
        assert_int_equal(opened.first, 0);
    }
    assert_int_equal(session->high, 5);
    must_have_gaps("");
}

static void test_a_jump_opens_the_gap_that_it_leaves(void **state)
{
    (void)state;
    assert_int_equal(receive(4), SEQUENCE_NEW);
    assert_int_equal(opened.first, 1);
    assert_int_equal(opened.last, 3);
    assert_int_equal(receive(6), SEQUENCE_NEW);
    assert_int_equal(opened.first, 5);
    assert_int_equal(opened.last, 5);
    assert_int_equal(session->high, 6);
    must_have_gaps("1-3 5-5");
}

static void test_what_was_received_is_repeated(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(receive(1), SEQUENCE_REPEATED);
    assert_int_equal(receive(8), SEQUENCE_REPEATED);
    assert_int_equal(receive(20), SEQUENCE_REPEATED);
    assert_int_equal(opened.first, 0);
    assert_int_equal(session->high, 20);
    must_have_gaps("2-4 9-15");
}

static void test_a_gap_is_filled_from_its_ends(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(receive(2), SEQUENCE_WANTED);
    must_have_gaps("3-4 9-15");
    assert_int_equal(receive(15), SEQUENCE_WANTED);
    must_have_gaps("3-4 9-14");
    assert_int_equal(opened.first, 0);
}

static void test_a_gap_filled_in_its_middle_becomes_two(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(receive(11), SEQUENCE_WANTED);
    must_have_gaps("2-4 9-10 12-15");
    assert_int_equal(receive(11), SEQUENCE_REPEATED);
}

static void test_a_gap_filled_wholly_is_gone(void **state)
{
    (void)state;
    make_two_gaps();
    for (uint64_t seq = 4; seq >= 2; seq--)
        assert_int_equal(receive(seq), SEQUENCE_WANTED);
    must_have_gaps("9-15");
    assert_int_equal(receive(3), SEQUENCE_REPEATED);
}

static void test_the_257th_gap_is_too_many_and_changes_nothing(void **state)
{
    uint64_t high;

    (void)state;
    make_all_gaps();
    high = session->high;
    assert_int_equal(receive(high + 2), SEQUENCE_TOO_MANY_GAPS);
    assert_int_equal(session->high, high);
    assert_int_equal(session->gap_count, SESSION_MAX_GAPS);
    assert_int_equal(receive(high + 1), SEQUENCE_NEW);
}

static void test_a_split_beyond_the_limit_is_too_many_and_changes_nothing(void **state)
{
    (void)state;
    make_all_gaps();
    assert_int_equal(receive(3), SEQUENCE_TOO_MANY_GAPS);
    assert_int_equal(receive(2), SEQUENCE_WANTED); /* the ends of a gap can be filled */
    assert_int_equal(receive(3), SEQUENCE_WANTED);
    assert_int_equal(receive(4), SEQUENCE_WANTED);
    assert_int_equal(session->gap_count, SESSION_MAX_GAPS - 1);
    assert_int_equal(receive(7), SEQUENCE_WANTED); /* and now there is room for one more */
    assert_int_equal(session->gap_count, SESSION_MAX_GAPS);
}

static void test_a_jump_is_as_far_as_the_page_allows_and_no_further(void **state)
{
    (void)state;
    assert_int_equal(receive(1), SEQUENCE_NEW);
    assert_int_equal(receive(1 + WIRE_MAX_AHEAD + 1), SEQUENCE_TOO_FAR);
    assert_int_equal(receive(UINT64_C(1) << 62), SEQUENCE_TOO_FAR);
    assert_int_equal(receive(INT64_MAX), SEQUENCE_TOO_FAR);
    assert_int_equal(session->high, 1); /* nothing was changed */
    must_have_gaps("");
    assert_int_equal(receive(1 + WIRE_MAX_AHEAD), SEQUENCE_NEW);
    assert_int_equal(opened.last, WIRE_MAX_AHEAD);
}

static void test_gone_tells_whether_any_of_it_was_missing(void **state)
{
    (void)state;
    make_two_gaps();
    assert_false(session_gone(session, 5, 8));
    assert_false(session_gone(session, 21, INT64_MAX));
    assert_true(session_gone(session, 1, 3));
    must_have_gaps("4-4 9-15");
}

static void test_the_highest_sequences_do_not_overflow(void **state)
{
    (void)state;
    session->high = INT64_MAX - 3;
    assert_int_equal(receive(INT64_MAX - 1), SEQUENCE_NEW);
    assert_int_equal(receive(INT64_MAX), SEQUENCE_NEW);
    assert_int_equal(receive(INT64_MAX), SEQUENCE_REPEATED);
    must_have_gaps("9223372036854775805-9223372036854775805");
}

/* ---- Wanted again, and gone ---- */

static void test_what_the_operator_wants_again_becomes_a_gap(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(session_want(session, 17, 18), 0);
    must_have_gaps("2-4 9-15 17-18");
    assert_int_equal(receive(17), SEQUENCE_WANTED);
}

static void test_wanting_over_gaps_joins_them(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(session_want(session, 3, 17), 0);
    must_have_gaps("2-2 3-17");
}

static void test_wanting_what_is_missing_already_changes_nothing(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(session_want(session, 10, 12), 0);
    assert_int_equal(session_want(session, 9, 15), 0);
    must_have_gaps("2-4 9-15");
}

static void test_what_was_never_received_cannot_be_wanted_again(void **state)
{
    (void)state;
    make_two_gaps();
    assert_int_equal(session_want(session, 20, 21), ERR_SIZE);
    must_have_gaps("2-4 9-15");
}

static void test_a_want_beyond_the_limit_loses_no_gap(void **state)
{
    (void)state;
    make_all_gaps();
    assert_int_equal(session_want(session, 1, 3), ERR_SIZE); /* 2-3 are in a gap, 1 is not */
    assert_int_equal(session->gap_count, SESSION_MAX_GAPS);
    assert_int_equal(receive(2), SEQUENCE_WANTED);
}

static void test_one_want_below_the_limit_loses_no_gap(void **state)
{
    (void)state;
    make_all_gaps();
    session_gone(session, 2, 4);
    assert_int_equal(session->gap_count, SESSION_MAX_GAPS - 1);
    assert_int_equal(session_want(session, 7, 7), 0); /* within 6-8 */
    assert_int_equal(receive(6), SEQUENCE_WANTED);
    assert_int_equal(receive(7), SEQUENCE_WANTED);
    assert_int_equal(receive(8), SEQUENCE_WANTED);
}

static void test_what_is_gone_is_wanted_no_more(void **state)
{
    (void)state;
    make_two_gaps();
    session_gone(session, 1, 10);
    must_have_gaps("11-15");
    session_gone(session, 12, 13);
    must_have_gaps("11-11 14-15");
    session_gone(session, 1, 30);
    must_have_gaps("");
    assert_int_equal(session->high, 20);
    assert_int_equal(receive(3), SEQUENCE_REPEATED);
}

/* ---- HELLO ---- */

static int hello(const char *json)
{
    return session_hello(session, json, strlen(json), NOW, &error);
}

static void test_a_hello_says_stream_epoch_mode_clock_and_agent(void **state)
{
    (void)state;
    assert_int_equal(hello("{\"version\":{\"major\":1,\"minor\":0},\"stream\":"
                           "\"6F9619FF-8B86-D011-B42D-00CF4FC964FF\",\"epoch\":1700000000000000,"
                           "\"mode\":\"backfill\",\"clock\":1763900001500000,\"agent\":\"feed 1\","
                           "\"more\":[]}"),
                     0);
    assert_string_equal(session->stream_id, STREAM); /* in lower case */
    assert_int_equal(session->epoch, 1700000000000000);
    assert_int_equal(session->mode, STREAM_BACKFILL);
    assert_int_equal(session->skew_ms, 1500);
    assert_string_equal(session->agent, "feed 1");
}

static void test_a_hello_without_clock_and_agent_is_good(void **state)
{
    (void)state;
    session->skew_ms = 7;
    assert_int_equal(hello(HELLO_AS("\"" STREAM "\"", "1", "\"live\"")), 0);
    assert_int_equal(session->mode, STREAM_LIVE);
    assert_int_equal(session->skew_ms, 0);
    assert_string_equal(session->agent, "");
    assert_int_equal(hello(HELLO_AS("\"" STREAM "\"", "1", "\"replay\"")), 0);
    assert_int_equal(session->mode, STREAM_REPLAY);
}

static void test_a_bad_hello_is_refused_by_field(void **state)
{
    static const struct {
        const char *json;
        enum err code;
        const char *field;
    } bad[] = {
        {"", ERR_SYNTAX, "HELLO"},
        {"[]", ERR_SYNTAX, "HELLO"},
        {"{\"stream\":", ERR_SYNTAX, "HELLO"},
        {"{\"mode\":\"live\",\"mode\":\"replay\"}", ERR_SYNTAX, "HELLO"},
        {"{}", ERR_VALUE, "stream"},
        {HELLO_AS("17", "1", "\"live\""), ERR_VALUE, "stream"},
        {HELLO_AS("\"\"", "1", "\"live\""), ERR_VALUE, "stream"},
        {HELLO_AS("\"6f9619ff-8b86-d011-b42d-00cf4fc964f\"", "1", "\"live\""), ERR_VALUE, "stream"},
        {HELLO_AS("\"" STREAM "0\"", "1", "\"live\""), ERR_VALUE, "stream"},
        {HELLO_AS("\"6f9619ff-8b86-d011-b42d-00cf4fc964fg\"", "1", "\"live\""), ERR_VALUE,
         "stream"},
        {HELLO_AS("\"6f9619ff08b86-d011-b42d-00cf4fc964ff\"", "1", "\"live\""), ERR_VALUE,
         "stream"},
        {HELLO_AS("\"" STREAM "\"", "0", "\"live\""), ERR_RANGE, "epoch"},
        {HELLO_AS("\"" STREAM "\"", "-5", "\"live\""), ERR_RANGE, "epoch"},
        {HELLO_AS("\"" STREAM "\"", "1.5", "\"live\""), ERR_RANGE, "epoch"},
        {HELLO_AS("\"" STREAM "\"", "\"1\"", "\"live\""), ERR_RANGE, "epoch"},
        {HELLO_AS("\"" STREAM "\"", "1", "\"LIVE\""), ERR_VALUE, "mode"},
        {HELLO_AS("\"" STREAM "\"", "1", "\"\""), ERR_VALUE, "mode"},
        {HELLO_AS("\"" STREAM "\"", "1", "1"), ERR_VALUE, "mode"},
        {"{\"stream\":\"" STREAM "\",\"epoch\":1}", ERR_VALUE, "mode"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int err = hello(bad[i].json);
        if (err != (int)bad[i].code || strcmp(error.field, bad[i].field) != 0)
            fail_msg("%s: %s [%s], not %s [%s]", bad[i].json, err_name((enum err)err), error.field,
                     err_name(bad[i].code), bad[i].field);
    }
}

static void test_a_hello_over_4096_octets_is_refused(void **state)
{
    char json[4098];
    int head = snprintf(json, sizeof json,
                        "{\"stream\":\"" STREAM "\",\"epoch\":1,\"mode\":\"live\",\"x\":\"");

    (void)state;
    memset(json + head, 'x', sizeof json - (size_t)head);
    json[4094] = '"';
    json[4095] = '}';
    assert_int_equal(session_hello(session, json, 4096, NOW, &error), 0);
    json[4094] = 'x';
    json[4095] = '"';
    json[4096] = '}';
    assert_int_equal(session_hello(session, json, 4097, NOW, &error), ERR_SYNTAX);
}

static void test_a_hello_may_hold_no_nul_behind_a_good_beginning(void **state)
{
    static const char json[] = "{\"stream\":\"" STREAM "\",\"epoch\":1,\"mode\":\"live\\u0000x\"}";

    (void)state;
    assert_true(session_hello(session, json, sizeof json - 1, NOW, &error) < 0);
}

static void test_an_agents_name_is_printable_and_cut_to_80(void **state)
{
    char json[400], name[201];

    (void)state;
    memset(name, 'n', 200);
    name[200] = '\0';
    snprintf(json, sizeof json,
             "{\"stream\":\"" STREAM
             "\",\"epoch\":1,\"mode\":\"live\",\"agent\":\"a\\n\xc3\xa9%s\"}",
             name);
    assert_int_equal(hello(json), 0);
    assert_int_equal(strlen(session->agent), 80);
    assert_memory_equal(session->agent, "a???nnnn", 8);
}

static void test_an_agents_name_holds_no_fact_once_it_is_printable(void **state)
{
    (void)state;
    assert_int_equal(hello("{\"stream\":\"" STREAM "\",\"epoch\":1,\"mode\":\"live\","
                           "\"agent\":\"feed \u00f2Wit:Miller\"}"),
                     0);
    assert_null(strstr(session->agent, "Miller"));
    assert_int_equal(session->withheld, 1);
}

static void test_the_skew_of_any_clock_stays_within_a_century(void **state)
{
    const int64_t century_ms = 100LL * 366 * 86400 * 1000;

    (void)state;
    assert_int_equal(session_skew_ms(NOW - 2500000, NOW), -2500);
    assert_int_equal(session_skew_ms(INT64_MAX, NOW), century_ms);
    assert_int_equal(session_skew_ms(INT64_MIN, NOW), -century_ms);
    assert_int_equal(session_skew_ms(INT64_MAX, INT64_MIN), century_ms);
    assert_int_equal(session_skew_ms(0, NOW), -NOW / 1000);
    assert_int_equal(hello("{\"stream\":\"" STREAM "\",\"epoch\":1,\"mode\":\"live\","
                           "\"clock\":9223372036854775807}"),
                     0);
    assert_int_equal(session->skew_ms, century_ms);
}

/* ---- Life ---- */

static void test_a_session_is_found_by_its_routing_id(void **state)
{
    (void)state;
    assert_ptr_equal(sessions_find(&sessions, "\0\0\0\0\1", 5), session);
    assert_null(sessions_find(&sessions, "\0\0\0\0\2", 5));
    assert_null(sessions_find(&sessions, "\0\0\0\0", 4));
    struct session *second = sessions_add(&sessions, "\0\0\0\0\2", 5);
    assert_ptr_equal(sessions_find(&sessions, "\0\0\0\0\2", 5), second);
    assert_int_equal(sessions.count, 2);
}

static void test_a_routing_id_that_is_too_long_makes_no_session(void **state)
{
    (void)state;
    assert_null(sessions_add(&sessions, "12345678901234567", 17));
    assert_int_equal(sessions.count, 1);
    assert_non_null(sessions_add(&sessions, "1234567890123456", 16));
}

static void test_a_forgotten_session_lives_as_long_as_its_events(void **state)
{
    (void)state;
    session_ref(session);
    session_ref(session);
    assert_int_equal(session->references, 3);
    sessions_forget(&sessions, session);
    assert_int_equal(sessions.count, 0);
    assert_null(sessions_find(&sessions, "\0\0\0\0\1", 5));
    assert_int_equal(session->state, SESSION_UNKNOWN);
    assert_int_equal(session->references, 2);
    session_unref(session);
    assert_int_equal(session->references, 1);
    session_unref(session); /* the last one: ASan would report a leak or a double free */
}

static void test_forgetting_twice_drops_one_reference(void **state)
{
    (void)state;
    session_ref(session);
    sessions_forget(&sessions, session);
    sessions_forget(&sessions, session);
    assert_int_equal(session->references, 1);
    session_unref(session);
}

static void test_a_session_frees_the_refusals_that_it_holds(void **state)
{
    (void)state;
    session->held = calloc(3, sizeof *session->held);
    session->held_count = 3;
    sessions_forget(&sessions, session);
    assert_int_equal(sessions.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sequences_in_order_are_new_and_open_no_gap),
        TEST(test_a_jump_opens_the_gap_that_it_leaves),
        TEST(test_what_was_received_is_repeated),
        TEST(test_a_gap_is_filled_from_its_ends),
        TEST(test_a_gap_filled_in_its_middle_becomes_two),
        TEST(test_a_gap_filled_wholly_is_gone),
        TEST(test_the_257th_gap_is_too_many_and_changes_nothing),
        TEST(test_a_split_beyond_the_limit_is_too_many_and_changes_nothing),
        TEST(test_a_jump_is_as_far_as_the_page_allows_and_no_further),
        TEST(test_gone_tells_whether_any_of_it_was_missing),
        TEST(test_the_highest_sequences_do_not_overflow),
        TEST(test_what_the_operator_wants_again_becomes_a_gap),
        TEST(test_wanting_over_gaps_joins_them),
        TEST(test_wanting_what_is_missing_already_changes_nothing),
        TEST(test_what_was_never_received_cannot_be_wanted_again),
        TEST(test_a_want_beyond_the_limit_loses_no_gap),
        TEST(test_one_want_below_the_limit_loses_no_gap),
        TEST(test_what_is_gone_is_wanted_no_more),
        TEST(test_a_hello_says_stream_epoch_mode_clock_and_agent),
        TEST(test_a_hello_without_clock_and_agent_is_good),
        TEST(test_a_bad_hello_is_refused_by_field),
        TEST(test_a_hello_over_4096_octets_is_refused),
        TEST(test_a_hello_may_hold_no_nul_behind_a_good_beginning),
        TEST(test_an_agents_name_is_printable_and_cut_to_80),
        TEST(test_an_agents_name_holds_no_fact_once_it_is_printable),
        TEST(test_the_skew_of_any_clock_stays_within_a_century),
        TEST(test_a_session_is_found_by_its_routing_id),
        TEST(test_a_routing_id_that_is_too_long_makes_no_session),
        TEST(test_a_forgotten_session_lives_as_long_as_its_events),
        TEST(test_forgetting_twice_drops_one_reference),
        TEST(test_a_session_frees_the_refusals_that_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
