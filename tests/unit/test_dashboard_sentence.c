/* What the page says first. */
#include "services/dashboard/sentence.h"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char said[SENTENCE_SIZE];

static const char *say(struct sentence facts)
{
    sentence_make(&facts, said);
    return said;
}

static void test_nothing_open_is_quiet_since_the_last_call(void **state)
{
    (void)state;
    assert_string_equal(say((struct sentence){.schools = 97, .since = "07:50"}),
                        "Quiet: nothing open at your 97 schools since 07:50");
    assert_string_equal(say((struct sentence){.schools = 97}),
                        "Quiet: nothing open at your 97 schools");
    assert_string_equal(say((struct sentence){.schools = 1, .school = "North High", .since = ""}),
                        "Quiet: nothing open at North High");
    assert_string_equal(say((struct sentence){0}), "No school is set up yet");
}

static void test_one_call_is_told_with_units_and_who_has_it(void **state)
{
    struct sentence facts = {.schools = 97,
                             .open = 1,
                             .open_schools = 1,
                             .what = "Fight",
                             .where = "North High",
                             .under_way = 2,
                             .alerted = true};
    (void)state;

    assert_string_equal(say(facts),
                        "Fight reported at North High, two units on the way, not yet acknowledged");
    facts.on_scene = 1;
    facts.under_way = 1;
    facts.acknowledged_by = "Ana Ruiz";
    assert_string_equal(
        say(facts),
        "Fight reported at North High, one unit there, one on the way, Ana Ruiz has it");
    facts.under_way = 0;
    facts.on_scene = 12;
    assert_string_equal(say(facts),
                        "Fight reported at North High, 12 units there, Ana Ruiz has it");
    facts.on_scene = 0;
    facts.alerted = false;
    facts.acknowledged_by = "";
    assert_string_equal(say(facts), "Fight reported at North High, no unit assigned yet");
    facts.cleared = 2;
    assert_string_equal(say(facts), "Fight reported at North High, the units are clear again");
}

static void test_several_calls_begin_with_their_number(void **state)
{
    struct sentence facts = {.schools = 97,
                             .open = 3,
                             .open_schools = 2,
                             .what = "Alarm",
                             .where = "East",
                             .on_scene = 2};
    (void)state;

    assert_string_equal(say(facts), "3 calls open at 2 schools. Most urgent: Alarm reported at "
                                    "East, two units there");
    facts.open_schools = 1;
    assert_string_equal(say(facts),
                        "3 calls open. Most urgent: Alarm reported at East, two units there");
}

static void test_an_agency_that_fell_silent_is_named(void **state)
{
    struct sentence facts = {.schools = 2,
                             .since = "07:50",
                             .silent = 1,
                             .silent_agency = "Metro Police",
                             .silent_since = "08:10"};
    (void)state;

    assert_string_equal(say(facts), "Quiet: nothing open at your 2 schools since 07:50. Not heard "
                                    "from Metro Police since 08:10");
    facts.silent = 2;
    assert_string_equal(say(facts), "Quiet: nothing open at your 2 schools since 07:50. 2 agencies "
                                    "are not heard from");
}

static void test_overlong_names_are_cut_and_not_overrun(void **state)
{
    char name[3000];
    (void)state;

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    say((struct sentence){.schools = 2, .open = 1, .what = name, .where = name, .silent = 1});
    assert_int_equal(strlen(said), SENTENCE_SIZE - 1);
    for (size_t i = 0; i + 1 < sizeof name; i += 2)
        memcpy(name + i, "é", 2);
    name[sizeof name - 2] = '\0';
    say((struct sentence){.schools = 2, .open = 1, .what = name});
    assert_null(utf8_text_defect(said, strlen(said)));
    say((struct sentence){.schools = 2, .open = 1, .what = "x", .where = name});
    assert_null(utf8_text_defect(said, strlen(said)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_open_is_quiet_since_the_last_call),
        cmocka_unit_test(test_one_call_is_told_with_units_and_who_has_it),
        cmocka_unit_test(test_several_calls_begin_with_their_number),
        cmocka_unit_test(test_an_agency_that_fell_silent_is_named),
        cmocka_unit_test(test_overlong_names_are_cut_and_not_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
