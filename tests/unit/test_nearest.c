/* Which known name a mistyped one may have meant. */
#include "nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *nearest_of(const char *word)
{
    static const char *const names[] = {"code",     "name",   "email",      "phone",    "schools",
                                        "language", "sealed", "quiet_from", "quiet_to", "alarms"};
    struct nearest nearest = {.word = word};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        nearest_try(&nearest, names[i]);
    return nearest.name;
}

static void test_a_slip_of_the_keyboard_finds_the_name(void **state)
{
    static const char *const rows[][2] = {{"emial", "email"},           {"e-mail", "email"},
                                          {"EMAIL", "email"},           {"phne", "phone"},
                                          {"school", "schools"},        {"languages", "language"},
                                          {"Quiet From", "quiet_from"}, {"quietto", "quiet_to"},
                                          {"telephone", "phone"},       {"mail", "email"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = nearest_of(rows[i][0]);

        assert_non_null(name);
        assert_string_equal(name, rows[i][1]);
    }
}

static void test_what_is_like_no_name_finds_none(void **state)
{
    static const char *const words[] = {
        "",      "x",  "budget",   "date",
        "grade", "an", "objectid", "a word that is far longer than any name of a column"};

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_null(nearest_of(words[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slip_of_the_keyboard_finds_the_name),
        cmocka_unit_test(test_what_is_like_no_name_finds_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
