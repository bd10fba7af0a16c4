/* The catalogue of texts: finding a key, and filling in placeholders. */
#include "catalogue.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_a_text_is_found_by_key_or_by_group_and_code(void **state)
{
    char code[200];
    (void)state;

    assert_string_equal(catalogue_text("relation.next_to"), "next to");
    assert_string_equal(catalogue_code("relation", "next_to"), "next to");
    assert_null(catalogue_text("relation"));
    assert_null(catalogue_code("relation", ""));
    memset(code, 'x', sizeof code);
    code[sizeof code - 1] = '\0';
    assert_null(catalogue_code("relation", code));
}

static void test_placeholders_are_replaced_by_name(void **state)
{
    const struct catalogue_value values[] = {{"state", "on scene"}, {"n", "{n}"}, {"more", "x"}};
    char out[64];
    (void)state;

    assert_string_equal(catalogue_fill(out, sizeof out, "message.units.other", values, 3),
                        "{n} units on scene");
    assert_string_equal(catalogue_fill(out, sizeof out, "message.units.other", values + 1, 1),
                        "{n} units ");
    assert_string_equal(catalogue_fill(out, sizeof out, "message.call", NULL, 0), "police call");
    assert_string_equal(catalogue_fill(out, sizeof out, "no.such.key", values, 3), "");
}

static void test_a_text_that_is_too_long_is_cut_after_a_whole_character(void **state)
{
    const struct catalogue_value values[] = {{"n", "é東é"}, {"state", "x"}};
    char out[64];
    (void)state;

    for (size_t size = 1; size < 16; size++) {
        catalogue_fill(out, size, "message.units.one", values, 2);
        assert_true(strlen(out) < size);
        assert_true(size < 4 || strlen(out) + 4 > size);
        assert_null(utf8_text_defect(out, strlen(out)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_is_found_by_key_or_by_group_and_code),
        cmocka_unit_test(test_placeholders_are_replaced_by_name),
        cmocka_unit_test(test_a_text_that_is_too_long_is_cut_after_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
