/*
 * Columns: an event's fields as PostgreSQL's binary arrays, octet by octet, and the content_id,
 * which is equal for equal facts.
 */
#include "services/intake/store/columns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct columns columns;
static struct event event;
static const struct column_origin origin = {.stream_no = 3,
                                            .seq = 9,
                                            .agency_id = 2,
                                            .mode = 1,
                                            .epoch = 1700000000000000,
                                            .placed = NULL};

static int setup(void **state)
{
    (void)state;
    columns_init(&columns);
    event_clear(&event);
    event.kind = EVENT_INCIDENT_UPDATED;
    event.occurred_at = 1763900000000000;
    strcpy(event.incident, "26-1");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    columns_free(&columns);
    return 0;
}

static size_t append(const struct event *from, const struct column_origin *as)
{
    columns_append(&columns, as, from);
    return columns.rows - 1;
}

static void must_hold(enum column_name name, size_t row, const char *octets, size_t size)
{
    size_t found;
    const unsigned char *data = column_get(&columns.column[name], row, &found);

    if (column_is_null(&columns.column[name], row))
        fail_msg("%s is null", column_rows[name].name);
    if (found != size)
        fail_msg("%s has %zu octets, not %zu", column_rows[name].name, found, size);
    assert_memory_equal(data, octets, size);
}
#define MUST_HOLD(name, row, literal) must_hold(name, row, literal, sizeof(literal) - 1)

static void must_be_null(enum column_name name, size_t row)
{
    if (!column_is_null(&columns.column[name], row))
        fail_msg("%s is not null", column_rows[name].name);
}

static void must_encode(struct column *column, enum column_type type, const char *octets,
                        size_t size)
{
    int found;
    char *param = column_param(column, type, &found);

    assert_int_equal(found, size);
    assert_memory_equal(param, octets, size);
    free(param);
    free(column->data);
    free(column->start);
    memset(column, 0, sizeof *column);
}
#define MUST_ENCODE(column, type, literal) must_encode(column, type, literal, sizeof(literal) - 1)

/* ---- Arrays ---- */

static void test_an_int_array_is_encoded_as_postgresql_reads_it(void **state)
{
    struct column column = {0};

    (void)state;
    column_put_i32(&column, 1);
    column_put_null(&column);
    column_put_i32(&column, -2);
    /* select array_send('{1,null,-2}'::int[]) */
    MUST_ENCODE(&column, COLUMN_INT4,
                "\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\3\0\0\0\1"
                "\0\0\0\4\0\0\0\1\xff\xff\xff\xff\0\0\0\4\xff\xff\xff\xfe");
}

static void test_each_type_has_its_own_element(void **state)
{
    struct column column = {0};

    (void)state;
    column_put_i16(&column, -2);
    MUST_ENCODE(&column, COLUMN_INT2, "\0\0\0\1\0\0\0\1\0\0\0\x15\0\0\0\1\0\0\0\1\0\0\0\2\xff\xfe");
    column_put_i64(&column, 0x0102030405060708);
    MUST_ENCODE(&column, COLUMN_INT8,
                "\0\0\0\1\0\0\0\1\0\0\0\x14\0\0\0\1\0\0\0\1\0\0\0\10\1\2\3\4\5\6\7\10");
    column_put_bool(&column, true);
    column_put_bool(&column, false);
    MUST_ENCODE(&column, COLUMN_BOOL,
                "\0\0\0\1\0\0\0\1\0\0\0\x10\0\0\0\2\0\0\0\1\0\0\0\1\1\0\0\0\1\0");
    column_put_text(&column, "ab");
    column_put_text(&column, "");
    column_put_text(&column, NULL);
    MUST_ENCODE(&column, COLUMN_TEXT,
                "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1\0\0\0\2"
                "ab\xff\xff\xff\xff\xff\xff\xff\xff");
}

static void test_an_array_of_nothing_has_no_elements(void **state)
{
    struct column column = {0};

    (void)state;
    MUST_ENCODE(&column, COLUMN_INT4, "\0\0\0\1\0\0\0\1\0\0\0\x17\0\0\0\0\0\0\0\1");
}

static void test_every_type_has_the_name_that_sql_calls_it(void **state)
{
    (void)state;
    assert_string_equal(column_sql_type(COLUMN_INT2), "smallint[]");
    assert_string_equal(column_sql_type(COLUMN_FLOAT8), "double precision[]");
    assert_string_equal(column_sql_type(COLUMN_TIME), "timestamptz[]");
    assert_string_equal(column_sql_type(COLUMN_UUID), "uuid[]");
}

static void test_a_column_grows_to_any_number_of_elements(void **state)
{
    struct column column = {0};

    (void)state;
    for (int i = 0; i < 5000; i++)
        column_put_i64(&column, (int64_t)i * i);
    assert_int_equal(column.count, 5000);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(column_get_i64(&column, (size_t)i), (int64_t)i * i);
    free(column.data);
    free(column.start);
}

/* ---- An event as a row ---- */

static void test_an_events_fields_are_encoded_each_by_its_type(void **state)
{
    (void)state;
    strcpy(event.call_type, "DISTURB");
    event.place.latitude = 47.5;
    event.place.longitude = -122.25;
    event.times.on_scene = 946684800000001; /* 2000-01-01 and a microsecond */
    event.initiated_by = 1;
    event.entered_in_error = true;
    size_t row = append(&event, &origin);
    MUST_HOLD(COLUMN_stream_no, row, "\0\0\0\3");
    MUST_HOLD(COLUMN_seq, row, "\0\0\0\0\0\0\0\11");
    MUST_HOLD(COLUMN_agency_id, row, "\0\0\0\2");
    MUST_HOLD(COLUMN_incident_no, row, "26-1");
    MUST_HOLD(COLUMN_kind, row, "\0\3");
    MUST_HOLD(COLUMN_mode, row, "\0\1");
    MUST_HOLD(COLUMN_call_type, row, "DISTURB");
    MUST_HOLD(COLUMN_initiated_by, row, "\0\1");
    MUST_HOLD(COLUMN_t_on_scene, row, "\0\0\0\0\0\0\0\1");
    MUST_HOLD(COLUMN_latitude, row, "\x40\x47\xc0\0\0\0\0\0");
    MUST_HOLD(COLUMN_longitude, row, "\xc0\x5e\x90\0\0\0\0\0");
    MUST_HOLD(COLUMN_entered_in_error, row, "\1");
    assert_int_equal(column_get_i64(&columns.column[COLUMN_occurred_at], row),
                     1763900000000000 - 946684800000000);
    assert_int_equal(column_get_i64(&columns.column[COLUMN_epoch], row), 1700000000000000);
}

static void test_what_is_not_given_is_null(void **state)
{
    (void)state;
    size_t row = append(&event, &origin);
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (column_rows[i].role & (COLUMN_STATE | COLUMN_PLACE))
            must_be_null((enum column_name)i, row);
    must_be_null(COLUMN_outcomes, row);
    must_be_null(COLUMN_event_id, row);
    must_be_null(COLUMN_time_quality, row);
    MUST_HOLD(COLUMN_entered_in_error, row, "\0");
}

static void test_every_column_has_an_element_for_every_row(void **state)
{
    (void)state;
    for (size_t rows = 1; rows <= 3; rows++) {
        append(&event, &origin);
        for (int i = 0; i < COLUMN_COUNT; i++)
            assert_int_equal(columns.column[i].count, rows);
    }
    assert_int_equal(columns.rows, 3);
}

static void test_report_numbers_are_an_array_literal(void **state)
{
    (void)state;
    event.report_numbers.count = 2;
    strcpy(event.report_numbers.item[0], "26-1");
    strcpy(event.report_numbers.item[1], "a\"b\\c,}");
    size_t row = append(&event, &origin);
    MUST_HOLD(COLUMN_report_numbers, row, "{\"26-1\",\"a\\\"b\\\\c,}\"}");
}

static void test_the_longest_report_numbers_fit(void **state)
{
    (void)state;
    event.report_numbers.count = 8;
    for (int i = 0; i < 8; i++)
        memset(event.report_numbers.item[i], '"', 32);
    size_t row = append(&event, &origin), size;
    column_get(&columns.column[COLUMN_report_numbers], row, &size);
    assert_int_equal(size, 8 * (2 * 32 + 3) + 1);
}

static void test_lists_are_json(void **state)
{
    (void)state;
    event.dispositions.count = 1;
    strcpy(event.dispositions.item[0].code, "ARREST");
    event.dispositions.item[0].primary = true;
    size_t row = append(&event, &origin);
    MUST_HOLD(COLUMN_dispositions, row, "[{\"code\":\"ARREST\",\"primary\":true}]");
    must_be_null(COLUMN_units, row);
}

static void test_a_place_that_was_looked_up_stands_as_json(void **state)
{
    struct column_origin placed = origin;

    (void)state;
    placed.placed = "[]";
    size_t row = append(&event, &placed);
    MUST_HOLD(COLUMN_placed, row, "[]");
}

/* ---- Copies ---- */

static void test_a_copied_row_is_the_same_in_every_column(void **state)
{
    struct columns copy;

    (void)state;
    columns_init(&copy);
    append(&event, &origin);
    strcpy(event.place.address, "400 23RD AV");
    event.place.latitude = 47.5;
    size_t row = append(&event, &origin);
    columns_copy(&copy, &columns, row);
    assert_int_equal(copy.rows, 1);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        size_t size, size_copied;
        const unsigned char *data = column_get(&columns.column[i], row, &size);
        const unsigned char *copied = column_get(&copy.column[i], 0, &size_copied);

        assert_int_equal(column_is_null(&copy.column[i], 0),
                         column_is_null(&columns.column[i], row));
        assert_int_equal(size_copied, size);
        assert_memory_equal(copied, data, size);
    }
    columns_free(&copy);
}

static void test_cleared_columns_hold_nothing_and_can_be_filled_again(void **state)
{
    (void)state;
    append(&event, &origin);
    assert_true(columns.column[COLUMN_incident_no].size > 0);
    columns_clear(&columns);
    assert_int_equal(columns.rows, 0);
    assert_int_equal(columns.column[COLUMN_incident_no].size, 0);
    strcpy(event.incident, "26-2");
    size_t row = append(&event, &origin);
    assert_int_equal(row, 0);
    MUST_HOLD(COLUMN_incident_no, row, "26-2");
}

/* ---- content_id ---- */

static bool same_content(size_t a, size_t b)
{
    size_t size_a, size_b;
    const unsigned char *id_a = column_get(&columns.column[COLUMN_content_id], a, &size_a);
    const unsigned char *id_b = column_get(&columns.column[COLUMN_content_id], b, &size_b);

    assert_int_equal(size_a, 16);
    assert_int_equal(size_b, 16);
    return memcmp(id_a, id_b, 16) == 0;
}

static void test_equal_content_has_an_equal_id_whatever_carried_it(void **state)
{
    struct column_origin other = {
        .stream_no = 77, .seq = 123456, .agency_id = 2, .mode = 3, .epoch = 1, .placed = "[]"};

    (void)state;
    strcpy(event.call_type, "DISTURB");
    size_t first = append(&event, &origin);
    strcpy(event.event_id, "another");
    strcpy(event.zone, "America/Denver");
    size_t second = append(&event, &other);
    assert_true(same_content(first, second));
}

/* For each kind of field: changes it to another value. */
#define CHANGE_ENUM(member)    (member)++
#define CHANGE_TEXT(member)    strcpy(member, "X")
#define CHANGE_TIME(member)    (member) = 1
#define CHANGE_REAL(member)    (member) = 1
#define CHANGE_INT(member)     (member) = 1
#define CHANGE_FLAG(member)    (member) = true
#define CHANGE_TEXTS(member)   (member).count = 1, strcpy((member).item[0], "X")
#define CHANGE_OBJECTS(member) (member).count = 1

static void test_any_change_of_what_was_said_changes_the_id(void **state)
{
    static struct event changed;

    (void)state;
    append(&event, &origin);
#define FIELD(kind, m, number, name, role) \
    changed = event;                       \
    CHANGE_##kind(changed.m);              \
    if ((role)&COLUMN_CONTENT)             \
        append(&changed, &origin);
    FIELD_COLUMNS(EVENT_FIELDS)
#undef FIELD
#define FIELD(kind, m, number, name, role) \
    changed = event;                       \
    CHANGE_##kind(changed.times.m);        \
    append(&changed, &origin);
    FIELD_COLUMNS(EVENT_TIMES_FIELDS)
#undef FIELD
#define FIELD(kind, m, number, name, role) \
    changed = event;                       \
    CHANGE_##kind(changed.place.m);        \
    append(&changed, &origin);
    FIELD_COLUMNS(EVENT_PLACE_FIELDS)
#undef FIELD
    assert_true(columns.rows > 28);
    for (size_t i = 0; i < columns.rows; i++)
        for (size_t j = 0; j < i; j++)
            if (same_content(i, j))
                fail_msg("changes %zu and %zu have the same id", i, j);
}

/* A fact that an older version stored must be recognised when it is sent again. */
static void test_a_fact_has_the_id_that_it_always_had(void **state)
{
    (void)state;
    MUST_HOLD(COLUMN_content_id, append(&event, &origin),
              "\xd9\x86\x64\x1d\xa8\x85\x3e\xcb\x6c\x5b\x6b\x97\xe7\x1a\xf3\x8b");
    strcpy(event.call_type, "DISTURB");
    event.times.received = 1763900000000000;
    event.report_numbers.count = 1;
    strcpy(event.report_numbers.item[0], "R\"1");
    event.dispositions.count = 1;
    event.dispositions.item[0] = (struct event_disposition){.code = "R"};
    event.entered_in_error = true;
    strcpy(event.place.name, "LINCOLN");
    event.place.latitude = 47.5;
    MUST_HOLD(COLUMN_content_id, append(&event, &origin),
              "\x97\xcb\x70\x35\x4b\x6a\x59\xdf\x33\x82\x68\x6f\xc8\x41\xd7\x1d");
}

static void test_a_text_that_moves_to_the_next_field_changes_the_id(void **state)
{
    (void)state;
    strcpy(event.call_type, "AB");
    strcpy(event.final_type, "C");
    size_t first = append(&event, &origin);
    strcpy(event.call_type, "A");
    strcpy(event.final_type, "BC");
    assert_false(same_content(first, append(&event, &origin)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_int_array_is_encoded_as_postgresql_reads_it),
        TEST(test_each_type_has_its_own_element),
        TEST(test_an_array_of_nothing_has_no_elements),
        TEST(test_every_type_has_the_name_that_sql_calls_it),
        TEST(test_a_column_grows_to_any_number_of_elements),
        TEST(test_an_events_fields_are_encoded_each_by_its_type),
        TEST(test_what_is_not_given_is_null),
        TEST(test_every_column_has_an_element_for_every_row),
        TEST(test_report_numbers_are_an_array_literal),
        TEST(test_the_longest_report_numbers_fit),
        TEST(test_lists_are_json),
        TEST(test_a_place_that_was_looked_up_stands_as_json),
        TEST(test_a_copied_row_is_the_same_in_every_column),
        TEST(test_cleared_columns_hold_nothing_and_can_be_filled_again),
        TEST(test_equal_content_has_an_equal_id_whatever_carried_it),
        TEST(test_any_change_of_what_was_said_changes_the_id),
        TEST(test_a_fact_has_the_id_that_it_always_had),
        TEST(test_a_text_that_moves_to_the_next_field_changes_the_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
