/*
 * A batch: the state that events give their incidents, which does not depend on the order of
 * arrival or on how batches are cut, and the counts for each stream. docs/model.md, "Order and
 * truth".
 */
#include "batch_bench.h"

static void test_what_was_said_last_of_each_field_wins(void **state)
{
    (void)state;
    strcpy(say(EVENT_CALL_RECEIVED, "A", 100)->call_type, "FIRST");
    strcpy(event.priority, "1");
    put(session, 1, NULL);
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 200)->call_type, "LAST");
    strcpy(event.final_type, "FINAL");
    put(session, 2, NULL);
    assert_int_equal(fold(), 1);
    must_be(P_INCIDENT, 0, "A");
    STATE_MUST_BE(call_type, 0, "LAST");
    STATE_MUST_BE(priority, 0, "1"); /* the second event has no priority */
    STATE_MUST_BE(final_type, 0, "FINAL");
    STATE_MUST_BE(merged_into, 0, NULL);
    assert_int_equal(number(P_FIRST_AT, 0), pg_time(100));
    assert_int_equal(number(P_AT, 0), pg_time(200));
    assert_int_equal(number(P_FIRST_SEQ, 0), 1);
    assert_int_equal(number(P_SEQ, 0), 2);
}

static void test_source_time_decides_not_the_order_of_arrival(void **state)
{
    (void)state;
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 200)->call_type, "LATER");
    put(session, 1, NULL);
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 100)->call_type, "EARLIER");
    strcpy(event.priority, "1");
    put(session, 2, NULL);
    fold();
    STATE_MUST_BE(call_type, 0, "LATER");
    STATE_MUST_BE(priority, 0, "1");
    assert_int_equal(number(P_AT, 0), pg_time(200));
    assert_int_equal(number(P_SEQ, 0), 1);
}

static void test_of_equal_times_the_later_epoch_decides_then_the_sequence(void **state)
{
    struct session *younger = add_session("two", 8);

    (void)state;
    younger->epoch = 2000;
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 100)->call_type, "YOUNGER STREAM");
    put(younger, 1, NULL);
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 100)->call_type, "OLDER STREAM");
    strcpy(event.priority, "5");
    put(session, 5, NULL);
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 100)->priority, "4");
    put(session, 4, NULL);
    fold();
    STATE_MUST_BE(call_type, 0, "YOUNGER STREAM");
    STATE_MUST_BE(priority, 0, "5");
}

static void test_a_place_is_taken_whole(void **state)
{
    size_t size;

    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100);
    strcpy(event.place.address, "400 23RD AV");
    strcpy(event.place.beat, "B2");
    event.place.latitude = 47.5;
    event.place.longitude = -122.25;
    put(session, 1, "[]");
    say(EVENT_INCIDENT_UPDATED, "A", 200);
    strcpy(event.place.address, "1 MAIN ST");
    put(session, 2, "[{\"school\":7}]");
    say(EVENT_INCIDENT_UPDATED, "A", 300); /* words that name no place do not move the call */
    strcpy(event.place.address, "UNKNOWN TRAIL");
    strcpy(event.place.beat, "B9");
    put(session, 3, NULL);
    fold();
    STATE_MUST_BE(address, 0, "1 MAIN ST");
    STATE_MUST_BE(placed, 0, "[{\"school\":7}]");
    STATE_MUST_BE(beat, 0, NULL); /* a beat is not kept with another place's address */
    assert_null(element(state_param(COLUMN_latitude), 0, &size));
    assert_null(element(state_param(COLUMN_longitude), 0, &size));
}

static int64_t status_of(const enum event_kind *kinds, size_t count)
{
    batch_free(batch);
    batch = batch_new();
    for (size_t i = 0; i < count; i++) {
        say(kinds[i], "A", 100 + (event_time)i);
        put(session, i + 1, NULL);
    }
    fold();
    return number(P_STATUS, 0);
}
#define STATUS_OF(...)                                \
    status_of((const enum event_kind[]){__VA_ARGS__}, \
              sizeof((const enum event_kind[]){__VA_ARGS__}) / sizeof(enum event_kind))

static void test_closing_closes_a_later_event_opens_again_an_outcome_changes_nothing(void **state)
{
    enum { OPEN = 1, CLOSED = 2, UNSAID = 0 };

    (void)state;
    assert_int_equal(STATUS_OF(EVENT_CALL_RECEIVED), OPEN);
    assert_int_equal(STATUS_OF(EVENT_INCIDENT_OPENED, EVENT_UNIT_STATUS), OPEN);
    assert_int_equal(STATUS_OF(EVENT_CALL_RECEIVED, EVENT_INCIDENT_CLOSED), CLOSED);
    assert_int_equal(STATUS_OF(EVENT_INCIDENT_CLOSED, EVENT_INCIDENT_UPDATED), OPEN);
    assert_int_equal(STATUS_OF(EVENT_INCIDENT_CLOSED, EVENT_OUTCOME_RECORDED), CLOSED);
    assert_int_equal(STATUS_OF(EVENT_CALL_RECEIVED, EVENT_OUTCOME_RECORDED), OPEN);
    assert_int_equal(STATUS_OF(EVENT_OUTCOME_RECORDED), UNSAID);
}

static void test_entered_in_error_and_at_school_are_kept_once_said(void **state)
{
    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100)->entered_in_error = true;
    put(session, 1, NULL)->at_school = true;
    say(EVENT_INCIDENT_UPDATED, "A", 200);
    put(session, 2, NULL);
    say(EVENT_INCIDENT_UPDATED, "B", 200);
    put(session, 3, NULL);
    assert_int_equal(fold(), 2);
    assert_int_equal(number(P_ERROR, 0), 1);
    assert_int_equal(number(P_SCHOOL, 0), 1);
    assert_int_equal(number(P_ERROR, 1), 0);
    assert_int_equal(number(P_SCHOOL, 1), 0);
}

static void test_incidents_stand_once_each_sorted_by_agency_and_number(void **state)
{
    static const char *const numbers[] = {"B", "A", "AB", "B", "A"};
    struct session *other = add_session("two", 8);

    (void)state;
    other->agency_id = 1;
    for (size_t i = 0; i < 5; i++) {
        say(EVENT_CALL_RECEIVED, numbers[i], 100);
        put(session, i + 1, NULL);
    }
    say(EVENT_CALL_RECEIVED, "Z", 100);
    put(other, 1, NULL);
    assert_int_equal(fold(), 4);
    must_be(P_INCIDENT, 0, "Z");
    must_be(P_INCIDENT, 1, "A");
    must_be(P_INCIDENT, 2, "AB");
    must_be(P_INCIDENT, 3, "B");
    assert_int_equal(number(0, 0), 1);
    assert_int_equal(number(0, 1), 2);
}

static void test_what_was_not_stored_makes_no_state(void **state)
{
    (void)state;
    strcpy(say(EVENT_CALL_RECEIVED, "A", 100)->call_type, "KEPT");
    put(session, 1, NULL);
    strcpy(say(EVENT_INCIDENT_UPDATED, "A", 200)->call_type, "A DUPLICATE");
    put(session, 2, NULL)->stored = false;
    strcpy(say(EVENT_INCIDENT_UPDATED, "B", 200)->call_type, "A DUPLICATE");
    put(session, 3, NULL)->stored = false;
    assert_int_equal(fold(), 1);
    STATE_MUST_BE(call_type, 0, "KEPT");
}

/* ---- Every order, and every cut ---- */

static void put_story(const int order[4])
{
    for (int i = 0; i < 4; i++) {
        switch (order[i]) {
        case 0:
            strcpy(say(EVENT_CALL_RECEIVED, "A", 100)->call_type, "FIGHT");
            strcpy(event.place.address, "400 23RD AV");
            put(session, 1, "[]");
            break;
        case 1:
            say(EVENT_INCIDENT_UPDATED, "A", 200)->place.latitude = 47.5;
            put(session, 2, "[{\"school\":7}]");
            break;
        case 2:
            strcpy(say(EVENT_INCIDENT_CLOSED, "A", 300)->final_type, "ASSAULT");
            put(session, 3, NULL);
            break;
        default:
            strcpy(say(EVENT_OUTCOME_RECORDED, "A", 400)->priority, "2");
            put(session, 4, NULL);
        }
    }
}

static void test_every_order_of_the_same_events_makes_the_same_state(void **state)
{
    struct params first = {0};
    int tried = 0;

    (void)state;
    for (int code = 0; code < 256; code++) {
        int order[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6 & 3};

        if ((1 << order[0] | 1 << order[1] | 1 << order[2] | 1 << order[3]) != 15)
            continue;
        batch_free(batch);
        batch = batch_new();
        put_story(order);
        assert_int_equal(fold(), 1);
        if (tried++ == 0) {
            first = params;
            params.count = 0;
            continue;
        }
        assert_int_equal(params.count, first.count);
        for (int p = 0; p < params.count; p++) {
            assert_int_equal(params.length[p], first.length[p]);
            assert_memory_equal(params.value[p], first.value[p], (size_t)first.length[p]);
        }
    }
    assert_int_equal(tried, 24);
    params_free(&first);
}

static void test_the_events_of_two_parts_are_those_of_the_whole(void **state)
{
    struct run parts[2];
    struct params of_part = {0}, of_whole = {0};

    (void)state;
    for (uint64_t seq = 1; seq <= 5; seq++) {
        snprintf(say(EVENT_CALL_RECEIVED, "A", 100)->call_type, 8, "T%d", (int)seq);
        put(session, seq, NULL);
        put_kind(session, RECORD_REPEATED, seq); /* has no row */
    }
    struct run all = whole();
    assert_int_equal(run_events(&all, &of_whole), 5);
    for (size_t cut = 0; cut <= batch->count; cut++) {
        size_t rows = 0, octets = 0;

        parts[0] = (struct run){batch, 0, cut};
        parts[1] = (struct run){batch, cut, batch->count};
        for (int p = 0; p < 2; p++) {
            size_t n = parts[p].from < parts[p].to ? run_events(&parts[p], &of_part) : 0;

            rows += n;
            if (n) {
                size_t size = (size_t)of_part.length[COLUMN_call_type] - 20;
                assert_memory_equal(of_part.value[COLUMN_call_type] + 20,
                                    of_whole.value[COLUMN_call_type] + 20 + octets, size);
                octets += size;
            }
            params_free(&of_part);
        }
        assert_int_equal(rows, 5);
        assert_int_equal(octets, of_whole.length[COLUMN_call_type] - 20);
    }
    params_free(&of_whole);
}

static void test_a_part_folds_only_its_own_records(void **state)
{
    struct run run = {batch, 1, 2};

    (void)state;
    for (uint64_t seq = 1; seq <= 3; seq++) {
        snprintf(say(EVENT_CALL_RECEIVED, "A", 100 + (event_time)seq)->call_type, 8, "T%d",
                 (int)seq);
        put(session, seq, NULL);
    }
    assert_int_equal(run_incidents(&run, &params), 1);
    STATE_MUST_BE(call_type, 0, "T2");
}

static void test_a_column_of_which_nothing_was_said_is_null_as_a_whole(void **state)
{
    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100);
    put(session, 1, NULL);
    strcpy(say(EVENT_CALL_RECEIVED, "B", 100)->call_type, "FIGHT");
    put(session, 2, NULL);
    struct run run = whole();
    assert_int_equal(run_events(&run, &params), 2);
    assert_int_equal(params.count, COLUMN_COUNT);
    assert_null(params.value[COLUMN_priority]);
    assert_int_equal(params.length[COLUMN_priority], 0);
    must_be(COLUMN_call_type, 0, NULL);
    must_be(COLUMN_call_type, 1, "FIGHT");
    for (int i = 0; i < COLUMN_COUNT; i++) /* keys are always there: they make the rows */
        assert_true(params.value[i] || !(column_rows[i].role & COLUMN_KEY) || i == COLUMN_event_id);
}

static void test_a_run_without_events_has_no_rows(void **state)
{
    struct run run;

    (void)state;
    put_kind(session, RECORD_REPEATED, 1);
    run = whole();
    assert_int_equal(run_events(&run, &params), 0);
    assert_int_equal(params.count, 0);
    assert_int_equal(run_incidents(&run, &params), 0);
}

/* ---- Streams ---- */

static void test_each_stream_is_held_once_to_its_highest_sequence(void **state)
{
    struct session *other = add_session("two", 3);
    struct run run;

    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100);
    put(session, 5, NULL);
    put(other, 9, NULL);
    put_kind(session, RECORD_REFUSED, 8);
    put_kind(session, RECORD_REPEATED, 2);
    put_kind(session, RECORD_GONE, 100); /* does not count as received */
    run = whole();
    assert_int_equal(run_holds(&run, &params), 2);
    assert_int_equal(number(0, 0), 7);
    must_be(1, 0, "owner of 7");
    assert_int_equal(number(2, 0), 8);
    assert_int_equal(number(0, 1), 3);
    assert_int_equal(number(2, 1), 9);
}

static void test_tallies_count_each_record_once_by_stream(void **state)
{
    struct session *other = add_session("two", 3);
    struct record *record;
    struct run run;

    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100);
    put(session, 1, NULL)->at_school = true;
    put(session, 2, NULL);
    put(session, 3, NULL);
    record = put(session, 4, NULL);
    record->stored = false;
    record->at_school = true; /* still a duplicate */
    record->dropped = (struct event_dropped){
        .unknown = 5, .denied = 2, .withheld = 1, .found = {.count = {1, 2, 3, 4}}};
    put_kind(session, RECORD_REPEATED, 1);
    put_kind(session, RECORD_REFUSED, 5);
    put_kind(session, RECORD_GONE, 6);
    put_kind(session, RECORD_MANIFEST, 0);
    put_kind(other, RECORD_REPEATED, 1);
    run = whole();
    assert_int_equal(run_tallies(&run, &params), 2);
    static const int64_t expected[2][14] = {{3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 10},
                                            {7, 1, 2, 1, 1, 1, 5, 2, 1, 1, 2, 3, 4, 420}};
    for (size_t i = 0; i < 2; i++)
        for (int t = T_STREAM; t <= T_OCTETS; t++)
            if (number(t, i) != expected[i][t])
                fail_msg("stream %zu, tally %d: %d, not %d", i, t, (int)number(t, i),
                         (int)expected[i][t]);
}

static void test_a_batch_lets_its_sessions_go(void **state)
{
    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100);
    for (uint64_t seq = 1; seq <= 200; seq++)
        put(session, seq, NULL);
    put_kind(session, RECORD_REFUSED, 201);
    put_kind(session, RECORD_MANIFEST, 0);
    assert_int_equal(session->references, 203);
    batch_free(batch);
    assert_int_equal(session->references, 1);
    batch = batch_new();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_said_last_of_each_field_wins),
        TEST(test_source_time_decides_not_the_order_of_arrival),
        TEST(test_of_equal_times_the_later_epoch_decides_then_the_sequence),
        TEST(test_a_place_is_taken_whole),
        TEST(test_closing_closes_a_later_event_opens_again_an_outcome_changes_nothing),
        TEST(test_entered_in_error_and_at_school_are_kept_once_said),
        TEST(test_incidents_stand_once_each_sorted_by_agency_and_number),
        TEST(test_what_was_not_stored_makes_no_state),
        TEST(test_every_order_of_the_same_events_makes_the_same_state),
        TEST(test_the_events_of_two_parts_are_those_of_the_whole),
        TEST(test_a_part_folds_only_its_own_records),
        TEST(test_a_column_of_which_nothing_was_said_is_null_as_a_whole),
        TEST(test_a_run_without_events_has_no_rows),
        TEST(test_each_stream_is_held_once_to_its_highest_sequence),
        TEST(test_tallies_count_each_record_once_by_stream),
        TEST(test_a_batch_lets_its_sessions_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
