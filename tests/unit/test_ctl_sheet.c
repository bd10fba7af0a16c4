/* Files to import: CSV, JSON and GeoJSON give the same rows; errors name line and field. */
#include "services/ctl/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct sheet *parse(const char *text)
{
    struct error error;
    struct sheet *sheet;
    long line;

    if (sheet_parse(&sheet, text, strlen(text), &error, &line))
        fail_msg("line %ld, %s: %s", line, error.field, error.reason);
    return sheet;
}

static void expect_error(const char *text, enum err code, long line)
{
    struct error error;
    struct sheet *sheet;
    long at;

    assert_int_equal(sheet_parse(&sheet, text, strlen(text), &error, &at), code);
    assert_null(sheet);
    assert_int_equal(at, line);
}

static void test_csv_is_read_by_its_header(void **state)
{
    struct sheet *sheet = parse("\xEF\xBB\xBF"
                                "Code,name\r\nA1, Lincoln \r\n\r\nA2,\"a, \"\"b\"\"\"\r\n");

    (void)state;
    assert_int_equal(sheet_rows(sheet), 2);
    assert_string_equal(sheet_get(sheet, 0, "code"), "A1");
    assert_string_equal(sheet_get(sheet, 0, "name"), "Lincoln");
    assert_string_equal(sheet_get(sheet, 1, "NAME"), "a, \"b\"");
    assert_int_equal(sheet_line(sheet, 1), 4);
    assert_string_equal(sheet_unit(sheet), "line");
    assert_false(sheet_has(sheet, "level"));
    sheet_free(sheet);
}

static void test_a_line_end_inside_quotes_does_not_end_the_row(void **state)
{
    struct sheet *sheet = parse("a,b\n\"one\ntwo\",x\nlast,y");

    (void)state;
    assert_int_equal(sheet_rows(sheet), 2);
    assert_string_equal(sheet_get(sheet, 0, "a"), "one two");
    assert_int_equal(sheet_line(sheet, 1), 4);
    sheet_free(sheet);
}

static void test_short_rows_and_empty_fields_have_no_value(void **state)
{
    struct sheet *sheet = parse("a,b,c\n1\n,,3\n");

    (void)state;
    assert_null(sheet_get(sheet, 0, "b"));
    assert_null(sheet_get(sheet, 1, "a"));
    assert_string_equal(sheet_get(sheet, 1, "c"), "3");
    sheet_free(sheet);
}

static void test_an_empty_cell_is_given_and_a_missing_one_is_not(void **state)
{
    struct sheet *csv = parse("a,b,c\n1,\n"), *json = parse("[{\"a\":null},{\"b\":\"x\"}]");

    (void)state;
    assert_true(sheet_given(csv, 0, "b") && !sheet_get(csv, 0, "b"));
    assert_false(sheet_given(csv, 0, "c"));
    assert_false(sheet_given(csv, 0, "d"));
    assert_true(sheet_given(json, 0, "A") && !sheet_get(json, 0, "a"));
    assert_false(sheet_given(json, 0, "b"));
    assert_false(sheet_given(json, 1, "a"));
    assert_int_equal(sheet_columns(json), 2);
    assert_string_equal(sheet_column_name(json, 1), "b");
    assert_int_equal(sheet_column_line(json, 1), 2);
    sheet_free(csv);
    sheet_free(json);
}

static void test_a_cell_without_a_visible_character_is_empty(void **state)
{
    struct sheet *sheet = parse("a,b,c\n\u00a0,\u200b \u2003,x\n");

    (void)state;
    assert_null(sheet_get(sheet, 0, "a"));
    assert_null(sheet_get(sheet, 0, "b"));
    assert_true(sheet_given(sheet, 0, "b"));
    sheet_free(sheet);
}

static void test_columns_without_a_name_are_empty(void **state)
{
    struct sheet *sheet = parse(" a\t,,\n1,,\n,,\n2, \n");

    (void)state;
    assert_int_equal(sheet_rows(sheet), 2);
    assert_string_equal(sheet_column_name(sheet, 0), "a");
    assert_string_equal(sheet_get(sheet, 1, "a"), "2");
    sheet_free(sheet);
    expect_error("a,,\n1,,\n1,,x\n", ERR_SYNTAX, 3);
}

static void test_bad_csv_names_its_line(void **state)
{
    (void)state;
    expect_error("", ERR_MISSING, 0);
    expect_error("a,b\n1,2\n3,4,5\n", ERR_SYNTAX, 3);
    expect_error("a,b\n1,\"open\n", ERR_SYNTAX, 2);
    expect_error("a,b\n\"x\"y,1\n", ERR_SYNTAX, 2);
    expect_error("a,b\nP1, \"Doe, Pat\"\n", ERR_SYNTAX, 2);
    expect_error("a,a\n1,2\n", ERR_EXISTS, 1);
    expect_error("a,\"b\n1,2\n", ERR_SYNTAX, 1);
    expect_error("a\nok\n\xff\n", ERR_UTF8, 3);
    expect_error("a\n\x01\n", ERR_UTF8, 2);
}

/* The complete error for a text of a given size. */
static void expect_answer(const char *text, size_t size, const char *field, const char *reason)
{
    struct error error;
    struct sheet *sheet;
    long line;

    assert_true(sheet_parse(&sheet, text, size, &error, &line) < 0);
    assert_null(sheet);
    assert_string_equal(error.field, field);
    assert_string_equal(error.reason, reason);
}

static void test_what_is_no_csv_of_ours_says_how_to_export_it(void **state)
{
    static const char little[] = "\xFF\xFE"
                                 "a\0,\0b\0",
                      big[] = "\xFE\xFF"
                              "\0a\0,\0b";
    static const char none[] = "a\0,\0b\0";

    (void)state;
    expect_answer("code;name\n1;2\n", 14, "",
                  "the columns are parted by semicolons; export with commas");
    expect_answer("code\tname;x\n1\t2\n", 16, "",
                  "the columns are parted by tabs; export with commas");
    expect_answer(little, sizeof(little) - 1, "", "is UTF-16; export it as UTF-8");
    expect_answer(big, sizeof(big) - 1, "", "is UTF-16; export it as UTF-8");
    expect_answer(none, sizeof(none) - 1, "",
                  "holds NUL octets: it is no text, or UTF-16; export it as UTF-8");
    sheet_free(parse("code,a;b\n1,2\n"));
    sheet_free(parse("code\n1;2\n"));
}

/* A file that is no list may contain anything, so the error does not repeat its contents. */
static void test_a_column_is_named_only_by_what_can_be_a_name(void **state)
{
    struct error error;
    struct sheet *sheet;
    long line;
    static const struct {
        const char *text, *field;
    } rows[] = {
        {"a,name\n1,\x01\n", "name"},
        {"a,the whole first line of something else\n1,\x01\n",
         "the whole first line of something else"},
        {"a,the whole first line of something else; x\n1,\x01\n", "column 2"},
        {"\x1B[2J\n\x01\n", "column 1"},
        {"a,b,\xC4rger\n1,2,\x01\n", "column 3"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(sheet_parse(&sheet, rows[i].text, strlen(rows[i].text), &error, &line),
                         ERR_UTF8);
        assert_int_equal(line, 2);
        assert_string_equal(error.field, rows[i].field);
    }
}

static void test_json_objects_become_rows(void **state)
{
    struct sheet *sheet =
        parse("[{\"code\":\"A\",\"schools\":[\"x\",\"y\"],\"step\":2,\"sealed\":true},"
              "{\"code\":\"B\",\"phone\":null}]");

    (void)state;
    assert_string_equal(sheet_unit(sheet), "item");
    assert_string_equal(sheet_get(sheet, 0, "schools"), "x;y");
    assert_string_equal(sheet_get(sheet, 0, "step"), "2");
    assert_string_equal(sheet_get(sheet, 0, "sealed"), "yes");
    assert_null(sheet_get(sheet, 1, "phone"));
    assert_int_equal(sheet_line(sheet, 1), 2);
    sheet_free(sheet);
}

static void test_features_become_rows_with_a_geometry(void **state)
{
    struct sheet *sheet =
        parse("{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":"
              "{\"name\":\"N\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[1.5,2]}}]}");

    (void)state;
    assert_string_equal(sheet_unit(sheet), "feature");
    assert_string_equal(sheet_get(sheet, 0, "name"), "N");
    assert_string_equal(sheet_get(sheet, 0, "geometry"),
                        "{\"type\":\"Point\",\"coordinates\":[1.5,2]}");
    sheet_free(sheet);
}

static void test_bad_json_names_its_place(void **state)
{
    (void)state;
    expect_error("[{\"a\":1},\n{\"a\":", ERR_SYNTAX, 2);
    expect_error("[{\"a\":1},3]", ERR_TYPE, 2);
    expect_error("{\"a\":1}", ERR_TYPE, 0);
    expect_error("[{\"a\":1,\"a\":2}]", ERR_EXISTS, 1);
    expect_error("[{\"b\":1},{\"a\":1,\"A\":2}]", ERR_EXISTS, 2);
}

static void test_a_missing_column_is_named(void **state)
{
    const char *const needed[] = {"a", "code", NULL};
    struct sheet *sheet = parse("a,b\n1,2\n");
    struct error error;

    (void)state;
    assert_int_equal(sheet_need(sheet, needed, &error), ERR_MISSING);
    assert_string_equal(error.field, "code");
    assert_string_equal(error.reason, "must be a column; the file has a, b");
    sheet_free(sheet);
}

static void test_many_columns_are_named_as_far_as_they_fit(void **state)
{
    const char *const needed[] = {"code", NULL};
    char text[1000] = "";
    struct error error;

    (void)state;
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%scolumn%d", i ? "," : "", i);
    struct sheet *sheet = parse(text);
    assert_int_equal(sheet_need(sheet, needed, &error), ERR_MISSING);
    assert_non_null(strstr(error.reason, "the file has column0, column1"));
    assert_string_equal(error.reason + strlen(error.reason) - 5, ", ...");
    sheet_free(sheet);
}

static void test_a_cell_is_emptied(void **state)
{
    struct sheet *sheet = parse("a,b\n1,2\n3\n");

    (void)state;
    sheet_clear(sheet, 0, "b");
    sheet_clear(sheet, 0, "b");
    sheet_clear(sheet, 1, "b");
    sheet_clear(sheet, 1, "c");
    assert_string_equal(sheet_get(sheet, 0, "a"), "1");
    assert_true(sheet_given(sheet, 0, "b"));
    assert_null(sheet_get(sheet, 0, "b"));
    assert_false(sheet_given(sheet, 1, "b"));
    sheet_free(sheet);
}

/* Reads a calendar of these events; $Y is next year, so that they are in range. */
static struct sheet *calendar(const char *events)
{
    char text[4000] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", year[16];
    time_t now = time(NULL);
    struct tm today;
    size_t used = strlen(text);

    gmtime_r(&now, &today);
    snprintf(year, sizeof year, "%d", today.tm_year + 1901);
    for (; *events; events++) {
        if (*events == '$') {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", year);
            events++;
        } else {
            text[used++] = *events;
        }
    }
    snprintf(text + used, sizeof text - used, "END:VCALENDAR\r\n");
    return parse(text);
}

static void assert_cell(struct sheet *sheet, size_t row, const char *column, const char *end)
{
    const char *cell = sheet_get(sheet, row, column);

    assert_non_null(cell);
    assert_string_equal(cell + strlen(cell) - strlen(end), end);
}

static void test_events_of_a_calendar_are_rows(void **state)
{
    struct sheet *sheet = calendar(
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:$Y1126\r\nDTEND;VALUE=DATE:$Y1128\r\n"
        "SUMMARY:No school\\, Thanks\r\n giving\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:$Y0119\r\nSUMMARY:No school\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:3\r\nDTSTART:$Y0304T121500\r\nDTEND:$Y0304T130000\r\n"
        "RRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE:$Y0311T121500\r\nSUMMARY:Early release\r\n"
        "END:VEVENT\r\n");

    (void)state;
    assert_int_equal(sheet_rows(sheet), 4);
    assert_string_equal(sheet_unit(sheet), "event");
    assert_cell(sheet, 0, "day", "-11-26");
    assert_cell(sheet, 0, "last_day", "-11-27"); /* DTEND is the day after */
    assert_cell(sheet, 0, "summary", "No school, Thanksgiving");
    assert_null(sheet_get(sheet, 0, "ends"));
    assert_cell(sheet, 1, "last_day", "-01-19");
    assert_cell(sheet, 2, "day", "-03-04");
    assert_cell(sheet, 2, "last_day", "-03-04");
    assert_cell(sheet, 2, "ends", "12:15");
    assert_cell(sheet, 2, "whole_day", "no");
    assert_cell(sheet, 3, "day", "-03-18");
    sheet_free(sheet);
}

static void test_an_event_without_a_day_is_refused(void **state)
{
    static const char text[] = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:No school\r\n"
                               "END:VEVENT\r\nEND:VCALENDAR\r\n";
    struct sheet *sheet;
    struct error error;
    long line;

    (void)state;
    assert_int_equal(sheet_parse(&sheet, text, strlen(text), &error, &line), ERR_MISSING);
    assert_string_equal(error.field, "DTSTART");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_of_a_calendar_are_rows),
        cmocka_unit_test(test_an_event_without_a_day_is_refused),
        cmocka_unit_test(test_csv_is_read_by_its_header),
        cmocka_unit_test(test_a_line_end_inside_quotes_does_not_end_the_row),
        cmocka_unit_test(test_short_rows_and_empty_fields_have_no_value),
        cmocka_unit_test(test_an_empty_cell_is_given_and_a_missing_one_is_not),
        cmocka_unit_test(test_a_cell_without_a_visible_character_is_empty),
        cmocka_unit_test(test_columns_without_a_name_are_empty),
        cmocka_unit_test(test_bad_csv_names_its_line),
        cmocka_unit_test(test_what_is_no_csv_of_ours_says_how_to_export_it),
        cmocka_unit_test(test_a_column_is_named_only_by_what_can_be_a_name),
        cmocka_unit_test(test_json_objects_become_rows),
        cmocka_unit_test(test_features_become_rows_with_a_geometry),
        cmocka_unit_test(test_bad_json_names_its_place),
        cmocka_unit_test(test_a_missing_column_is_named),
        cmocka_unit_test(test_many_columns_are_named_as_far_as_they_fit),
        cmocka_unit_test(test_a_cell_is_emptied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
