/*
 * Places whose words are uncertain, in a batch: they become the place of a call only if no event
 * has a certain one, and are a question until an event states a place. docs/model.md, "Place".
 */
#include "services/intake/store/intake_batch.h"

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STATE = 12 }; /* number of run_incidents' parameters before those of the state */

static struct sessions sessions;
static struct session *session;
static struct batch *batch;

static int setup(void **state)
{
    (void)state;
    memset(&sessions, 0, sizeof sessions);
    session = sessions_add(&sessions, "one", 3);
    batch = batch_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    batch_free(batch);
    while (sessions.by_id)
        sessions_forget(&sessions, sessions.by_id);
    return 0;
}

static void put(event_time at, const char *address, const char *placed, const char *unsure)
{
    struct event event;
    struct column_origin origin = {.stream_no = 7,
                                   .seq = batch->count + 1,
                                   .agency_id = 2,
                                   .mode = 1,
                                   .epoch = 1,
                                   .placed = placed,
                                   .unsure = unsure};
    struct record record = {.kind = RECORD_EVENT,
                            .session = session_ref(session),
                            .seq = batch->count + 1,
                            .row = batch->columns.rows,
                            .stored = true};

    event_clear(&event);
    event.kind = EVENT_INCIDENT_UPDATED;
    event.occurred_at = at;
    strcpy(event.incident, "I-1");
    snprintf(event.place.address, sizeof event.place.address, "%s", address);
    columns_append(&batch->columns, &origin, &event);
    batch_add(batch, &record);
}

/* Asserts the first element of the parameter that holds a column of the state. */
static void must_be(const struct params *params, enum column_name name, const char *text)
{
    int param = STATE;
    uint32_t length = UINT32_MAX;

    for (int i = 0; i < (int)name; i++)
        param += (column_rows[i].role & COLUMN_STATE) != 0;
    if (params->value[param])
        memcpy(&length, params->value[param] + 20, 4);
    length = be32toh(length);
    if (!text) {
        assert_int_equal(length, UINT32_MAX);
        return;
    }
    assert_int_equal(length, strlen(text));
    assert_memory_equal(params->value[param] + 24, text, length);
}

static void incident_must_be(const char *address, const char *placed, const char *unsure)
{
    struct run run = {batch, 0, batch->count};
    struct params params = {0};

    assert_int_equal(run_incidents(&run, &params), 1);
    must_be(&params, COLUMN_address, address);
    must_be(&params, COLUMN_placed, placed);
    must_be(&params, COLUMN_unsure, unsure);
    params_free(&params);
}

static void test_unsure_words_are_the_place_where_no_event_has_one(void **state)
{
    (void)state;
    put(100, "400 23RD", NULL, "{1}");
    put(200, "UNKNOWN TRAIL", NULL, NULL);
    incident_must_be("400 23RD", NULL, "{1}");
}

static void test_unsure_words_move_no_call_that_has_a_place(void **state)
{
    (void)state;
    put(100, "1 MAIN ST", "[{\"school\":7}]", NULL);
    put(200, "400 23RD", NULL, "{2}");
    incident_must_be("1 MAIN ST", "[{\"school\":7}]", "{2}");
}

static void test_a_place_said_later_leaves_no_question(void **state)
{
    (void)state;
    put(200, "1 MAIN ST", "[]", NULL);
    put(100, "400 23RD", NULL, "{1}"); /* arrives later, but is older */
    incident_must_be("1 MAIN ST", "[]", NULL);
}

static void test_the_last_question_counts(void **state)
{
    (void)state;
    put(100, "400 23RD", NULL, "{1}");
    put(200, "NEAR GARFIELD HS", NULL, "{2}");
    incident_must_be("NEAR GARFIELD HS", NULL, "{2}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_unsure_words_are_the_place_where_no_event_has_one),
        TEST(test_unsure_words_move_no_call_that_has_a_place),
        TEST(test_a_place_said_later_leaves_no_question),
        TEST(test_the_last_question_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
