/*
 * Addresses and names: the many ways of writing one come to the same, and different ones stay
 * different.
 */
#include "services/intake/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct pair {
    const char *text, *normal;
};

static void must_become(const struct pair *pairs, size_t count)
{
    char out[ADDRESS_MAX];

    for (size_t i = 0; i < count; i++) {
        address_normal(pairs[i].text, out);
        if (strcmp(out, pairs[i].normal) != 0)
            fail_msg("\"%s\" became \"%s\", not \"%s\"", pairs[i].text, out, pairs[i].normal);
    }
}
#define MUST_BECOME(pairs) must_become(pairs, sizeof(pairs) / sizeof((pairs)[0]))

static void test_case_spaces_and_punctuation_make_no_difference(void **state)
{
    static const struct pair pairs[] = {
        {"400 23RD AV", "400 23RD AV"},         {"  400   23rd\tav. ", "400 23RD AV"},
        {"400-23rd Av,", "400 23RD AV"},        {"5TH AV/PINE ST", "5TH AV PINE ST"},
        {"5th Av & Pine St", "5TH AV PINE ST"}, {"O'Brien Way", "OBRIEN WAY"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_street_words_and_directions_are_abbreviated(void **state)
{
    static const struct pair pairs[] = {
        {"100 North Main Street", "100 N MAIN ST"},
        {"100 N MAIN ST", "100 N MAIN ST"},
        {"12 Southwest Oak Boulevard", "12 SW OAK BLVD"},
        {"9 Elm Ave", "9 ELM AV"},
        {"9 Elm Avenue", "9 ELM AV"},
        {"7 Mount Baker Parkway", "7 MT BAKER PKWY"},
        {"3 Saint Mark Court", "3 ST MARK CT"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_a_word_is_abbreviated_only_as_a_whole(void **state)
{
    static const struct pair pairs[] = {
        {"1 Streeter Northgate", "1 STREETER NORTHGATE"},
        {"1 Highland Drive", "1 HIGHLAND DR"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_a_block_is_its_number(void **state)
{
    static const struct pair pairs[] = {
        {"400 BLOCK OF 23RD AVE", "400 23RD AV"},
        {"400 BLK 23RD AV", "400 23RD AV"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_what_names_a_unit_ends_the_address(void **state)
{
    static const struct pair pairs[] = {
        {"100 MAIN ST APT 3", "100 MAIN ST"},       {"100 MAIN ST #3", "100 MAIN ST"},
        {"100 MAIN ST#3 REAR", "100 MAIN ST"},      {"100 Main St, Suite 200", "100 MAIN ST"},
        {"100 MAIN ST BLDG C RM 4", "100 MAIN ST"}, {"UNIT 4", "UNIT 4"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_school_names_come_to_the_same(void **state)
{
    static const struct pair pairs[] = {
        {"Garfield High School", "GARFIELD HS"}, {"GARFIELD HIGH", "GARFIELD HS"},
        {"Garfield HS", "GARFIELD HS"},          {"The Lowell Elementary School", "LOWELL ES"},
        {"LOWELL ELEM SCH", "LOWELL ES"},        {"Washington Middle School", "WASHINGTON MS"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_letters_beyond_ascii_stay(void **state)
{
    static const struct pair pairs[] = {{"Pe\xc3\xb1"
                                         "a School",
                                         "PE\xc3\xb1"
                                         "A"}};

    (void)state;
    MUST_BECOME(pairs);
}

static void test_nothing_stays_nothing(void **state)
{
    static const struct pair pairs[] = {{"", ""}, {"  ,. ", ""}, {"#", ""}, {"the school of", ""}};

    (void)state;
    MUST_BECOME(pairs);
}

static void test_the_normal_form_of_a_normal_form_is_itself(void **state)
{
    static const char *const texts[] = {"400 Block of North 23rd Avenue",
                                        "The Garfield High School", "5th & Pine",
                                        "1 Saint Mark Place"};
    char once[ADDRESS_MAX], twice[ADDRESS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        address_normal(texts[i], once);
        address_normal(once, twice);
        assert_string_equal(once, twice);
    }
}

static void test_a_text_of_any_length_fits(void **state)
{
    static char text[5000];
    char guarded[ADDRESS_MAX + 8];

    (void)state;
    for (size_t word = 1; word < 400; word++) {
        memset(text, 'x', sizeof text - 1);
        for (size_t i = word; i < sizeof text - 1; i += word + 1)
            text[i] = ' ';
        memset(guarded, '~', sizeof guarded);
        address_normal(text, guarded);
        assert_true(strlen(guarded) < ADDRESS_MAX);
        assert_memory_equal(guarded + ADDRESS_MAX, "~~~~~~~~", 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case_spaces_and_punctuation_make_no_difference),
        cmocka_unit_test(test_street_words_and_directions_are_abbreviated),
        cmocka_unit_test(test_a_word_is_abbreviated_only_as_a_whole),
        cmocka_unit_test(test_a_block_is_its_number),
        cmocka_unit_test(test_what_names_a_unit_ends_the_address),
        cmocka_unit_test(test_school_names_come_to_the_same),
        cmocka_unit_test(test_letters_beyond_ascii_stay),
        cmocka_unit_test(test_nothing_stays_nothing),
        cmocka_unit_test(test_the_normal_form_of_a_normal_form_is_itself),
        cmocka_unit_test(test_a_text_of_any_length_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
