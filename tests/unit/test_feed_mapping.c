/* The mapping file, local times, encodings and incident numbers. */
#include "services/feed/mapping/localtime.h"
#include "services/feed/mapping/mapping.h"
#include "services/feed/mapping/mapping_time.h"
#include "services/feed/source/charset.h"
#include "services/feed/source/identity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define GOOD_HEAD                                                   \
    "[time]\nzone = America/Los_Angeles\nformat = %m/%d/%y %H:%M\n" \
    "[key]\ndigest = Where, When\n[event]\nkind = incident.closed\n"
#define GOOD GOOD_HEAD "[fields]\noccurred_at = When\nplace.address = Where\n"

static const char *write_mapping(const char *text)
{
    static char path[64];
    FILE *file;

    snprintf(path, sizeof path, "/tmp/test_feed_mapping.%d", (int)getpid());
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static int load(struct mapping *mapping, const char *text, struct error *error)
{
    const char *path = write_mapping(text);
    int err;

    *error = (struct error){0};
    err = mapping_load(mapping, path, error);
    unlink(path);
    return err;
}

static void test_mistake_names_its_line_section_and_key(void **state)
{
    static const struct {
        const char *text, *reason;
    } cases[] = {
        {GOOD "place.adress = Where\n", "line 11: [fields] place.adress: the data dictionary"},
        {GOOD "place.name = Nationality\n",
         "line 11: [fields] place.name: names a column of immigration status or place of birth"},
        {GOOD "place.beat = PlaceOfBirth\n", "line 11: [fields] place.beat: names a column of imm"},
        {GOOD "[join]\nstatus = Where, Visa Type\n",
         "line 12: [join] status: names a column of imm"},
        {GOOD "[split]\nis_citizen = Where before \",\"\n",
         "line 12: [split] is_citizen: names a co"},
        {GOOD "place_of_birth = Where\n", "line 11: [fields] place_of_birth: is refused by name"},
        {GOOD "place.address = Where\n", "line 11: [fields] place.address: stands on line 10"},
        {"[source]\nheader = perhaps\n", "line 2: [source] header: must be yes or no"},
        {"[source]\ndelimiter = ;;\n", "line 2: [source] delimiter: must be one"},
        {"[source]\nencoding = ebcdic\n", "line 2: [source] encoding: one of"},
        {"\n[time]\nzone = Mars/Olympus\n", "line 3: [time] zone: this machine knows no"},
        {"[time]\nformat = yesterday\n", "line 2: [time] format: a format of strptime"},
        {"[event]\nkind = party\n", "line 2: [event] kind: one of call.received, inc"},
        {"[sauce]\na = b\n", "line 2: [sauce] a: no such section"},
        {"[time]\nsummer = b\n", "line 2: [time] summer: no such key"},
        {"[split]\na = b\n", "line 2: [split] a: write it as"},
        {"[null]\nnonsense = NA\n", "line 2: [null] nonsense: the data dictionary"},
        {"[values colour]\nred = x\n", "line 2: [values colour] red: the data dictionary"},
        {"key = value\n", "line 1: a key before any [section]"},
        {"[time]\nzone\n", "line 2: neither [section] nor key = value"},
        {GOOD_HEAD "[fields]\nplace.address = Where\n", "[fields] occurred_at: is missing"},
        {"[event]\nkind = call.received\n[fields]\noccurred_at = When\n[key]\nincident = No\n",
         "[time] format: is missing"},
    };
    struct mapping mapping;
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(load(&mapping, cases[i].text, &error) < 0);
        if (strncmp(error.reason, cases[i].reason, strlen(cases[i].reason)) != 0)
            assert_string_equal(error.reason, cases[i].reason);
    }
}

static void test_column_that_the_input_has_not_names_the_line(void **state)
{
    const char *names[] = {"When", "Wherever"};
    struct mapping mapping;
    struct error error = {0};

    (void)state;
    assert_int_equal(load(&mapping, GOOD, &error), 0);
    assert_int_equal(mapping_bind(&mapping, names, 2, &error), ERR_ABSENT);
    assert_string_equal(error.reason, "line 5 of the mapping: the input has no column \"Where\"");
    mapping_free(&mapping);
}

static void test_only_named_columns_are_read(void **state)
{
    const char *names[] = {"Caller", "When", "Where"};
    struct mapping mapping;
    struct error error;

    (void)state;
    assert_int_equal(load(&mapping, GOOD, &error), 0);
    assert_int_equal(mapping_bind(&mapping, names, 3, &error), 0);
    assert_false(mapping_reads(&mapping, 0));
    assert_true(mapping_reads(&mapping, 1));
    assert_true(mapping_reads(&mapping, 2));
    mapping_free(&mapping);
}

static struct event_dropped left_out; /* of the last row that was applied */

/* Applies a mapping to one row, whose columns are in the order in which the mapping names them. */
static int apply(const char *text, const char *const *names, const char *const *texts, size_t count,
                 struct event *event, struct error *error)
{
    static struct mapping_row row;
    struct mapping mapping;
    int err;

    assert_int_equal(load(&mapping, text, error), 0);
    assert_int_equal(mapping_bind(&mapping, names, count, error), 0);
    for (size_t i = 0; i < mapping.slot_count; i++)
        strcpy(row.text[i],
               mapping.slot[i].kind == MAPPING_COLUMN ? texts[mapping.slot[i].column] : "");
    mapping_derive(&mapping, &row);
    left_out = (struct event_dropped){0};
    err = mapping_apply(&mapping, &row, event, &left_out, error);
    mapping_free(&mapping);
    return err;
}

static void test_constant_of_an_item_makes_none_alone(void **state)
{
    static const char *const names[] = {"When", "Where", "How"};
    static const char text[] = GOOD "dispositions[0].code = How\ndispositions[0].primary = =true\n"
                                    "units[0].id = =DESK\n";
    static struct event event;
    struct error error;

    (void)state;
    const char *const ended[] = {"11/23/26 09:12", "MAIN ST", "03"};
    assert_int_equal(apply(text, names, ended, 3, &event, &error), 0);
    assert_int_equal(event.dispositions.count, 1);
    assert_true(event.dispositions.item[0].primary);
    const char *const open[] = {"11/23/26 09:12", "MAIN ST", ""};
    assert_int_equal(apply(text, names, open, 3, &event, &error), 0);
    assert_int_equal(event.dispositions.count, 0);
    assert_string_equal(event.units.item[0].id, "DESK"); /* it comes from a constant */
}

static void test_fields_constants_splits_joins_values_and_nulls(void **state)
{
    const char *names[] = {"When", "Where", "Title", "No", "Street", "Lat", "St", "Dir"};
    const char *texts[] = {"7/4/15 9:05", "BLOCK", "EMS: FALL: VICTIM", "12", "ELM ST", "0",
                           "ENR",         "na"};
    struct event event;
    struct error error;
    int err = apply(GOOD_HEAD "[split]\nclass = Title before \": \"\ntype = Title after \": \"\n"
                              "[join]\naddress = No, Dir, Street\n"
                              "[null]\n* = NA\nplace.latitude = 0, -1\n"
                              "[values units[0].status]\nENR = en_route\n"
                              "[fields]\noccurred_at = When\nfinal_type = class\ncall_type = type\n"
                              "place.address = address\nplace.latitude = Lat\n"
                              "place.municipality = =Springfield\nunits[0].status = St\n",
                    names, texts, 8, &event, &error);

    (void)state;
    assert_string_equal(error.reason, "");
    assert_int_equal(err, 0);
    assert_string_equal(event.final_type, "EMS");
    assert_string_equal(event.call_type, "FALL: VICTIM");
    assert_string_equal(event.place.address, "12 ELM ST");
    assert_string_equal(event.place.municipality, "Springfield");
    assert_true(isnan(event.place.latitude));
    assert_int_equal(event.units.item[0].status, 2);
    assert_string_equal(event.zone, "America/Los_Angeles");
    assert_int_equal(event.kind, EVENT_INCIDENT_CLOSED);
}

static void test_refused_field_is_named_and_its_value_is_not(void **state)
{
    const char *names[] = {"When", "Where", "Lat"};
    const char *texts[] = {"7/4/15 9:05 PM", "BLOCK", "47"};
    struct event event;
    struct error error;

    (void)state;
    assert_true(apply(GOOD "place.latitude = Lat\n", names, texts, 3, &event, &error) < 0);
    assert_string_equal(error.field, "occurred_at");
    assert_null(strstr(error.reason, "9:05"));
}

static void test_value_that_the_call_can_do_without_does_not_refuse_it(void **state)
{
    static const char *const names[] = {"When", "Where", "Value"};
    static const struct {
        const char *field, *value;
    } cases[] = {
        {"place.latitude", "4711"},
        {"place.latitude", "N/A"},
        {"place.longitude", "122,5"},
        {"priority", "far too long for a priority"},
        {"times.on_scene", "yesterday"},
        {"times.closed", "3/8/15 2:30"},
        {"units[0].status", "asleep"},
        {"units[0].id", "E1 E2 E3 E4 E5 E6 E7 E8 E9 E10"},
        {"received_via", "pigeon"},
        {"dispositions[0].primary", "perhaps"},
        {"place.name", "A\x07"
                       "B"},
    };
    static struct event event;
    struct error error;
    char text[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const texts[] = {"7/4/15 9:05", "BLOCK", cases[i].value};

        snprintf(text, sizeof text, "%s%s = Value\n", GOOD, cases[i].field);
        if (apply(text, names, texts, 3, &event, &error) != 0)
            fail_msg("%s: %s", cases[i].field, error.reason);
        assert_int_equal(left_out.unfit, 1);
        assert_string_equal(event.place.address, "BLOCK");
        assert_int_equal(event.units.count + event.dispositions.count, 0);
    }
    for (size_t i = 0; i < 2; i++) {
        const char *const texts[] = {"7/4/15 9:05", "BLOCK", i ? "maybe" : "A\x07"};

        snprintf(text, sizeof text, "%s%s = Value\n", GOOD, i ? "entered_in_error" : "final_type");
        assert_true(apply(text, names, texts, 3, &event, &error) < 0);
    }
}

static void test_field_that_is_not_utf8_is_read_in_the_fallback(void **state)
{
    struct charset *charset = charset_open("utf-8", "windows-1252", NULL);
    char out[64];

    (void)state;
    assert_int_equal(charset_read(charset, "caf\xe9", 4, out, sizeof out), 5);
    assert_string_equal(out, "caf\xc3\xa9");
    assert_int_equal(charset_read(charset, "caf\xc3\xa9", 5, out, sizeof out), 5);
    assert_string_equal(out, "caf\xc3\xa9");
    assert_int_equal(charset_read(charset, "\x81", 1, out, sizeof out), ERR_UTF8);
    assert_int_equal(charset_read(charset, " a\r\n\tb ", 7, out, sizeof out), 3);
    assert_string_equal(out, "a b");
    assert_int_equal(charset_read(charset, "abcd", 4, out, 4), ERR_SIZE);
    charset_free(charset);

    charset = charset_open("utf-8", NULL, NULL);
    assert_int_equal(charset_read(charset, "caf\xe9", 4, out, sizeof out), ERR_UTF8);
    charset_free(charset);
    assert_null(charset_open("koi8-r", NULL, NULL));
}

static void number_row(struct identity *identity, const char *key, const char *rest,
                       char number[IDENTITY_NUMBER], bool *repeated)
{
    struct identity_text all[] = {{key, strlen(key)}, {rest, strlen(rest)}};

    assert_int_equal(identity_number(identity, all, 1, all, 2, number, repeated), 0);
}

static void test_equal_rows_share_a_number_and_others_of_the_key_get_an_ordinal(void **state)
{
    struct identity *identity = identity_new();
    char first[IDENTITY_NUMBER], again[IDENTITY_NUMBER], other[IDENTITY_NUMBER];
    bool repeated;

    (void)state;
    number_row(identity, "K", "one", first, &repeated);
    assert_false(repeated);
    number_row(identity, "K", "two", other, &repeated);
    assert_false(repeated);
    assert_string_not_equal(first, other);
    assert_int_equal(strncmp(other, first, strlen(first)), 0);
    assert_string_equal(other + strlen(first), "-2");
    number_row(identity, "K", "one", again, &repeated);
    assert_true(repeated);
    assert_string_equal(again, first);
    number_row(identity, "K", "two", again, &repeated);
    assert_string_equal(again, other);

    identity_reset(identity); /* a restart reads the same rows again */
    number_row(identity, "K", "one", again, &repeated);
    assert_false(repeated);
    assert_string_equal(again, first);
    number_row(identity, "K", "two", again, &repeated);
    assert_string_equal(again, other);
    identity_free(identity);
}

static void test_key_texts_are_not_run_together(void **state)
{
    struct identity *identity = identity_new();
    struct identity_text one[] = {{"ab", 2}, {"c", 1}}, two[] = {{"a", 1}, {"bc", 2}};
    char first[IDENTITY_NUMBER], second[IDENTITY_NUMBER];
    bool repeated;

    (void)state;
    assert_int_equal(identity_number(identity, one, 2, one, 2, first, &repeated), 0);
    assert_int_equal(identity_number(identity, two, 2, two, 2, second, &repeated), 0);
    assert_string_not_equal(first, second);
    identity_free(identity);
}

static void test_million_rows_keep_their_numbers_within_bounded_memory(void **state)
{
    struct identity *identity = identity_new();
    char text[32], number[IDENTITY_NUMBER], late[IDENTITY_NUMBER];
    bool repeated;

    (void)state;
    for (int i = 0; i < 1200000; i++) {
        snprintf(text, sizeof text, "%d", i);
        number_row(identity, text, "x", number, &repeated);
        if (i == 1100000)
            strcpy(late, number);
    }
    number_row(identity, "1100000", "x", number, &repeated);
    assert_true(repeated);
    assert_string_equal(number, late);
    identity_free(identity);
}

static void test_outcomes_need_no_incident_number_if_they_name_a_report(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"[time]\nformat = rfc3339\n[event]\nkind = outcome.recorded\n[fields]\n"
         "occurred_at = When\nreport_numbers[0] = Case\noutcomes[0].code = Result\n",
         true},
        {"[time]\nformat = rfc3339\n[event]\nkind = outcome.recorded\n[fields]\n"
         "occurred_at = When\noutcomes[0].code = Result\n",
         false},
        {"[time]\nformat = rfc3339\n[event]\nkind = call.received\n[fields]\n"
         "occurred_at = When\nreport_numbers[0] = Case\n",
         false},
    };
    struct mapping mapping;
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(load(&mapping, cases[i].text, &error) == 0, cases[i].good);
        if (cases[i].good)
            mapping_free(&mapping);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant_of_an_item_makes_none_alone),
        cmocka_unit_test(test_outcomes_need_no_incident_number_if_they_name_a_report),
        cmocka_unit_test(test_mistake_names_its_line_section_and_key),
        cmocka_unit_test(test_column_that_the_input_has_not_names_the_line),
        cmocka_unit_test(test_only_named_columns_are_read),
        cmocka_unit_test(test_fields_constants_splits_joins_values_and_nulls),
        cmocka_unit_test(test_refused_field_is_named_and_its_value_is_not),
        cmocka_unit_test(test_value_that_the_call_can_do_without_does_not_refuse_it),
        cmocka_unit_test(test_field_that_is_not_utf8_is_read_in_the_fallback),
        cmocka_unit_test(test_equal_rows_share_a_number_and_others_of_the_key_get_an_ordinal),
        cmocka_unit_test(test_key_texts_are_not_run_together),
        cmocka_unit_test(test_million_rows_keep_their_numbers_within_bounded_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
