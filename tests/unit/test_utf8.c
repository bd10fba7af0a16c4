/* utf8: which octets are plain. Refusals of whole texts are tested in test_event.c. */
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 70 };

static bool is_plain(int c)
{
    return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
}

static void test_plain_ends_at_the_first_octet_that_is_not(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++)
        for (size_t size = 1; size <= LONGEST; size++)
            for (size_t at = 0; at < size; at++) {
                char text[LONGEST];

                memset(text, 'a', sizeof text);
                text[at] = (char)c;
                assert_int_equal(utf8_plain(text, size), is_plain(c) ? size : at);
                if (at + 1 < size && !is_plain(c)) { /* of two, the first is found */
                    text[at + 1] = '"';
                    assert_int_equal(utf8_plain(text, size), at);
                }
            }
}

static void test_plain_reads_nothing_behind_the_text(void **state)
{
    (void)state;
    for (size_t size = 0; size <= LONGEST; size++) {
        char *text = malloc(size + 1); /* the sanitizer finds a read past its end */

        assert_non_null(text);
        memset(text, 'b', size + 1);
        text[size] = '"';
        assert_int_equal(utf8_plain(text, size), size);
        assert_int_equal(utf8_plain(text, size + 1), size);
        free(text);
    }
}

static void test_controls_have_a_defect_and_marks_have_none(void **state)
{
    (void)state;
    for (int c = 1; c < 0x80; c++) {
        char text[24] = "a text of some length ";

        text[sizeof text - 2] = (char)c;
        if (c < 0x20 || c == 0x7f)
            assert_string_equal(utf8_text_defect(text, sizeof text - 1),
                                "must not hold control characters");
        else
            assert_null(utf8_text_defect(text, sizeof text - 1));
    }
}

static void test_a_text_is_blank_without_a_visible_character(void **state)
{
    static const char *const blank[] = {
        "",
        " ",
        "\t \r\n",
        "\u00a0",                    /* no-break space */
        "\u00ad",                    /* soft hyphen */
        "\u2003\u3000\u1680",        /* spaces of other widths */
        "\u200b\u200c\u200d\u2060",  /* without a width */
        "\ufeff",                    /* byte order mark */
        "\u200e\u200f\u061c\u202e",  /* of text direction */
        "\u115f\u3164\uffa0\u2800",  /* fillers */
        " \ufe0f \U000e0020\u034f ", /* variations, tags, joiners */
    };
    static const char *const seen[] = {"a",    " \u200b.",  "\u00e9", "\u200b\u5b66",
                                       "\xff", "\U0001f600"};

    (void)state;
    for (size_t i = 0; i < sizeof blank / sizeof *blank; i++)
        assert_true(utf8_is_blank(blank[i], strlen(blank[i])));
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        assert_false(utf8_is_blank(seen[i], strlen(seen[i])));
}

static void test_a_text_has_a_letter_or_digit_of_any_script_or_none(void **state)
{
    static const char *const none[] = {"", ". - !", "\u2605\u2605", "\u200b\U0001f600", "\xff"};
    static const char *const some[] = {"\u2605 a", "7", "\u5b66", "\u0661", "(\u00e9)"};

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(utf8_has_letter(none[i], strlen(none[i])));
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        assert_true(utf8_has_letter(some[i], strlen(some[i])));
}

static void test_a_text_is_cut_between_two_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_whole("", 3), 0);
    assert_int_equal(utf8_whole("abc", 3), 3);
    assert_int_equal(utf8_whole("abc", 2), 2);
    assert_int_equal(utf8_whole("a\u00e9", 3), 3);
    assert_int_equal(utf8_whole("a\u00e9", 2), 1);
    assert_int_equal(utf8_whole("\u5b66\u6821", 5), 3);
    assert_int_equal(utf8_whole("\U0001f600", 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_ends_at_the_first_octet_that_is_not),
        cmocka_unit_test(test_plain_reads_nothing_behind_the_text),
        cmocka_unit_test(test_controls_have_a_defect_and_marks_have_none),
        cmocka_unit_test(test_a_text_has_a_letter_or_digit_of_any_script_or_none),
        cmocka_unit_test(test_a_text_is_cut_between_two_characters),
        cmocka_unit_test(test_a_text_is_blank_without_a_visible_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
