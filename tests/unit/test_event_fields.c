/* Times of the event model, and fields set by path, as a mapping of columns does. */
#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static event_time now; /* 2026-11-24T00:00:00Z */
static struct event event;
static struct error error;

static int setup(void **state)
{
    (void)state;
    return event_time_parse("2026-11-24T00:00:00Z", 20, &now);
}

static const char *encoded(const struct event *from)
{
    static char out[EVENT_MAX_OCTETS];

    assert_true(event_encode(from, out, sizeof(out)) > 0);
    return out;
}

static void test_times_are_parsed_by_calendar_and_offset(void **state)
{
    static const struct {
        const char *text, *same;
    } good[] = {
        {"2026-11-23T09:12:04-08:00", "2026-11-23T17:12:04Z"},
        {"2026-11-23t09:12:04.5z", "2026-11-23T09:12:04.5Z"},
        {"2026-11-23 09:12:04.123456789+00:00", "2026-11-23T09:12:04.123456Z"},
        {"2024-02-29T23:59:59+15:59", "2024-02-29T08:00:59Z"},
        {"2000-02-29T00:00:00-00:00", "2000-02-29T00:00:00Z"},
        {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
    };
    char text[32];
    event_time time;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(event_time_parse(good[i].text, strlen(good[i].text), &time), 0);
        event_time_format(time, text);
        assert_string_equal(text, good[i].same);
    }
    assert_int_equal(event_time_parse("1970-01-01T00:00:01Z", 20, &time), 0);
    assert_int_equal(time, 1000000);
}

static void test_what_is_not_a_time_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T09:12:04",
        "2026-11-23T09:12Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T09:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "-001-01-01T00:00:00Z",
        "2026-1-1T00:00:00Z",
        "2026-11-23T09:12:04.Z",
        "2026-11-23T09:12:04.1234567890Z",
        "2026-11-23T09:12:04,5Z",
        "2026-11-23T09:12:04+16:00",
        "2026-11-23T09:12:04+08",
        "2026-11-23T09:12:04+0800",
        "2026-11-23T09:12:04Z ",
        " 2026-11-23T09:12:04Z",
        "2026-11-23T09:12:04ZZ",
        "now",
    };
    event_time time;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (event_time_parse(bad[i], strlen(bad[i]), &time) != ERR_TIME)
            fail_msg("taken for a time: %s", bad[i]);
    assert_int_equal(event_time_parse("99999-01-01T00:00:00Z", 21, &time), ERR_RANGE);
}

static void test_each_day_of_four_centuries_is_formatted_as_parsed(void **state)
{
    event_time time, back, day = INT64_C(86400) * 1000000;
    char text[32], last[32] = "";

    (void)state;
    assert_int_equal(event_time_parse("1800-01-01T12:34:56Z", 20, &time), 0);
    for (int i = 0; i < 146100; i++, time += day) {
        event_time_format(time, text);
        assert_true(strcmp(last, text) < 0);
        strcpy(last, text);
        assert_int_equal(event_time_parse(text, strlen(text), &back), 0);
        assert_int_equal(back, time);
    }
}

static void test_a_time_that_cannot_be_written_is_empty(void **state)
{
    static const event_time odd[] = {EVENT_TIME_NONE, INT64_MAX, INT64_MIN + 1};
    char text[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        event_time_format(odd[i], text);
        assert_string_equal(text, "");
    }
}

static void test_fields_are_set_by_path(void **state)
{
    static const struct {
        const char *path, *text;
    } rows[] = {
        {"kind", "unit.status"},
        {"incident", " 26-7 "},
        {"occurred_at", "2026-11-23T09:12:04-08:00"},
        {"times.on_scene", "2026-11-23T09:14:00-08:00"},
        {"place.latitude", "47.5"},
        {"place.longitude", " -122.25"},
        {"report_numbers[0]", "R1"},
        {"units[0].id", "3S12"},
        {"units[0].status", "on_scene"},
        {"dispositions[1].code", "B"},
        {"dispositions[1].primary", "Yes"},
        {"outcomes[0].code", "warning"},
        {"outcomes[0].subject", "2"},
        {"zone", ""},
    };

    (void)state;
    event_clear(&event);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(event_has_path(rows[i].path));
        if (event_set(&event, rows[i].path, rows[i].text, &error) != 0)
            fail_msg("%s: %s", rows[i].path, error.reason);
    }
    assert_int_equal(event_check(&event, now, &error), ERR_MISSING);
    assert_string_equal(error.field, "dispositions[0].code");
    event_compact(&event);
    assert_int_equal(event_check(&event, now, &error), 0);
    assert_string_equal(encoded(&event), "{\"kind\":\"unit.status\",\"incident\":\"26-7\","
                                         "\"occurred_at\":\"2026-11-23T17:12:04Z\","
                                         "\"times\":{\"on_scene\":\"2026-11-23T17:14:00Z\"},"
                                         "\"place\":{\"latitude\":47.5,\"longitude\":-122.25},"
                                         "\"report_numbers\":[\"R1\"],"
                                         "\"units\":[{\"id\":\"3S12\",\"status\":\"on_scene\"}],"
                                         "\"dispositions\":[{\"code\":\"B\",\"primary\":true}],"
                                         "\"outcomes\":[{\"subject\":2,\"code\":\"warning\"}]}");
}

static void test_an_empty_column_takes_a_field_back_and_makes_no_item(void **state)
{
    (void)state;
    event_clear(&event);
    assert_int_equal(event_set(&event, "zone", "UTC", &error), 0);
    assert_int_equal(event_set(&event, "zone", "  ", &error), 0);
    assert_string_equal(event.zone, "");
    assert_int_equal(event_set(&event, "units[3].id", "", &error), 0);
    assert_int_equal(event.units.count, 0);
}

static void test_paths_that_name_no_field_are_absent(void **state)
{
    static const char *const bad[] = {
        "",
        "nothing",
        "place",
        "place.",
        "place.nothing",
        "units",
        "units.id",
        "units[0]",
        "units[32].id",
        "units[-1].id",
        "units[].id",
        "units[0.id",
        "zone[0]",
        "zone.x",
        "report_numbers",
        "report_numbers[8]",
        "immigration_status",
        "units[99999999999999999999].id",
        "place..address",
        ".zone",
        "units[0]id",
        "report_numbers[0].x",
    };

    (void)state;
    event_clear(&event);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (event_has_path(bad[i]) || event_set(&event, bad[i], "1", &error) != ERR_ABSENT ||
            event_set_time(&event, bad[i], now) != ERR_ABSENT)
            fail_msg("taken for a path: %s", bad[i]);
    }
    assert_int_equal(event_set_time(&event, "zone", now), ERR_TYPE);
    assert_int_equal(event_set_time(&event, "units[1].at", now), 0);
    assert_int_equal(event.units.count, 2);
    assert_int_equal(event.units.item[1].at, now);
}

static void test_text_that_is_no_value_of_the_field_is_refused_by_path(void **state)
{
    static const struct {
        const char *path, *text;
        enum err code;
    } rows[] = {
        {"place.latitude", "inf", ERR_TYPE},
        {"place.latitude", "0x10", ERR_TYPE},
        {"place.latitude", "47,5", ERR_TYPE},
        {"place.latitude", "1e9", ERR_RANGE},
        {"outcomes[0].subject", "1.5", ERR_TYPE},
        {"entered_in_error", "maybe", ERR_VALUE},
        {"kind", "call", ERR_VALUE},
        {"occurred_at", "11/23/26", ERR_TIME},
        {"call_type", "caf\xe9", ERR_UTF8},
        {"place.latitude", "nan", ERR_TYPE},
        {"priority", "12345678901234567", ERR_SIZE},
        {"place.latitude", "-", ERR_TYPE},
    };

    (void)state;
    event_clear(&event);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int err = event_set(&event, rows[i].path, rows[i].text, &error);

        if (err != (int)rows[i].code || strcmp(error.field, rows[i].path) != 0)
            fail_msg("%s=%s: expected %s, got %d at %s", rows[i].path, rows[i].text,
                     err_name(rows[i].code), err, error.field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_times_are_parsed_by_calendar_and_offset, setup),
        cmocka_unit_test_setup(test_what_is_not_a_time_is_refused, setup),
        cmocka_unit_test_setup(test_each_day_of_four_centuries_is_formatted_as_parsed, setup),
        cmocka_unit_test_setup(test_a_time_that_cannot_be_written_is_empty, setup),
        cmocka_unit_test_setup(test_fields_are_set_by_path, setup),
        cmocka_unit_test_setup(test_an_empty_column_takes_a_field_back_and_makes_no_item, setup),
        cmocka_unit_test_setup(test_paths_that_name_no_field_are_absent, setup),
        cmocka_unit_test_setup(test_text_that_is_no_value_of_the_field_is_refused_by_path, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
