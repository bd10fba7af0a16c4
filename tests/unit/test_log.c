/*
 * Logs: one event is one line, whatever its values contain.
 */
#include "log.h"

#include "clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char text[65536];

static int64_t noon_us(void)
{
    return 1763899924512345; /* 2025-11-23T12:12:04.512345Z */
}

/* Calls fn; text gets what it writes to standard error. */
static void capture(void (*fn)(void))
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    fn();
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
}

static size_t lines(void)
{
    size_t count = 0;

    for (const char *c = text; *c; c++)
        count += *c == '\n';
    return count;
}

static int setup(void **state)
{
    (void)state;
    unsetenv("LIAISON_LOG");
    clock_inject(noon_us, NULL);
    log_init("test", LOG_LEVEL_INFO);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    clock_inject(NULL, NULL);
    return 0;
}

static void write_one(void)
{
    log_info("listen", "endpoint=%s port=%d", "tcp://127.0.0.1", 8604);
    log_warn("plain", "%s", "");
}

static void test_a_line_has_time_level_service_event_and_values(void **state)
{
    (void)state;
    capture(write_one);
    assert_string_equal(text,
                        "2025-11-23T12:12:04.512Z info test event=listen endpoint=tcp://127.0.0.1 "
                        "port=8604\n2025-11-23T12:12:04.512Z warn test event=plain \n");
}

static void write_all_levels(void)
{
    log_debug("e", "n=%d", 1);
    log_info("e", "n=%d", 2);
    log_warn("e", "n=%d", 3);
    log_error("e", "n=%d", 4);
}

static void test_what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    capture(write_all_levels);
    assert_int_equal(lines(), 3);
    log_init("test", LOG_LEVEL_ERROR);
    capture(write_all_levels);
    assert_int_equal(lines(), 1);
    assert_non_null(strstr(text, " error test "));
}

static void test_the_environment_sets_the_level(void **state)
{
    (void)state;
    setenv("LIAISON_LOG", "debug", 1);
    log_init("test", LOG_LEVEL_ERROR);
    capture(write_all_levels);
    assert_int_equal(lines(), 4);
    setenv("LIAISON_LOG", "nonsense", 1);
    log_init("test", LOG_LEVEL_ERROR);
    capture(write_all_levels);
    assert_int_equal(lines(), 1);
}

static void test_level_words_are_exact(void **state)
{
    enum log_level level = LOG_LEVEL_DEBUG;

    (void)state;
    assert_int_equal(log_level_parse("warn", &level), 0);
    assert_int_equal(level, LOG_LEVEL_WARN);
    assert_int_equal(log_level_parse("warning", &level), -1);
    assert_int_equal(log_level_parse("", &level), -1);
    assert_int_equal(level, LOG_LEVEL_WARN);
}

static void write_breaks(void)
{
    log_info("one", "reason=%s", "a\nb\r\nc\x1b[2Jd\x7f");
}

static void test_line_ends_in_a_value_make_no_second_line(void **state)
{
    (void)state;
    capture(write_breaks);
    assert_int_equal(lines(), 1);
    assert_non_null(strstr(text, "reason=a?b??c?[2Jd?\n"));
}

static void write_every_length(void)
{
    static char value[2000];

    for (size_t size = 900; size < 1200; size++) {
        memset(value, 'v', size);
        value[size] = '\0';
        log_info("long", "value=%s", value);
    }
}

static void test_a_line_too_long_is_cut_and_still_ends(void **state)
{
    char *save;

    (void)state;
    for (int round = 0; round < 2; round++) {
        capture(write_every_length);
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
            assert_memory_equal(line, "2025-11-23T", 11);
            assert_true(strlen(line) < 1024);
        }
    }
    capture(write_every_length);
    assert_true(lines() > 60); /* the last lines may not have been read */
}

static void write_long_event(void)
{
    static char event[3000];

    memset(event, 'e', sizeof event - 1);
    log_info(event, "value=%s", "v");
}

static void test_an_event_of_any_length_stays_in_its_line(void **state)
{
    (void)state;
    capture(write_long_event);
    assert_int_equal(lines(), 1);
    assert_true(strlen(text) <= 1024);
}

static void must_quote(const char *from, const char *quoted)
{
    char out[64];

    assert_string_equal(log_quote(from, out, sizeof out), quoted);
}

static void test_quotes_backslashes_and_controls_are_escaped(void **state)
{
    (void)state;
    must_quote("", "\"\"");
    must_quote("two words", "\"two words\"");
    must_quote("say \"no\" \\ yes", "\"say \\\"no\\\" \\\\ yes\"");
    must_quote("a\nb\tc\x7f", "\"a\\x0ab\\x09c\\x7f\"");
    must_quote("caf\xc3\xa9", "\"caf\xc3\xa9\"");
}

static void test_a_quoted_text_is_cut_to_fit_and_still_closed(void **state)
{
    char out[64 + 4];

    (void)state;
    for (unsigned long size = 3; size <= 64; size++)
        for (int c = 0; c < 3; c++) {
            char from[100];

            memset(from, "a\"\n"[c], sizeof from - 1);
            from[99] = '\0';
            memset(out, '~', sizeof out);
            log_quote(from, out, size);
            size_t length = strlen(out);
            assert_true(length < size && length >= 2);
            assert_int_equal(out[0], '"');
            assert_int_equal(out[length - 1], '"');
            assert_int_equal(out[size], '~');
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_has_time_level_service_event_and_values),
        TEST(test_what_is_below_the_level_is_not_written),
        TEST(test_the_environment_sets_the_level),
        TEST(test_level_words_are_exact),
        TEST(test_line_ends_in_a_value_make_no_second_line),
        TEST(test_a_line_too_long_is_cut_and_still_ends),
        TEST(test_an_event_of_any_length_stays_in_its_line),
        TEST(test_quotes_backslashes_and_controls_are_escaped),
        TEST(test_a_quoted_text_is_cut_to_fit_and_still_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
