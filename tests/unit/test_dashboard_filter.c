/* The filters of a list of calls, and the cursors that page through it. */
#include "http.h"
#include "services/dashboard/calls/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const unsigned char key[FILTER_KEY_SIZE] = "a key of thirty-two octets......";

static int read_one(const char *name, const char *value, struct filter *filter, struct error *error)
{
    static char names[32], values[600];

    snprintf(names, sizeof names, "%s", name);
    snprintf(values, sizeof values, "%s", value);
    memset(error, 0, sizeof *error);
    return filter_read(filter, &(struct http_pair){names, values}, 1, FILTER_COUNT, error);
}

static void test_good_values_become_parameters(void **state)
{
    static const struct {
        const char *name, *value;
        enum filter_field field;
    } good[] = {
        {"from", "2026-02-28", FILTER_FROM},
        {"to", "2028-02-29", FILTER_TO},
        {"school", "7", FILTER_SCHOOL},
        {"class", "fire_hazard", FILTER_CLASS},
        {"type", "Ärger '; drop table", FILTER_TYPE},
        {"disposition", "none", FILTER_DISPOSITION},
        {"month", "2015-12", FILTER_MONTH},
        {"status", "cancelled", FILTER_STATUS},
        {"hours", "outside", FILTER_HOURS},
        {"agency", "lakeside-pd", FILTER_AGENCY},
        {"q", "100% of _", FILTER_Q},
        {"limit", "200", FILTER_LIMIT},
        {"dir", "asc", FILTER_DIR},
        {"sort", "priority", FILTER_SORT},
    };
    struct filter filter;
    struct error error;
    (void)state;

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(read_one(good[i].name, good[i].value, &filter, &error), 0);
        assert_string_equal(filter.value[good[i].field], good[i].value);
    }
}

static void test_bad_values_are_refused_by_name(void **state)
{
    static const struct {
        const char *name, *value;
    } bad[] = {
        {"from", "2026-02-29"},
        {"from", "2026-13-01"},
        {"from", "26-01-01"},
        {"from", "2026-01-1"},
        {"from", "2026-01-01T00:00:00Z"},
        {"from", ""},
        {"to", "tomorrow"},
        {"month", "2026-00"},
        {"month", "2026-1"},
        {"school", "0"},
        {"school", "-1"},
        {"school", "1 or 1=1"},
        {"school", "9999999999"},
        {"class", "a'b"},
        {"class", ""},
        {"status", "Open"},
        {"hours", "any"},
        {"sort", "opened_at; --"},
        {"sort", "address"},
        {"dir", "up"},
        {"limit", "0"},
        {"limit", "201"},
        {"limit", "1e2"},
        {"q", ""},
        {"counted", "yes"},
        {"agency", "A"},
    };
    struct filter filter;
    struct error error;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (read_one(bad[i].name, bad[i].value, &filter, &error) != ERR_VALUE)
            fail_msg("%s=%s was taken", bad[i].name, bad[i].value);
        assert_string_equal(error.field, bad[i].name);
        assert_true(error.reason[0] != '\0');
    }
}

static void test_lengths_are_counted_in_characters(void **state)
{
    char text[400] = "";
    struct filter filter;
    struct error error;
    (void)state;

    for (size_t i = 0; i < 80; i++)
        memcpy(text + 2 * i, "é", 3);
    assert_int_equal(read_one("q", text, &filter, &error), 0);
    memcpy(text + 160, "é", 3);
    assert_int_equal(read_one("q", text, &filter, &error), ERR_VALUE);
}

static void test_an_unknown_or_doubled_parameter_is_refused(void **state)
{
    struct http_pair twice[] = {{"q", "a"}, {"q", "b"}};
    struct http_pair order[] = {{"sort", "school"}};
    struct filter filter;
    struct error error = {0};
    (void)state;

    assert_int_equal(read_one("schol", "1", &filter, &error), ERR_ABSENT);
    assert_string_equal(error.field, "schol");
    assert_int_equal(filter_read(&filter, twice, 2, FILTER_COUNT, &error), ERR_VALUE);
    assert_string_equal(error.field, "q");
    /* a query for figures has no order */
    assert_int_equal(filter_read(&filter, order, 1, FILTER_SQL, &error), ERR_ABSENT);
    assert_int_equal(filter_read(&filter, order, 1, FILTER_FROM, &error), ERR_ABSENT);
}

static void test_a_cursor_holds_only_for_the_same_question(void **state)
{
    struct http_pair pairs[] = {{"school", "7"}, {"sort", "school"}};
    struct filter filter, other;
    char cursor[FILTER_CURSOR_SIZE];
    uint32_t offset = 99;
    (void)state;

    assert_int_equal(filter_read(&filter, pairs, 2, FILTER_COUNT, NULL), 0);
    assert_int_equal(filter_cursor_read(&filter, "1 5", key, &offset), 0);
    assert_int_equal(offset, 0);
    filter_cursor_make(&filter, "1 5", key, 150, cursor);
    filter.value[FILTER_CURSOR] = cursor;
    assert_int_equal(filter_cursor_read(&filter, "1 5", key, &offset), 0);
    assert_int_equal(offset, 150);

    assert_int_equal(filter_cursor_read(&filter, "1 6", key, &offset), ERR_VALUE);
    other = filter;
    other.value[FILTER_SCHOOL] = "8";
    assert_int_equal(filter_cursor_read(&other, "1 5", key, &offset), ERR_VALUE);
    other = filter;
    other.descending = false;
    assert_int_equal(filter_cursor_read(&other, "1 5", key, &offset), ERR_VALUE);
    other = filter;
    other.counted = true;
    assert_int_equal(filter_cursor_read(&other, "1 5", key, &offset), ERR_VALUE);
}

static void test_a_forged_cursor_is_refused(void **state)
{
    struct filter filter = {0};
    char cursor[FILTER_CURSOR_SIZE];
    uint32_t offset;
    (void)state;

    filter_cursor_make(&filter, "1 5", key, 50, cursor);
    cursor[1] = cursor[1] == 'A' ? 'B' : 'A';
    filter.value[FILTER_CURSOR] = cursor;
    assert_int_equal(filter_cursor_read(&filter, "1 5", key, &offset), ERR_VALUE);
    filter.value[FILTER_CURSOR] = "50";
    assert_int_equal(filter_cursor_read(&filter, "1 5", key, &offset), ERR_VALUE);
    filter.value[FILTER_CURSOR] = "not base64 at all!";
    assert_int_equal(filter_cursor_read(&filter, "1 5", key, &offset), ERR_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_values_become_parameters),
        cmocka_unit_test(test_bad_values_are_refused_by_name),
        cmocka_unit_test(test_lengths_are_counted_in_characters),
        cmocka_unit_test(test_an_unknown_or_doubled_parameter_is_refused),
        cmocka_unit_test(test_a_cursor_holds_only_for_the_same_question),
        cmocka_unit_test(test_a_forged_cursor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
