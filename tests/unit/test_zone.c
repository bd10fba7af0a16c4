/* Time zones: a zone that is no region is refused, and the error names the region to use. */
#include "zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_an_abbreviation_is_refused_with_its_region(void **state)
{
    static const struct {
        const char *name, *region;
    } rows[] = {
        {"EST", "America/New_York"},        {"est", "America/New_York"},
        {"EST5", "America/New_York"},       {"EST5EDT", "America/New_York"},
        {"MST", "America/Phoenix"},         {"MST7MDT", "America/Denver"},
        {"pdt", "America/Los_Angeles"},     {"HST", "Pacific/Honolulu"},
        {"AKST9AKDT", "America/Anchorage"},
    };
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(zone_check_region(rows[i].name, "--zone", &error), ERR_VALUE);
        assert_string_equal(error.field, "--zone");
        assert_non_null(strstr(error.reason, rows[i].region));
        assert_non_null(strstr(error.reason, "write its region"));
        assert_int_equal(strstr(error.reason, "no summer time") != NULL,
                         strpbrk(rows[i].name, "0123456789") == NULL);
    }
}

static void test_other_names_are_left_to_those_who_know_zones(void **state)
{
    static const char *const names[] = {"America/New_York", "UTC",        "",   "Estonia",
                                        "America/EST",      "US/Eastern", "ES", "Mars"};
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(zone_check_region(names[i], "zone", &error), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_abbreviation_is_refused_with_its_region),
        cmocka_unit_test(test_other_names_are_left_to_those_who_know_zones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
