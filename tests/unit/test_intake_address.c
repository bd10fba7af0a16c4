/*
 * Addresses and names: different spellings give the same result, and different addresses stay
 * different.
 */
#include "services/intake/place/address.h"
#include "services/intake/place/intake_words.h"
#include "services/intake/place/school_name.h"

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
        {"400 23RD AV", "400 23 AVE"},         {"  400   23rd\tav. ", "400 23 AVE"},
        {"400-23rd Av,", "400 23 AVE"},        {"5TH AV/PINE ST", "5 AVE PINE ST"},
        {"5th Av & Pine St", "5 AVE PINE ST"}, {"O'Brien Way", "OBRIEN WAY"},
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
        {"9 Elm Ave", "9 ELM AVE"},
        {"9 Elm Avenue", "9 ELM AVE"},
        {"7 Mount Baker Parkway", "7 MT BAKER PKWY"},
        {"3 Saint Mark Court", "3 ST MARK CT"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

static void test_a_numbered_street_is_its_number(void **state)
{
    static const struct pair pairs[] = {
        {"400 23RD AVE", "400 23 AVE"},      {"400 TWENTY-THIRD AVE", "400 23 AVE"},
        {"400 Twentieth Ave", "400 20 AVE"}, {"1 FIRST ST", "1 1 ST"},
        {"1 ELEVENTH ST", "1 11 ST"},        {"1 FORTY WINKS LN", "1 FORTY WINKS LN"},
    };

    (void)state;
    MUST_BECOME(pairs);
}

/* Expected results: kind, number, block, then each street as name/suffix/direction. */
static void test_an_address_is_read_by_its_parts(void **state)
{
    static const struct pair pairs[] = {
        {"400 23RD AVE", "house 400 23/AVE/"},
        {"8XX BLOCK OF SW THISTLE ST", "block 800 THISTLE/ST/SW"},
        {"XX BLOCK OF 3 AV W", "block 0 3/AVE/W"},
        {"800-899 THISTLE ST SW", "block 800 THISTLE/ST/SW"},
        {"400-B 23RD AVE", "house 400 23/AVE/"},
        {"400 1/2 23RD AVE", "house 400 23/AVE/"},
        {"10 N.E. PINE ST", "house 10 PINE/ST/NE"},
        {"7047 M L KING JR WY S", "house 7047 MARTIN LUTHER KING/WAY/S"},
        {"5 AV S / S MICHIGAN ST", "corner 5/AVE/S MICHIGAN/ST/S"},
        {"23RD AVE @ E CHERRY ST", "corner 23/AVE/ CHERRY/ST/E"},
        {"24TH AVE AT E CHERRY ST", "corner 24/AVE/ CHERRY/ST/E"},
        {"24TH/CHERRY", "corner 24// CHERRY//"},
        {"NOVA AT MANN", "name"},
        {"@GARFIELD HS", "name"},
        {"GARFIELD HS/GYM", "name"},
        {"400 23RD AVE @ GARFIELD HS", "house 400 23/AVE/, name"},
        {"GARFIELD HS (400 23RD AV)", "name, house 400 23/AVE/"},
        {"HIGH SCHOOL RD", "street HIGH SCHOOL/RD/"},
    };
    static const char *const kinds[] = {"house", "corner", "name"};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct address_part parts[ADDRESS_PARTS];
        size_t count = address_read(pairs[i].text, parts);
        char out[400] = "";

        for (size_t p = 0; p < count; p++) {
            const struct address_part *part = &parts[p];
            size_t n = strlen(out);
            bool bare = part->kind == ADDRESS_STREET_NUMBER && part->number < 0;

            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", p ? ", " : "",
                                  bare          ? "street"
                                  : part->block ? "block"
                                                : kinds[part->kind]);
            if (part->number >= 0)
                n += (size_t)snprintf(out + n, sizeof out - n, " %d", part->number);
            for (int s = 0;
                 s < (part->kind == ADDRESS_NAME ? 0 : 1 + (part->kind == ADDRESS_CORNER)); s++)
                n += (size_t)snprintf(out + n, sizeof out - n, " %s/%s/%s", part->street[s].name,
                                      part->street[s].suffix, part->street[s].direction);
        }
        if (strcmp(out, pairs[i].normal) != 0)
            fail_msg("\"%s\" was read as \"%s\", not \"%s\"", pairs[i].text, out, pairs[i].normal);
    }
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
        {"400 BLOCK OF 23RD AVE", "400 23 AVE"},
        {"400 BLK 23RD AV", "400 23 AVE"},
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

/* Expected results: core, level, and whether the name says more. */
static void test_school_names_come_to_the_same(void **state)
{
    static const struct {
        const char *text, *core;
        enum school_level level;
        bool more;
    } rows[] = {
        {"Garfield High School", "GARFIELD", LEVEL_HS, false},
        {"GARFIELD HIGH", "GARFIELD", LEVEL_HS, false},
        {"Garfield Sr High", "GARFIELD", LEVEL_HS, false},
        {"MERCER JR HIGH", "MERCER", LEVEL_MS, false},
        {"The Lowell Elementary School", "LOWELL", LEVEL_ES, false},
        {"B.F. Day ELEM SCH", "BF DAY", LEVEL_ES, false},
        {"Orca K-8", "ORCA", LEVEL_K8, false},
        {"K-8 STEM at Boren", "STEM AT BOREN", LEVEL_K8, false},
        {"W SEATTLE HS", "WEST SEATTLE", LEVEL_HS, false},
        {"Denny Int'l Middle School", "DENNY", LEVEL_MS, false},
        {"MLK Jr.", "MARTIN LUTHER KING", LEVEL_NONE, false},
        {"GARFIELD HS NORTH LOT", "GARFIELD", LEVEL_HS, false},
        {"GARFIELD HS APARTMENTS", "GARFIELD", LEVEL_HS, true},
        {"HIGH POINT ELEM", "HIGH POINT", LEVEL_ES, false},
        {"LAKESIDE SCHOOL", "LAKESIDE", LEVEL_SCHOOL, false},
        {"Garfield", "GARFIELD", LEVEL_NONE, false},
        {"HIGH SCHOOL", "", LEVEL_SCHOOL, false},
        {"Pe\xc3\xb1"
         "a School",
         "PE\xc3\xb1"
         "A",
         LEVEL_SCHOOL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct school_name name;

        school_name_read(rows[i].text, &name);
        if (strcmp(name.core, rows[i].core) != 0 || name.level != rows[i].level ||
            name.more != rows[i].more)
            fail_msg("\"%s\" was read as \"%s\", %d, %d", rows[i].text, name.core, name.level,
                     name.more);
    }
}

static void test_slips_are_counted(void **state)
{
    static const struct {
        const char *a, *b;
        int distance;
        bool substituted;
    } rows[] = {
        {"GARFIELD", "GARFIELD", 0, false}, {"GARFEILD", "GARFIELD", 1, false},
        {"GARFILD", "GARFIELD", 1, false},  {"GARRFIELD", "GARFIELD", 1, false},
        {"LAYTON", "LAWTON", 1, true},      {"INGRAM", "INGRAHAM", 2, false},
        {"ADAMS", "MADISON", 3, false},     {"", "A", 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool substituted;
        int distance = words_distance(rows[i].a, rows[i].b, 2, &substituted);

        assert_int_equal(distance, rows[i].distance);
        if (distance <= 2)
            assert_int_equal(substituted, rows[i].substituted);
    }
}

static void test_letters_beyond_ascii_stay(void **state)
{
    static const struct pair pairs[] = {{"Pe\xc3\xb1"
                                         "a School",
                                         "PE\xc3\xb1"
                                         "A SCHOOL"}};

    (void)state;
    MUST_BECOME(pairs);
}

static void test_nothing_stays_nothing(void **state)
{
    static const struct pair pairs[] = {{"", ""}, {"  ,. ", ""}, {"#", ""}, {"the of", ""}};

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
        cmocka_unit_test(test_a_numbered_street_is_its_number),
        cmocka_unit_test(test_an_address_is_read_by_its_parts),
        cmocka_unit_test(test_slips_are_counted),
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
