/* How a sample's columns are mapped, and which are never mapped. */
#include "services/feed/guess/guess.h"
#include "services/feed/guess/guess_private.h"
#include "services/feed/mapping/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *temporary(const char *name)
{
    static char path[64];

    snprintf(path, sizeof path, "/tmp/test_feed_guess.%s.%d", name, (int)getpid());
    return path;
}

static int read_sample(struct guess *guess, const char *text, struct error *error)
{
    const char *path = temporary("csv");
    FILE *file = fopen(path, "w");
    int err;

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    *error = (struct error){0};
    err = guess_read(guess, path, GUESS_ROWS, error);
    unlink(path);
    return err;
}

/* The proposal must load as a mapping. */
static void load_proposal(const struct guess *guess, struct mapping *mapping)
{
    const char *path = temporary("map");
    FILE *file = fopen(path, "w");
    struct error error = {0};
    int err;

    assert_non_null(file);
    guess_write(guess, "", file);
    fclose(file);
    err = mapping_load(mapping, path, &error);
    unlink(path);
    if (err)
        fail_msg("%s", error.reason);
}

static void test_name_says_the_role(void **state)
{
    static const struct {
        const char *name;
        enum guess_role role;
    } cases[] = {{"Incident Number", GUESS_INCIDENT},    {"INC_NO", GUESS_INCIDENT},
                 {"CADNumber", GUESS_INCIDENT},          {"callType", GUESS_CALL_TYPE},
                 {"CALLTYPE", GUESS_CALL_TYPE},          {"Final Case Type", GUESS_FINAL_TYPE},
                 {"Hundred.Block", GUESS_ADDRESS},       {"Case #", GUESS_REPORT},
                 {"Dispo", GUESS_DISPOSITION},           {"LAT", GUESS_LATITUDE},
                 {"Time_On_Scene", GUESS_ON_SCENE},      {"first_unit_arrived", GUESS_ON_SCENE},
                 {"Common Place Name", GUESS_PLACE_NAME}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int score = guess_words_score(cases[i].name, cases[i].role);

        if (score <= 0)
            fail_msg("%s is not known", cases[i].name);
    }
    assert_int_equal(guess_words_score("Final Type", GUESS_CALL_TYPE), 0);
    assert_int_equal(guess_words_score("Shoe Size", GUESS_CALL_TYPE), 0);
    assert_true(guess_words_score("Initial Type Description", GUESS_CALL_TYPE) >
                guess_words_score("Initial Type Group", GUESS_CALL_TYPE));
}

static void test_persons_free_text_and_immigration_are_known_by_name(void **state)
{
    static const struct {
        const char *name;
        enum guess_private private;
    } cases[] = {{"Caller Name", GUESS_PERSON},
                 {"CALLERNAME", GUESS_PERSON},
                 {"RP Phone", GUESS_PERSON},
                 {"Name", GUESS_PERSON},
                 {"DOB", GUESS_PERSON},
                 {"SuspectDescription", GUESS_PERSON},
                 {"Officer", GUESS_PERSON},
                 {"Reporting Party", GUESS_PERSON},
                 {"Disp By", GUESS_PERSON},
                 {"Call Taker", GUESS_PERSON},
                 {"EnteredBy", GUESS_PERSON},
                 {"Operator ID", GUESS_PERSON},
                 {"Home Address", GUESS_PERSON},
                 {"Remarks", GUESS_FREE_TEXT},
                 {"Disposition Comments", GUESS_FREE_TEXT},
                 {"TypeText", GUESS_OPEN},
                 {"Time_PhonePickUp", GUESS_OPEN},
                 {"CALLNARRATIVE", GUESS_FREE_TEXT},
                 {"Notes 2", GUESS_FREE_TEXT},
                 {"Citizenship", GUESS_IMMIGRATION},
                 {"Place of Birth", GUESS_IMMIGRATION},
                 {"COUNTRY_OF_ORIGIN", GUESS_IMMIGRATION},
                 {"Place Name", GUESS_OPEN},
                 {"Call Type", GUESS_OPEN},
                 {"Reporting Area", GUESS_OPEN},
                 {"Event.Clearance.Description", GUESS_OPEN}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (guess_words_private(cases[i].name) != cases[i].private)
            fail_msg("%s is taken for another", cases[i].name);
}

static void test_milestone_is_that_of_the_surest_word(void **state)
{
    static const struct {
        const char *name;
        enum guess_role role;
    } cases[] = {{"Call Received Time", GUESS_RECEIVED},
                 {"Call Closed Time", GUESS_CLOSED},
                 {"Call Arrival Time", GUESS_ON_SCENE},
                 {"Call Dispatch Time", GUESS_DISPATCHED},
                 {"CALLRCVDDTTM", GUESS_RECEIVED},
                 {"Time_CallClosed", GUESS_CLOSED},
                 {"Time First Unit Assigned", GUESS_DISPATCHED},
                 {"First Unit En Route", GUESS_EN_ROUTE},
                 {"Unit Cleared Scene", GUESS_CLEARED},
                 {"ARRIVD_TS", GUESS_ON_SCENE},
                 {"Call Time", GUESS_RECEIVED},
                 {"Date", GUESS_WHEN}};
    static const char *const others[] = {"Load Date",     "Last Updated",     "data_as_of",
                                         "Export Time",   "Insert Dttm",      "Response Time",
                                         "Total Minutes", "At Hospital Time", "DOB"};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum guess_role role;

        if (guess_names_time(cases[i].name, &role) == 0 || role != cases[i].role)
            fail_msg("%s is taken for %d", cases[i].name, (int)role);
        assert_false(guess_words_is_other_time(cases[i].name));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (!guess_words_is_other_time(others[i]))
            fail_msg("%s is taken for a time of the call", others[i]);
}

static void test_first_line_of_values_is_never_a_header(void **state)
{
    struct guess guess;
    struct error error;

    (void)state;
    assert_int_equal(read_sample(&guess,
                                 "Rassendyll,2026-01-02 03:04,FIRE\n"
                                 "Elphberg,2026-01-02 04:04,FIRE\n",
                                 &error),
                     0);
    assert_false(guess.table.header);
    guess_free(&guess);
    /* A first row without a time is still a row. */
    assert_int_equal(
        read_sample(&guess, "Rassendyll,,FIRE\nElphberg,2026-01-02 04:04,FIRE\n", &error), 0);
    assert_false(guess.table.header);
    guess_free(&guess);
}

static void test_titles_above_the_header_are_counted(void **state)
{
    static const char *const samples[] = {
        "Calls of the week\n\nNo,Received,Type,Address\n",
        "From:,03/20/2026,To:,03/21/2026\nNo,Received,Type,Address\n",
        "sep=,\nCalls\nNo,Received,Type,Address\n",
        "\"Calls, all\",,,\nNo,Received,Type,Address,\n",
    };
    static const int lines[] = {2, 1, 2, 1};
    struct guess guess;
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char text[400];

        snprintf(text, sizeof text, "%s%s", samples[i],
                 "A-100,03/20/2026 03:04,FIRE,1 MAIN ST\nA-101,03/20/2026 03:05,FIGHT,2 MAIN ST\n"
                 "A-102,03/20/2026 03:06,FIRE,3 MAIN ST\nA-103,03/20/2026 03:07,FIRE,4 MAIN ST\n");
        assert_int_equal(read_sample(&guess, text, &error), 0);
        if (!guess.table.header || guess.table.title_lines != lines[i])
            fail_msg("sample %zu: %d lines, header %d", i, guess.table.title_lines,
                     guess.table.header);
        guess_free(&guess);
    }
}

static void test_values_overrule_a_name(void **state)
{
    static const char sample[] =
        "Incident,Time,Type,Unit,Address\n"
        "A-100,2026-01-02 03:04,the caller says that her son has thrown a stone at it,Rupert "
        "Hentzau,206-555-0100\n"
        "A-101,2026-01-02 03:05,he then ran away to the house of his uncle in town,Flavia "
        "Elphberg,206-555-0101\n";
    struct guess guess;
    struct mapping mapping;
    struct error error;

    (void)state;
    assert_int_equal(read_sample(&guess, sample, &error), 0);
    assert_int_equal(guess.pick[GUESS_CALL_TYPE].column, -1);
    assert_int_equal(guess.told[2].private, GUESS_FREE_TEXT);
    assert_int_equal(guess.pick[GUESS_UNIT].column, -1);
    assert_int_equal(guess.pick[GUESS_ADDRESS].column, -1);
    assert_int_equal(guess.told[4].private, GUESS_PERSON);
    load_proposal(&guess, &mapping);
    mapping_free(&mapping);
    guess_free(&guess);
}

static void test_day_above_twelve_settles_the_format(void **state)
{
    struct guess guess;
    struct error error;

    (void)state;
    assert_int_equal(
        read_sample(&guess, "No,Date\nA,01/02/2026 03:04\nB,25/02/2026 03:04\n", &error), 0);
    assert_string_equal(guess.time_format, "%d/%m/%Y %H:%M");
    assert_false(guess.either);
    guess_free(&guess);
    assert_int_equal(
        read_sample(&guess, "No,Date\nA,01/02/2026 03:04\nB,05/02/2026 03:04\n", &error), 0);
    assert_string_equal(guess.time_format, "%m/%d/%Y %H:%M");
    assert_true(guess.either);
    guess_free(&guess);
}

static void test_awkward_names_still_make_a_mapping_that_loads(void **state)
{
    static const char sample[] =
        "Time,=Type,\"Address, full\",Type,Type,,joined time,\"A \"\"b\"\"\"\n"
        "2026-01-02 03:04,FIRE,1 MAIN ST,FIRE,FIRE,5,6,7\n"
        "2026-01-02 03:05,FIRE,2 MAIN ST,FIRE,FIRE,5,6,7\n";
    struct guess guess;
    struct mapping mapping;
    struct error error;

    (void)state;
    assert_int_equal(read_sample(&guess, sample, &error), 0);
    assert_true(guess.table.header);
    assert_int_equal(guess.pick[GUESS_ADDRESS].column, -1);
    load_proposal(&guess, &mapping);
    mapping_free(&mapping);
    guess_free(&guess);
}

static void test_sample_without_times_is_an_error_that_holds_no_value(void **state)
{
    struct guess guess;
    struct error error;

    (void)state;
    assert_int_equal(read_sample(&guess, "Rassendyll,Zenda\nElphberg,Strelsau\n", &error),
                     ERR_MISSING);
    assert_null(strstr(error.reason, "Zenda"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_says_the_role),
        cmocka_unit_test(test_persons_free_text_and_immigration_are_known_by_name),
        cmocka_unit_test(test_milestone_is_that_of_the_surest_word),
        cmocka_unit_test(test_first_line_of_values_is_never_a_header),
        cmocka_unit_test(test_titles_above_the_header_are_counted),
        cmocka_unit_test(test_values_overrule_a_name),
        cmocka_unit_test(test_day_above_twelve_settles_the_format),
        cmocka_unit_test(test_awkward_names_still_make_a_mapping_that_loads),
        cmocka_unit_test(test_sample_without_times_is_an_error_that_holds_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
