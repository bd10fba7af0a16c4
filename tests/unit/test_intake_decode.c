/*
 * The body of an EVENT: which forms are accepted, which agency it may name, and which of the
 * agency's codes are withheld.
 */
#include "services/intake/store/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW  1795478400000000LL /* 2026-11-24 */
#define HEAD "{\"kind\":\"incident.updated\",\"occurred_at\":\"2025-11-23T09:12:04Z\""
#define GOOD HEAD ",\"incident\":\"26-1\"}"

static const struct session session = {.agency_id = 4, .agency = "metro"};
static struct tables tables;
static struct event event;
static struct event_dropped dropped;
static struct error error;

static int setup(void **state)
{
    (void)state;
    memset(&tables, 0, sizeof tables);
    memset(&dropped, 0, sizeof dropped);
    memset(&error, 0, sizeof error);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tables_free(&tables);
    return 0;
}

static int decode_sized(const char *type, const char *body, size_t size)
{
    return decode_body(&event, &session, &tables, type, strlen(type), body, size, NOW, &dropped,
                       &error);
}

static int decode_as(const char *type, const char *body)
{
    return decode_sized(type, body, strlen(body));
}

static void must_decode(const char *body)
{
    int err = decode_as(EVENT_CONTENT_TYPE, body);

    if (err)
        fail_msg("%s: %s [%s] %s", body, err_name((enum err)err), error.field, error.reason);
}

static void must_refuse(const char *type, const char *body, enum err code, const char *field)
{
    int err = decode_as(type, body);

    if (err != (int)code || strcmp(error.field, field) != 0)
        fail_msg("%s %s: %s [%s], not %s [%s]", type, body, err_name((enum err)err), error.field,
                 err_name(code), field);
}

static void test_an_event_of_our_own_form_is_decoded(void **state)
{
    (void)state;
    must_decode(GOOD);
    assert_string_equal(event.incident, "26-1");
    assert_int_equal(event.kind, EVENT_INCIDENT_UPDATED);
}

static void test_parameters_of_a_content_type_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(decode_as(EVENT_CONTENT_TYPE ";charset=utf-8", GOOD), 0);
    assert_int_equal(decode_as(EVENT_CONTENT_TYPE " ; v=1; w=2", GOOD), 0);
    assert_int_equal(decode_as(EVENT_CONTENT_TYPE ";", GOOD), 0);
}

static void test_another_content_type_is_not_accepted(void **state)
{
    static const char *const types[] = {"",
                                        ";",
                                        "application/json",
                                        "application/vnd.liaison.event+jso",
                                        EVENT_CONTENT_TYPE "x",
                                        " " EVENT_CONTENT_TYPE,
                                        "text/plain;" EVENT_CONTENT_TYPE};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        must_refuse(types[i], GOOD, ERR_CONTENT, "content-type");
}

static void test_the_content_type_decides_the_form(void **state)
{
    (void)state;
    assert_true(decode_as(EVENT_CONTENT_TYPE_EIDO, GOOD) < 0);
    assert_true(error.code != ERR_CONTENT);
}

static void test_an_eido_is_decoded(void **state)
{
    static char body[65536];
    FILE *file = fopen("tests/unit/fixtures/eido-incident-closed.json", "r");

    (void)state;
    if (!file)
        fail_msg("no fixture: run from the project's root");
    size_t size = fread(body, 1, sizeof body, file);
    fclose(file);
    if (decode_sized(EVENT_CONTENT_TYPE_EIDO "; version=1", body, size) != 0)
        fail_msg("%s [%s] %s", err_name(error.code), error.field, error.reason);
    assert_true(event.incident[0]);
    assert_true(decode_sized(EVENT_CONTENT_TYPE, body, size) < 0);
}

static char *padded(const char *head, size_t size)
{
    char *body = malloc(size + 1);

    memset(body, ' ', size);
    body[size] = '\0';
    memcpy(body, head, strlen(head));
    return body;
}

static void test_a_body_has_a_longest_size_by_its_form(void **state)
{
    char *body = padded(GOOD, EVENT_MAX_EIDO_OCTETS + 1);

    (void)state;
    assert_int_equal(decode_sized(EVENT_CONTENT_TYPE, body, EVENT_MAX_OCTETS), 0);
    assert_int_equal(decode_sized(EVENT_CONTENT_TYPE, body, EVENT_MAX_OCTETS + 1), ERR_SIZE);
    assert_string_equal(error.field, "");
    assert_int_equal(decode_sized(EVENT_CONTENT_TYPE_EIDO, body, EVENT_MAX_EIDO_OCTETS + 1),
                     ERR_SIZE);
    assert_true(decode_sized(EVENT_CONTENT_TYPE_EIDO, body, EVENT_MAX_EIDO_OCTETS) != ERR_SIZE);
    free(body);
}

static void test_an_empty_body_is_no_event(void **state)
{
    (void)state;
    must_refuse(EVENT_CONTENT_TYPE, "", ERR_SYNTAX, "");
}

static void test_the_own_agency_may_be_named_and_no_other(void **state)
{
    (void)state;
    must_decode(HEAD ",\"incident\":\"26-1\",\"agency\":\"metro\"}");
    must_refuse(EVENT_CONTENT_TYPE, HEAD ",\"incident\":\"26-1\",\"agency\":\"county\"}",
                ERR_AGENCY, "agency");
    must_refuse(EVENT_CONTENT_TYPE, HEAD ",\"incident\":\"26-1\",\"agency\":\"metr\"}", ERR_AGENCY,
                "agency");
    must_refuse(EVENT_CONTENT_TYPE, HEAD ",\"incident\":\"26-1\",\"agency\":\"METRO\"}", ERR_AGENCY,
                "agency");
}

static void test_an_outcome_may_name_a_report_number_alone(void **state)
{
    (void)state;
    must_decode("{\"kind\":\"outcome.recorded\",\"occurred_at\":\"2025-11-23T09:12:04Z\","
                "\"report_numbers\":[\"R-1\"],\"outcomes\":[{\"code\":\"WARNING\"}]}");
    assert_string_equal(event.incident, "");
    must_refuse(EVENT_CONTENT_TYPE,
                "{\"kind\":\"outcome.recorded\",\"occurred_at\":\"2025-11-23T09:12:04Z\","
                "\"outcomes\":[{\"code\":\"WARNING\"}]}",
                ERR_MISSING, "incident");
    must_refuse(EVENT_CONTENT_TYPE,
                "{\"kind\":\"incident.updated\",\"occurred_at\":\"2025-11-23T09:12:04Z\","
                "\"report_numbers\":[\"R-1\"]}",
                ERR_MISSING, "incident");
}

static void test_a_reason_never_repeats_the_value(void **state)
{
    (void)state;
    must_refuse(EVENT_CONTENT_TYPE, HEAD ",\"incident\":\"26-1\",\"agency\":\"xyzzy\"}", ERR_AGENCY,
                "agency");
    assert_null(strstr(error.reason, "xyzzy"));
}

static void test_own_codes_that_the_map_withholds_are_replaced_and_counted(void **state)
{
    (void)state;
    assert_int_equal(withheld_add(&tables.withheld, 4, "9931"), 0);
    must_decode(HEAD ",\"incident\":\"26-1\",\"call_type\":\"9931\",\"final_type\":\"9931\","
                     "\"dispositions\":[{\"code\":\"OK\"},{\"code\":\"9931\"}],"
                     "\"outcomes\":[{\"code\":\"9931\",\"offense\":\"9931\"}]}");
    assert_string_equal(event.call_type, EVENT_WITHHELD);
    assert_string_equal(event.final_type, EVENT_WITHHELD);
    assert_string_equal(event.dispositions.item[0].code, "OK");
    assert_string_equal(event.dispositions.item[1].code, EVENT_WITHHELD);
    assert_string_equal(event.outcomes.item[0].code, EVENT_WITHHELD);
    assert_string_equal(event.outcomes.item[0].offense, EVENT_WITHHELD);
    assert_int_equal(dropped.withheld, 5);
}

static void test_a_withheld_code_is_one_agencys_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(withheld_add(&tables.withheld, 4, "Status Check"), 0);
    assert_int_equal(withheld_add(&tables.withheld, 4, "STATUS CHECK"), 0);
    assert_true(withheld_has(tables.withheld, 4,
                             "STATUS\xC2\xA0"
                             "CHECK"));
    assert_true(withheld_has(tables.withheld, 4, "ST\xD0\x90TUS  CHECK")); /* Cyrillic A */
    assert_int_equal(withheld_add(&tables.withheld, 5, "WELFARE"), 0);
    must_decode(HEAD ",\"incident\":\"26-1\",\"call_type\":\"status check\","
                     "\"final_type\":\"WELFARE\"}");
    assert_string_equal(event.call_type, EVENT_WITHHELD);
    assert_string_equal(event.final_type, "WELFARE");
    assert_int_equal(dropped.withheld, 1);
}

static void test_part_of_a_withheld_code_is_not_withheld(void **state)
{
    (void)state;
    assert_int_equal(withheld_add(&tables.withheld, 4, "9931"), 0);
    assert_true(withheld_has(tables.withheld, 4,
                             "\xEF\xBC\x99\xEF\xBC\x99"
                             "31")); /* full width */
    assert_false(withheld_has(tables.withheld, 4, "993"));
    assert_false(withheld_has(tables.withheld, 4, "99311"));
    assert_false(withheld_has(tables.withheld, 4, ""));
    assert_false(withheld_has(tables.withheld, 49, "931"));
    assert_false(withheld_has(NULL, 4, "9931"));
    assert_true(withheld_has(tables.withheld, 4, "9931"));
}

static void test_the_longest_code_is_told_from_one_that_begins_alike(void **state)
{
    char code[81], other[81];

    (void)state;
    memset(code, 'C', 80);
    code[80] = '\0';
    strcpy(other, code);
    other[79] = 'D';
    assert_int_equal(withheld_add(&tables.withheld, 2147483647, code), 0);
    assert_true(withheld_has(tables.withheld, 2147483647, code));
    assert_false(withheld_has(tables.withheld, 2147483647, other));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_event_of_our_own_form_is_decoded),
        TEST(test_parameters_of_a_content_type_are_ignored),
        TEST(test_another_content_type_is_not_accepted),
        TEST(test_the_content_type_decides_the_form),
        TEST(test_an_eido_is_decoded),
        TEST(test_a_body_has_a_longest_size_by_its_form),
        TEST(test_an_empty_body_is_no_event),
        TEST(test_the_own_agency_may_be_named_and_no_other),
        TEST(test_an_outcome_may_name_a_report_number_alone),
        TEST(test_a_reason_never_repeats_the_value),
        TEST(test_own_codes_that_the_map_withholds_are_replaced_and_counted),
        TEST(test_a_withheld_code_is_one_agencys_in_any_case),
        TEST(test_part_of_a_withheld_code_is_not_withheld),
        TEST(test_the_longest_code_is_told_from_one_that_begins_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
