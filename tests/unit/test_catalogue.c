/* The catalogue of texts: finding a key, and filling in placeholders. */
#include "catalogue.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct catalogue english = {.language = LANGUAGE_ENGLISH};

static void test_a_text_is_found_by_key_or_by_group_and_code(void **state)
{
    char code[200];
    (void)state;

    assert_string_equal(catalogue_text(&english, "relation.next_to"), "next to");
    assert_string_equal(catalogue_code(&english, "relation", "next_to"), "next to");
    assert_null(catalogue_text(&english, "relation"));
    assert_null(catalogue_code(&english, "relation", ""));
    memset(code, 'x', sizeof code);
    code[sizeof code - 1] = '\0';
    assert_null(catalogue_code(&english, "relation", code));
}

static void test_placeholders_are_replaced_by_name(void **state)
{
    const struct catalogue_value values[] = {{"was", "a fight"}, {"what", "{what}"}, {"more", "x"}};
    char out[64];
    (void)state;

    assert_string_equal(catalogue_fill(out, sizeof out, &english, "message.news.type", values, 3),
                        "now {what}, was a fight");
    assert_string_equal(
        catalogue_fill(out, sizeof out, &english, "message.news.type", values + 1, 1),
        "now {what}, was ");
    assert_string_equal(catalogue_fill(out, sizeof out, &english, "message.call", NULL, 0),
                        "police call");
    assert_string_equal(catalogue_fill(out, sizeof out, &english, "no.such.key", values, 3), "");
}

static void test_a_text_that_is_too_long_is_cut_after_a_whole_character(void **state)
{
    const struct catalogue_value values[] = {{"was", "é東é"}, {"what", "x"}};
    char out[64];
    (void)state;

    for (size_t size = 1; size < 22; size++) {
        catalogue_fill(out, size, &english, "message.news.type", values, 2);
        assert_true(strlen(out) < size);
        assert_true(size < 4 || strlen(out) + 4 > size);
        assert_null(utf8_text_defect(out, strlen(out)));
    }
}

static void test_a_language_says_what_it_has_and_english_the_rest(void **state)
{
    const struct catalogue spanish = {.language = LANGUAGE_SPANISH};
    (void)state;

    assert_string_equal(catalogue_text(&spanish, "message.type.FIGHT"), "pelea reportada");
    assert_string_equal(catalogue_text(&spanish, "time.just_now"), "just now");
    assert_null(catalogue_text(&spanish, "no.such.key"));
    assert_int_equal(language_of("es"), LANGUAGE_SPANISH);
    assert_int_equal(language_of("xx"), LANGUAGE_ENGLISH);
    assert_int_equal(language_of(NULL), LANGUAGE_ENGLISH);
    assert_string_equal(language_code(LANGUAGE_SPANISH), "es");
}

static void test_a_district_says_single_texts_in_its_own_words(void **state)
{
    const struct catalogue_word own[] = {{"message.sender", "Riverside ISD"}};
    const struct catalogue words = {LANGUAGE_SPANISH, own, 1};
    (void)state;

    assert_string_equal(catalogue_text(&words, "message.sender"), "Riverside ISD");
    assert_string_equal(catalogue_text(&words, "message.call"), "llamada a la policía");
}

static void test_a_placeholder_without_an_end_swallows_no_other(void **state)
{
    const char *name;
    size_t length;
    (void)state;

    assert_string_equal(catalogue_slot("a {b} c", &name, &length), " c");
    assert_int_equal(length, 1);
    assert_string_equal(catalogue_slot("a {b", &name, &length), "");
    assert_null(catalogue_slot("a", &name, &length));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_is_found_by_key_or_by_group_and_code),
        cmocka_unit_test(test_a_language_says_what_it_has_and_english_the_rest),
        cmocka_unit_test(test_a_district_says_single_texts_in_its_own_words),
        cmocka_unit_test(test_a_placeholder_without_an_end_swallows_no_other),
        cmocka_unit_test(test_placeholders_are_replaced_by_name),
        cmocka_unit_test(test_a_text_that_is_too_long_is_cut_after_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
