/*
 * The event model: what the decoder accepts, refuses (by code and field), drops and withholds, and
 * that encoding a decoded event loses nothing.
 */
#include "event.h"
#include "event_rows.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define HEAD                                                                                      \
    "{\"kind\":\"incident.updated\",\"incident\":\"26-1\",\"occurred_at\":\"2026-11-23T09:12:04-" \
    "08:00\""
#define WITH(more) HEAD "," more "}"

static event_time now; /* 2026-11-24T00:00:00Z */
static struct event event, again;
static struct event_dropped dropped;
static struct error error;

static int setup(void **state)
{
    (void)state;
    memset(&dropped, 0, sizeof(dropped));
    memset(&error, 0, sizeof(error));
    return event_time_parse("2026-11-24T00:00:00Z", 20, &now);
}

static int decode(const char *json)
{
    return event_decode(&event, json, strlen(json), now, &dropped, &error);
}

static void must_decode(const char *json)
{
    int err = decode(json);

    if (err)
        fail_msg("%s\nrefused: %s %s %s", json, err_name((enum err)err), error.field, error.reason);
}

static void must_refuse(const char *json, enum err code, const char *field)
{
    int err = decode(json);

    if (err != (int)code || error.code != code || strcmp(error.field, field) != 0)
        fail_msg("%s\nexpected %s [%s], got %s [%s] %s", json, err_name(code), field,
                 err ? err_name((enum err)err) : "ok", err ? error.field : "", error.reason);
    assert_true(*error.reason);
}

static const char *encoded(const struct event *from)
{
    static char out[EVENT_MAX_OCTETS];
    int size = event_encode(from, out, sizeof(out));

    assert_true(size > 0);
    assert_int_equal(size, strlen(out));
    return out;
}

static void test_event_of_every_day_is_decoded(void **state)
{
    event_time at;

    (void)state;
    must_decode(WITH("\"call_type\":\" DISTURBANCE \",\"initiated_by\":\"school_staff\","
                     "\"place\":{\"address\":\"5XX BLOCK OF N 5 ST\",\"latitude\":47.6,"
                     "\"longitude\":-122},\"units\":[{\"id\":\"3S12\",\"status\":\"en_route\"}],"
                     "\"entered_in_error\":true,\"report_numbers\":[\"R1\",\"R2\"]"));
    assert_int_equal(event.kind, EVENT_INCIDENT_UPDATED);
    assert_string_equal(event.incident, "26-1");
    assert_int_equal(event_time_parse("2026-11-23T17:12:04Z", 20, &at), 0);
    assert_int_equal(event.occurred_at, at);
    assert_string_equal(event.call_type, "DISTURBANCE");
    assert_string_equal(event_initiated_word(event.initiated_by), "school_staff");
    assert_true(event.place.latitude == 47.6 && event.place.longitude == -122.0);
    assert_int_equal(event.units.count, 1);
    assert_string_equal(event.units.item[0].id, "3S12");
    assert_int_equal(event.units.item[0].status, 2);
    assert_int_equal(event.report_numbers.count, 2);
    assert_string_equal(event.report_numbers.item[1], "R2");
    assert_true(event.entered_in_error);
    assert_int_equal(event.times.received, EVENT_TIME_NONE);
    assert_int_equal(dropped.unknown + dropped.denied + dropped.withheld, 0);
}

static const struct {
    const char *json;
    enum err code;
    const char *field;
} defects[] = {
    {"", ERR_SYNTAX, ""},
    {"{", ERR_SYNTAX, ""},
    {"[]", ERR_TYPE, ""},
    {"null", ERR_TYPE, ""},
    {"nul", ERR_SYNTAX, ""},
    {HEAD ",}", ERR_SYNTAX, ""},
    {HEAD ",\"zone\":\"a\"", ERR_SYNTAX, ""},
    {WITH("\"zone\":\"\\x\""), ERR_SYNTAX, ""},
    {WITH("\"height\":01"), ERR_SYNTAX, ""},
    {WITH("\"height\":-"), ERR_SYNTAX, ""},
    {WITH("\"height\":1."), ERR_SYNTAX, ""},
    {WITH("\"height\":[1,]"), ERR_SYNTAX, ""},
    {WITH("\"height\":{\"a\":1,}"), ERR_SYNTAX, ""},
    {WITH("\"height\":truth"), ERR_SYNTAX, ""},
    {HEAD "} x", ERR_SYNTAX, ""},
    {WITH("\"agency\":\"a\",\"agency\":\"b\""), ERR_SYNTAX, "agency"},
    {"{}", ERR_MISSING, "kind"},
    {"{\"kind\":\"call.received\",\"occurred_at\":\"2026-11-23T09:12:04Z\"}", ERR_MISSING,
     "incident"},
    {"{\"kind\":\"call.received\",\"incident\":\" \",\"occurred_at\":\"2026-11-23T09:12:04Z\"}",
     ERR_MISSING, "incident"},
    {"{\"kind\":\"call.received\",\"incident\":\"\\u2003\\ufeff\","
     "\"occurred_at\":\"2026-11-23T09:12:04Z\"}",
     ERR_MISSING, "incident"},
    {"{\"kind\":\"call.received\",\"incident\":\"1\"}", ERR_MISSING, "occurred_at"},
    {"{\"kind\":\"unit.status\",\"incident\":\"1\",\"occurred_at\":\"2026-11-23T09:12:04Z\"}",
     ERR_MISSING, "units"},
    {"{\"kind\":\"outcome.recorded\",\"report_numbers\":[\"1\"],"
     "\"occurred_at\":\"2026-11-23T09:12:04Z\"}",
     ERR_MISSING, "outcomes"},
    {"{\"kind\":\"outcome.recorded\",\"outcomes\":[{\"code\":\"x\"}],"
     "\"occurred_at\":\"2026-11-23T09:12:04Z\"}",
     ERR_MISSING, "incident"},
    {WITH("\"call_type\":1"), ERR_TYPE, "call_type"},
    {WITH("\"entered_in_error\":1"), ERR_TYPE, "entered_in_error"},
    {WITH("\"outcomes\":[{\"code\":\"x\",\"subject\":1.5}]"), ERR_TYPE, "outcomes[0].subject"},
    {WITH("\"outcomes\":[{\"code\":\"x\",\"subject\":0}]"), ERR_RANGE, "outcomes[0].subject"},
    {WITH("\"outcomes\":[{\"code\":\"x\",\"subject\":9223372036854775807}]"), ERR_RANGE,
     "outcomes[0].subject"},
    {WITH("\"height\":1e400"), ERR_RANGE, ""},
    {WITH("\"zone\":\"a\\u0000b\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\tb\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\ud800b\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\udc00\\ud800b\""), ERR_UTF8, "zone"},
    {WITH("\"units\":[{\"id\":\"1\"},{\"id\":\"\xff\"}]"), ERR_UTF8, "units[1].id"},
    {WITH("\"zone\":\"\xc0\xaf\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"\xed\xa0\x80\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"\xf4\x90\x80\x80\""), ERR_UTF8, "zone"},
    {WITH("\"victim\":\"\xff\""), ERR_UTF8, ""},
};

static void test_defects_are_refused_with_code_and_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(defects); i++)
        must_refuse(defects[i].json, defects[i].code, defects[i].field);
}

static const struct {
    const char *json;
    enum err code;
    const char *field;
} unfit[] = {
    {WITH("\"units\":[{\"id\":\"1\"},{\"status\":\"clear\"}]"), ERR_MISSING, "units[1].id"},
    {WITH("\"dispositions\":[{}]"), ERR_MISSING, "dispositions[0].code"},
    {WITH("\"report_numbers\":[\"1\",\" \"]"), ERR_MISSING, "report_numbers[1]"},
    {WITH("\"report_numbers\":[\"1\",\"\\u200b\\u00a0\"]"), ERR_MISSING, "report_numbers[1]"},
    {WITH("\"place\":{\"latitude\":1}"), ERR_MISSING, "place.longitude"},
    {WITH("\"place\":\"here\""), ERR_TYPE, "place"},
    {WITH("\"place\":{\"latitude\":\"47\",\"longitude\":1}"), ERR_TYPE, "place.latitude"},
    {WITH("\"units\":{}"), ERR_TYPE, "units"},
    {WITH("\"units\":[null]"), ERR_TYPE, "units[0]"},
    {WITH("\"place\":{\"latitude\":1e308,\"longitude\":1}"), ERR_RANGE, "place.latitude"},
    {WITH("\"place\":{\"latitude\":1e400,\"longitude\":1}"), ERR_RANGE, "place.latitude"},
    {WITH("\"place\":{\"longitude\":-180.0001,\"latitude\":1}"), ERR_RANGE, "place.longitude"},
    {WITH("\"zone\":\"a\\u0007b\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\tb\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\x7f\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\u0085\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\u2028\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\u202eb\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"a\\u2066b\""), ERR_UTF8, "zone"},
    {WITH("\"zone\":\"12345678901234567890123456789012345678901\""), ERR_SIZE, "zone"},
    {WITH("\"report_numbers\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]"), ERR_SIZE,
     "report_numbers"},
    {WITH("\"received_via\":\"pigeon\""), ERR_VALUE, "received_via"},
    {WITH("\"received_via\":\"Radio\""), ERR_VALUE, "received_via"},
    {WITH("\"times\":{\"closed\":\"yesterday\"}"), ERR_TIME, "times.closed"},
    {WITH("\"times\":{\"closed\":\"2026-11-23T09:12:04\"}"), ERR_TIME, "times.closed"},
    {WITH("\"times\":{\"closed\":\"1989-12-31T23:59:59Z\"}"), ERR_RANGE, "times.closed"},
    {WITH("\"times\":{\"closed\":\"2026-11-25T00:00:01Z\"}"), ERR_RANGE, "times.closed"},
    {WITH("\"units\":[{\"id\":\"1\",\"at\":\"99999-01-01T00:00:00Z\"}]"), ERR_RANGE, "units[0].at"},
    {WITH("\"priority\":2"), ERR_TYPE, "priority"},
    {WITH("\"priority\":{\"deep\":[1,{}]}"), ERR_TYPE, "priority"},
    {WITH("\"place\":{\"latitude\":0,\"longitude\":0.0}"), ERR_VALUE, "place.latitude"},
    {WITH("\"place\":{\"latitude\":91,\"longitude\":1}"), ERR_RANGE, "place.latitude"},
    {WITH("\"units\":[{\"id\":\"far too long for the call sign of a unit\"}]"), ERR_SIZE,
     "units[0].id"},
    {WITH("\"outcomes\":[{\"code\":\"x\",\"decided_at\":\"soon\"}]"), ERR_TIME,
     "outcomes[0].decided_at"},
};

static void unfit_cb(void *ctx, const struct error *why)
{
    struct error *first = ctx;

    if (!first->code)
        *first = *why;
}

static void test_bad_optional_value_is_left_out_and_the_event_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(unfit); i++) {
        struct error first = {0};

        dropped = (struct event_dropped){.unfit_cb = unfit_cb, .ctx = &first};
        must_decode(unfit[i].json);
        assert_true(dropped.unfit > 0);
        if (first.code != unfit[i].code || strcmp(first.field, unfit[i].field) != 0)
            fail_msg("%s\nexpected %s [%s], got %s [%s]", unfit[i].json, err_name(unfit[i].code),
                     unfit[i].field, first.code ? err_name(first.code) : "ok", first.field);
        assert_string_equal(event.incident, "26-1");
        assert_int_equal(event_check(&event, now, NULL), 0);
        assert_true(isnan(event.place.latitude) && isnan(event.place.longitude));
    }
}

static void test_what_stands_beside_a_bad_value_is_kept(void **state)
{
    (void)state;
    must_decode(
        WITH("\"place\":{\"latitude\":\"47\",\"address\":\"1 ELM\",\"longitude\":1},"
             "\"units\":[{\"id\":\"1\"},{\"status\":\"clear\"},7,{\"id\":\"2\","
             "\"status\":\"asleep\"}],\"report_numbers\":[\"R1\",5,\"R2\"],\"priority\":\"1\""));
    assert_string_equal(event.place.address, "1 ELM");
    assert_int_equal(event.units.count, 2);
    assert_string_equal(event.units.item[1].id, "2");
    assert_int_equal(event.units.item[1].status, 0);
    assert_int_equal(event.report_numbers.count, 2);
    assert_string_equal(event.report_numbers.item[1], "R2");
    assert_string_equal(event.priority, "1");
    assert_int_equal(dropped.unfit, 5); /* a bad latitude also drops the longitude */
}

static void test_new_call_without_type_and_place_is_counted(void **state)
{
#define NEW(more)                                                                                  \
    "{\"kind\":\"call.received\",\"incident\":\"1\",\"occurred_at\":\"2026-11-23T09:12:04Z\"" more \
    "}"
    (void)state;
    must_decode(NEW(""));
    must_decode(NEW(",\"place\":{\"beat\":\"N3\",\"latitude\":0,\"longitude\":0}"));
    assert_int_equal(dropped.bare, 2);
    must_decode(NEW(",\"call_type\":\"FIGHT\""));
    must_decode(NEW(",\"place\":{\"latitude\":47.5,\"longitude\":-122}"));
    must_decode(WITH("\"priority\":\"1\""));
    assert_int_equal(dropped.bare, 2);
#undef NEW
}

/* This includes optional objects: it is unknown which of the two members is meant. */
static void test_member_of_a_member_that_stands_twice_is_named(void **state)
{
    (void)state;
    must_refuse(WITH("\"times\":{\"received\":\"1013-11-23T09:12:04Z\","
                     "\"closed\":\"2026-11-23T09:12:04Z\","
                     "\"closed\":\"2026-11-23T09:12:04Z\"}"),
                ERR_SYNTAX, "times.closed");
    must_refuse(WITH("\"place\":{\"address\":\"1 A ST\",\"address\":\"2 A ST\"}"), ERR_SYNTAX,
                "place.address");
}

static void test_what_is_dropped_may_be_given_twice_and_is_counted_twice(void **state)
{
    (void)state;
    must_decode(WITH("\"name\":\"a\",\"name\":\"b\""));
    assert_int_equal(dropped.unknown, 2);
}

static void test_escapes_are_undone(void **state)
{
    (void)state;
    must_decode(
        WITH("\"call_t\\u0079pe\":\"\\u0041\\/\\\\ \\u00e9\\ud83d\\ude00z\",\"zone\":\"x\""));
    assert_string_equal(event.call_type, "A/\\ \xc3\xa9\xf0\x9f\x98\x80z");
    assert_string_equal(event.zone, "x");
}

static void test_numbers_are_the_nearest_doubles(void **state)
{
    static const struct {
        const char *json;
        double latitude;
    } rows[] = {
        {WITH("\"place\":{\"latitude\":47.6062095,\"longitude\":-0}"), 47.6062095},
        {WITH("\"place\":{\"latitude\":-0.1,\"longitude\":0}"), -0.1},
        {WITH("\"place\":{\"latitude\":4.76062095E1,\"longitude\":0}"), 47.6062095},
        {WITH("\"place\":{\"latitude\":47.606209500000001234,\"longitude\":0}"),
         47.606209500000001234},
        {WITH("\"place\":{\"latitude\":1e-400,\"longitude\":1}"), 0.0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        must_decode(rows[i].json);
        assert_true(event.place.latitude == rows[i].latitude);
    }
}

static void test_reason_never_repeats_the_value_or_a_strange_name(void **state)
{
    static const char *const rows[] = {
        WITH("\"received_via\":\"SECRET\""),
        WITH("\"call_type\":\"SECRET\\u0001\""),
        WITH("\"SECRET\":\"\xff\""),
        WITH("\"SECRET\":1e999"),
        WITH("\"x\":SECRET"),
        WITH("\"times\":{\"closed\":\"SECRET\"}"),
        WITH("\"SECRET\":\"\\ud800\""),
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memset(&error, 0, sizeof(error));
        dropped = (struct event_dropped){.unfit_cb = unfit_cb, .ctx = &error};
        if (decode(rows[i]) == 0)
            assert_int_equal(dropped.unfit, 1);
        if (strstr(error.field, "SECRET") || strstr(error.reason, "SECRET"))
            fail_msg("%s\ntells it: [%s] %s", rows[i], error.field, error.reason);
    }
}

static void test_size_and_depth_are_bounded(void **state)
{
    static char big[EVENT_MAX_OCTETS + 2], deep[20001];
    char json[256] = HEAD ",\"x\":";

    (void)state;
    memset(big, ' ', sizeof(big) - 1);
    must_refuse(big, ERR_SIZE, "");
    memset(deep, '[', sizeof(deep) - 1);
    must_refuse(deep, ERR_DEPTH, "");
    char *end = json + strlen(json);
    memset(end, '[', 15);
    memset(end + 15, ']', 15);
    memcpy(end + 30, "}", 2);
    must_decode(json);
    memmove(strchr(json, '[') + 1, strchr(json, '['), strlen(strchr(json, '[')) + 1);
    must_refuse(json, ERR_DEPTH, "");
}

static void test_brackets_inside_a_text_are_not_depth(void **state)
{
    (void)state;
    must_decode(WITH("\"call_type\":\"[[[[[[[[[[[[[[[[[[[[\\\"[{{{{\""));
    assert_string_equal(event.call_type, "[[[[[[[[[[[[[[[[[[[[\"[{{{{");
}

static void test_null_and_empty_are_not_given(void **state)
{
    (void)state;
    must_decode(
        WITH("\"call_type\":null,\"zone\":\"\",\"times\":{\"closed\":\"\",\"cleared\":null},"
             "\"received_via\":\"\",\"units\":null,\"outcomes\":[],\"place\":null,"
             "\"entered_in_error\":null"));
    assert_string_equal(encoded(&event), "{\"kind\":\"incident.updated\",\"incident\":\"26-1\","
                                         "\"occurred_at\":\"2026-11-23T17:12:04Z\"}");
}

static void test_unknown_fields_are_dropped_and_counted(void **state)
{
    (void)state;
    must_decode(WITH("\"caller_name\":\"Jo\",\"place\":{\"apartment\":\"4\"},"
                     "\"units\":[{\"id\":\"1\",\"officer\":{\"name\":\"x\",\"born\":\"y\"}}]"));
    assert_int_equal(dropped.unknown, 3);
    assert_int_equal(dropped.denied, 0);
    assert_null(strstr(encoded(&event), "Jo"));
}

static void test_denied_names_are_dropped_and_counted_wherever_they_stand(void **state)
{
    (void)state;
    must_decode(WITH("\"immigration_status\":\"x\",\"Place-Of-Birth\":1,\"placeOfBirth\":2,"
                     "\"nc:Citizenship\":3,"
                     "\"person\":[{\"deep\":{\"CITIZENSHIP_STATUS\":4,\"is US citizen\":5}}],"
                     "\"units\":[{\"id\":\"1\",\"nationality\":\"z\"}]"));
    assert_int_equal(dropped.denied, 7);
    assert_int_equal(dropped.unknown, 1);
    assert_string_equal(event.incident, "26-1");
}

static void test_codes_that_stand_for_immigration_are_withheld(void **state)
{
    (void)state;
    must_decode(WITH("\"call_type\":\"alien\",\"final_type\":\"ASSIST-IMMIGRATION (ICE)\","
                     "\"dispositions\":[{\"code\":\"DEPORTED\"},{\"code\":\"REPORT\"}],"
                     "\"outcomes\":[{\"code\":\"arrest\",\"offense\":\"30a\"},"
                     "{\"code\":\"undocumented alien\",\"offense\":\"30E\"}]"));
    assert_string_equal(event.call_type, EVENT_WITHHELD);
    assert_string_equal(event.final_type, EVENT_WITHHELD);
    assert_string_equal(event.dispositions.item[0].code, EVENT_WITHHELD);
    assert_string_equal(event.dispositions.item[1].code, "REPORT");
    assert_string_equal(event.outcomes.item[0].code, "arrest");
    assert_string_equal(event.outcomes.item[0].offense, EVENT_WITHHELD);
    assert_string_equal(event.outcomes.item[1].code, EVENT_WITHHELD);
    assert_string_equal(event.outcomes.item[1].offense, "30E");
    assert_int_equal(dropped.withheld, 5);
}

static void test_words_are_withheld_only_between_boundaries(void **state)
{
    static const struct {
        const char *code;
        bool withheld;
    } rows[] = {
        {"ALIENATION OF PROPERTY", false},
        {"INALIENABLE", false},
        {"ALIEN_CHECK", true},
        {"CHECK/ALIENS", true},
        {"30A", true},
        {"130A", false},
        {"30A1", false},
        {"49c", true},
        {"IMMIGRATIONS", true},
        {"EMIGRATION", false},
        {"SALIENT ALIEN", true},
        {"", false},
        {"withheld", false},
        {"ALIEN\xe2\x80\x93X", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (event_code_is_withheld(rows[i].code) != rows[i].withheld)
            fail_msg("%s: expected %d", rows[i].code, rows[i].withheld);
}

/* Fills each member with the longest text or highest number that its row allows. */
static void fill(const struct event_type *type, void *base)
{
    for (size_t i = 0; i < type->row_count; i++) {
        const struct event_row *row = &type->rows[i];
        char *member = event_member(base, row);

        if (row->count)
            *(size_t *)(void *)member = row->count;
        for (size_t j = 0; j < row->count; j++) {
            char *item = event_item(base, row, j);

            if (row->type)
                fill(row->type, item);
            else
                memset(item, '"', row->max), item[row->max] = '\0';
        }
        if (row->kind == EVENT_ROW_ENUM)
            *(uint8_t *)member = row->list->words[row->list->count - 1].value;
        if (row->kind == EVENT_ROW_TEXT)
            memset(member, '\\', row->max), member[row->max] = '\0';
        if (row->kind == EVENT_ROW_TIME)
            *(event_time *)(void *)member = now - 123456;
        if (row->kind == EVENT_ROW_REAL)
            *(double *)(void *)member = nextafter(row->high, 0.0);
        if (row->kind == EVENT_ROW_INT)
            *(int32_t *)(void *)member = (int32_t)row->high;
        if (row->kind == EVENT_ROW_FLAG)
            *(bool *)member = true;
        if (row->kind == EVENT_ROW_OBJECT)
            fill(row->type, member);
    }
}

static void test_every_field_at_its_limit_survives_encoding_and_decoding(void **state)
{
    static char first[EVENT_MAX_OCTETS];

    (void)state;
    memset(&again, 0, sizeof(again));
    fill(&event_type_event, &again);
    snprintf(first, sizeof(first), "%s", encoded(&again));
    must_decode(first);
    assert_string_equal(encoded(&event), first);
    assert_int_equal(dropped.unknown + dropped.denied + dropped.withheld, 0);
    assert_true(event.place.latitude == nextafter(90.0, 0.0));
}

static void test_encoding_into_too_little_room_is_refused(void **state)
{
    char out[4096];
    int size;

    (void)state;
    must_decode(WITH("\"place\":{\"latitude\":-0.0000001,\"longitude\":-122.3320708}"));
    size = event_encode(&event, out, sizeof(out));
    assert_non_null(strstr(out, "\"latitude\":-0.0000001,\"longitude\":-122.3320708"));
    for (size_t room = 0; room <= (size_t)size; room++)
        assert_int_equal(event_encode(&event, out, room), ERR_SIZE);
    assert_int_equal(event_encode(&event, out, (size_t)size + 1), size);
}

static void test_lists_are_encoded_by_themselves_for_columns(void **state)
{
    char out[512];

    (void)state;
    must_decode(WITH("\"dispositions\":[{\"code\":\"A\",\"primary\":true},{\"code\":\"B\"}]"));
    assert_true(event_encode_list(&event, "dispositions", out, sizeof(out)) > 0);
    assert_string_equal(out, "[{\"code\":\"A\",\"primary\":true},{\"code\":\"B\"}]");
    assert_int_equal(event_encode_list(&event, "units", out, sizeof(out)), 0);
    assert_string_equal(out, "");
    assert_int_equal(event_encode_list(&event, "outcomes", out, 0), ERR_SIZE);
}

static void test_an_event_filled_by_hand_is_checked_too(void **state)
{
    (void)state;
    must_decode(WITH("\"zone\":\"UTC\""));
    event.place.latitude = HUGE_VAL;
    event.place.longitude = 1.0;
    assert_int_equal(event_check(&event, now, &error), ERR_RANGE);
    assert_string_equal(error.field, "place.latitude");
    event.place.latitude = 1.0;
    event.kind = 77;
    assert_int_equal(event_check(&event, now, &error), ERR_VALUE);
    assert_string_equal(error.field, "kind");
    event.kind = EVENT_CALL_RECEIVED;
    event.occurred_at = now + INT64_C(86400) * 1000000 + 1;
    assert_int_equal(event_check(&event, now, NULL), ERR_RANGE);
}

static void test_kinds_have_the_values_of_the_header(void **state)
{
    static const struct {
        enum event_kind kind;
        const char *word;
    } rows[] = {
        {EVENT_CALL_RECEIVED, "call.received"},       {EVENT_INCIDENT_OPENED, "incident.opened"},
        {EVENT_INCIDENT_UPDATED, "incident.updated"}, {EVENT_UNIT_STATUS, "unit.status"},
        {EVENT_INCIDENT_CLOSED, "incident.closed"},   {EVENT_OUTCOME_RECORDED, "outcome.recorded"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(event_kind_word((uint8_t)rows[i].kind), rows[i].word);
        assert_int_equal(event_kind_value(rows[i].word), rows[i].kind);
    }
    assert_null(event_kind_word(0));
    assert_int_equal(event_kind_value("call"), 0);
}

static void test_error_texts_are_printable_ascii(void **state)
{
    (void)state;
    assert_int_equal(error_set(&error, ERR_IO, "a\x1b[b", "caf\xc3\xa9 %s", "\n"), ERR_IO);
    assert_string_equal(error.field, "a?[b");
    assert_string_equal(error.reason, "caf?? ?");
    assert_int_equal(error_set(NULL, ERR_DB, "x", "y"), ERR_DB);
    assert_string_equal(err_name(ERR_RANGE), "range");
    assert_string_equal(err_name((enum err) - 999), "unknown");
    for (int code = ERR_ABSENT; code <= ERR_NOMEM; code++)
        assert_string_not_equal(err_name((enum err)code), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_event_of_every_day_is_decoded, setup),
        cmocka_unit_test_setup(test_defects_are_refused_with_code_and_field, setup),
        cmocka_unit_test_setup(test_bad_optional_value_is_left_out_and_the_event_stays, setup),
        cmocka_unit_test_setup(test_what_stands_beside_a_bad_value_is_kept, setup),
        cmocka_unit_test_setup(test_new_call_without_type_and_place_is_counted, setup),
        cmocka_unit_test_setup(test_member_of_a_member_that_stands_twice_is_named, setup),
        cmocka_unit_test_setup(test_what_is_dropped_may_be_given_twice_and_is_counted_twice, setup),
        cmocka_unit_test_setup(test_escapes_are_undone, setup),
        cmocka_unit_test_setup(test_numbers_are_the_nearest_doubles, setup),
        cmocka_unit_test_setup(test_reason_never_repeats_the_value_or_a_strange_name, setup),
        cmocka_unit_test_setup(test_size_and_depth_are_bounded, setup),
        cmocka_unit_test_setup(test_brackets_inside_a_text_are_not_depth, setup),
        cmocka_unit_test_setup(test_null_and_empty_are_not_given, setup),
        cmocka_unit_test_setup(test_unknown_fields_are_dropped_and_counted, setup),
        cmocka_unit_test_setup(test_denied_names_are_dropped_and_counted_wherever_they_stand,
                               setup),
        cmocka_unit_test_setup(test_codes_that_stand_for_immigration_are_withheld, setup),
        cmocka_unit_test_setup(test_words_are_withheld_only_between_boundaries, setup),
        cmocka_unit_test_setup(test_every_field_at_its_limit_survives_encoding_and_decoding, setup),
        cmocka_unit_test_setup(test_encoding_into_too_little_room_is_refused, setup),
        cmocka_unit_test_setup(test_lists_are_encoded_by_themselves_for_columns, setup),
        cmocka_unit_test_setup(test_an_event_filled_by_hand_is_checked_too, setup),
        cmocka_unit_test_setup(test_kinds_have_the_values_of_the_header, setup),
        cmocka_unit_test_setup(test_error_texts_are_printable_ascii, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
