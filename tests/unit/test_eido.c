/*
 * EIDO documents: what is read, what is tolerated, what is refused, and that no data about persons
 * is kept.
 */
#include "eido.h"
#include "pidf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define ID          "\"$id\":\"urn:emergency:uid:incidentid:f00d:cad.example\""
#define AT          "\"lastUpdateTimeStamp\":\"2026-11-20T10:00:00-08:00\""
#define DOC(more)   "{" ID "," AT "," more "}"
#define INCIDENT(m) DOC("\"incidentComponent\":{" m "}")
#define CIVIC(road) "<civicAddress><HNO>1</HNO><RD>" road "</RD></civicAddress>"

static event_time now; /* 2026-11-24T00:00:00Z */
static struct event event;
static struct event_dropped dropped;
static struct error error;

static int setup(void **state)
{
    (void)state;
    memset(&dropped, 0, sizeof(dropped));
    return event_time_parse("2026-11-24T00:00:00Z", 20, &now);
}

static void must_decode(const char *json)
{
    int err = eido_decode(&event, json, strlen(json), now, &dropped, &error);

    if (err)
        fail_msg("%s\nrefused: %s [%s] %s", json, err_name((enum err)err), error.field,
                 error.reason);
}

static void must_refuse(const char *json, enum err code, const char *field)
{
    int err = eido_decode(&event, json, strlen(json), now, &dropped, &error);

    if (err != (int)code || strcmp(error.field, field) != 0)
        fail_msg("%s\nexpected %s [%s], got %s [%s]", json, err_name(code), field,
                 err ? err_name((enum err)err) : "ok", err ? error.field : "");
}

static const char *encoded(void)
{
    static char out[EVENT_MAX_OCTETS];

    assert_true(event_encode(&event, out, sizeof(out)) > 0);
    return out;
}

static const char *fixture(const char *name)
{
    static char text[65536];
    char path[128];
    FILE *file;
    size_t size;

    snprintf(path, sizeof(path), "tests/unit/fixtures/%s", name);
    file = fopen(path, "r");
    if (!file)
        fail_msg("cannot open %s: run from the project's root", path);
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

static void test_closed_incident_is_read_whole(void **state)
{
    (void)state;
    must_decode(fixture("eido-incident-closed.json"));
    assert_string_equal(
        encoded(),
        "{\"kind\":\"incident.closed\",\"event_id\":\"f00d42\",\"incident\":\"26-004711\","
        "\"occurred_at\":\"2026-11-20T18:31:07.25Z\","
        "\"times\":{\"received\":\"2026-11-20T18:01:00Z\"},"
        "\"call_type\":\"DISTURB\",\"priority\":\"2\","
        "\"place\":{\"address\":\"1200 N Fifth & Vine St E\",\"latitude\":47.6062095,"
        "\"longitude\":-122.3320708,\"municipality\":\"Port Alder\","
        "\"cross_streets\":\"Alder Ave & Birch Ave\",\"beat\":\"N3\"},"
        "\"report_numbers\":[\"R-26-9\",\"R-26-10\"],"
        "\"units\":[{\"id\":\"3S12\",\"status\":\"on_scene\",\"at\":\"2026-11-20T18:09:00Z\"},"
        "{\"id\":\"2B7\",\"status\":\"clear\",\"at\":\"2026-11-20T18:12:00Z\"}],"
        "\"dispositions\":[{\"code\":\"03\",\"primary\":true},{\"code\":\"01\"}]}");
}

static void test_nothing_of_a_person_comes_through(void **state)
{
    static const char *const secrets[] = {"Quill", "Marsh",  "2011-02-03",  "5550107777",
                                          "7777",  "qmarsh", "Secret Home", "Somewhere",
                                          "XX",    "Officer"};

    (void)state;
    must_decode(fixture("eido-incident-closed.json"));
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (strstr(encoded(), secrets[i]))
            fail_msg("%s is in %s", secrets[i], encoded());
    assert_int_equal(dropped.denied, 5);
    assert_true(dropped.unknown > 0);
}

static void test_kind_follows_component_and_status(void **state)
{
    static const struct {
        const char *json;
        enum event_kind kind;
    } rows[] = {
        {DOC("\"callComponent\":[]"), EVENT_CALL_RECEIVED},
        {INCIDENT(""), EVENT_INCIDENT_UPDATED},
        {INCIDENT("\"incidentStatusCommonRegistryText\":[\"Active\"]"), EVENT_INCIDENT_UPDATED},
        {INCIDENT("\"incidentStatusCommonRegistryText\":[\"Active\",\"CLOSED\"]"),
         EVENT_INCIDENT_CLOSED},
        {INCIDENT("\"incidentStatusCommonRegistryText\":\"Cancelled\""), EVENT_INCIDENT_CLOSED},
        {INCIDENT("\"incidentStatusCommonRegistryText\":[\"Closed\",\"ReOpened\"]"),
         EVENT_INCIDENT_UPDATED},
        {DOC("\"incidentComponent\":[{\"incidentStatusCommonRegistryText\":[\"Closed\"]},{}]"),
         EVENT_INCIDENT_CLOSED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        must_decode(rows[i].json);
        if (event.kind != rows[i].kind)
            fail_msg("%s\nexpected %d, got %d", rows[i].json, rows[i].kind, event.kind);
    }
}

static void test_incident_is_the_agencys_number_or_the_unique_part(void **state)
{
    static const struct {
        const char *json, *incident;
    } rows[] = {
        {DOC("\"callComponent\":[]"), "f00d"},
        {INCIDENT("\"internalIncidentId\":\"26-7\""), "26-7"},
        {INCIDENT("\"internalIncidentId\":267"), "267"},
        {INCIDENT("\"internalIncidentId\":\"\""), "f00d"},
        {INCIDENT("\"internalIncidentId\":0"), "f00d"},
        {"{\"$id\":\"0a1b-2c3d\"," AT "}", "0a1b-2c3d"},
        {"{\"$id\":\"URN:EMERGENCY:uid:incidentid:9\"," AT "}", "9"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        must_decode(rows[i].json);
        assert_string_equal(event.incident, rows[i].incident);
    }
}

static void test_documents_that_cannot_be_filed_are_refused(void **state)
{
    static const struct {
        const char *json;
        enum err code;
        const char *field;
    } rows[] = {
        {"[]", ERR_TYPE, ""},
        {"{}", ERR_MISSING, "$id"},
        {"{\"$id\":7," AT "}", ERR_TYPE, "$id"},
        {"{\"$id\":\"\"," AT "}", ERR_VALUE, "$id"},
        {"{\"$id\":\"urn:emergency:uid:incidentid:0:police.example\"," AT "}", ERR_VALUE, "$id"},
        {"{\"$id\":\"urn:emergency:uid:incidentid::police.example\"," AT "}", ERR_VALUE, "$id"},
        {"{\"$id\":\"a\\u0007\"," AT "}", ERR_UTF8, "$id"},
        {"{\"$id\":\" 0 \"," AT "}", ERR_VALUE, "$id"},
        {"{" ID "}", ERR_MISSING, "lastUpdateTimeStamp"},
        {"{" ID ",\"lastUpdateTimeStamp\":\"2026-11-20T10:00:00\"}", ERR_TIME,
         "lastUpdateTimeStamp"},
        {"{" ID ",\"lastUpdateTimeStamp\":\"0001-01-01T00:00:00Z\"}", ERR_RANGE,
         "lastUpdateTimeStamp"},
        {"{" ID ",\"lastUpdateTimeStamp\":\"99999-01-01T00:00:00Z\"}", ERR_RANGE,
         "lastUpdateTimeStamp"},
        {DOC("\"eidoVersion\":\"2.0\""), ERR_VALUE, "eidoVersion"},
        {INCIDENT("\"internalIncidentId\":\"12345678901234567890123456789012345678901234567890123"
                  "456789012345\""),
         ERR_SIZE, "incidentComponent.internalIncidentId"},
        {INCIDENT("\"internalIncidentId\":\"a\\u0007\""), ERR_UTF8,
         "incidentComponent.internalIncidentId"},
        {DOC("\"notesComponent\":\"\xff\""), ERR_UTF8, ""},
        {DOC("\"x\":1,\"x\":2"), ERR_SYNTAX, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        must_refuse(rows[i].json, rows[i].code, rows[i].field);
}

static void test_type_and_priority_fall_back_in_order(void **state)
{
    (void)state;
    must_decode(INCIDENT("\"incidentTypeCommonRegistryText\":\"ROBBERY\","
                         "\"incidentCommonPriorityNumber\":7"));
    assert_string_equal(event.call_type, "ROBBERY");
    assert_string_equal(event.priority, "7");
    must_decode(DOC("\"callComponent\":[{\"callStartTimestamp\":\"2026-11-20T09:59:00-08:00\"},"
                    "{\"localCallType\":\"WPH2\"}]"));
    assert_string_equal(event.call_type, "WPH2");
    must_decode(INCIDENT("\"incidentPriorityInternalText\":\"far too long for a priority\","
                         "\"incidentCommonPriorityNumber\":3"));
    assert_string_equal(event.priority, "3");
}

/* A type that cannot be read could be one that the agency withholds. */
static void test_type_that_is_given_and_cannot_be_read_refuses(void **state)
{
    static const struct {
        const char *member;
        enum err code;
    } rows[] = {
        {"\"incidentTypeInternalCode\":{\"code\":\"CHILD ABUSE\"}", ERR_TYPE},
        {"\"incidentTypeInternalCode\":[{\"code\":\"CHILD ABUSE\"}]", ERR_TYPE},
        {"\"incidentTypeInternalCode\":[\"CHILD ABUSE\",\"FIGHT\"]", ERR_SIZE},
        {"\"incidentTypeInternalCode\":true", ERR_TYPE},
        {"\"incidentTypeInternalCode\":[[\"CHILD ABUSE\"]],"
         "\"incidentTypeCommonRegistryText\":\"Other\"",
         ERR_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[600];

        snprintf(json, sizeof json, INCIDENT("%s"), rows[i].member);
        must_refuse(json, rows[i].code, "incidentTypeInternalCode");
    }
    must_decode(INCIDENT("\"incidentTypeInternalCode\":[],"
                         "\"incidentTypeCommonRegistryText\":[null,\"CHILD ABUSE\"]"));
    assert_string_equal(event.call_type, "CHILD ABUSE");
    must_decode(INCIDENT("\"incidentTypeInternalCode\":[\"CHILD ABUSE\",\"CHILD ABUSE\"]"));
    assert_string_equal(event.call_type, "CHILD ABUSE");
    must_decode(INCIDENT("\"incidentTypeInternalCode\":{}"));
    assert_string_equal(event.call_type, "");
}

static void test_time_that_is_a_number_is_told(void **state)
{
    (void)state;
    must_refuse("{\"$id\":\"7\",\"lastUpdateTimeStamp\":1763632800,\"incidentComponent\":{"
                "\"lastUpdateTimeStamp\":\"2026-11-20T10:00:00Z\"}}",
                ERR_TYPE, "lastUpdateTimeStamp");
    must_decode(INCIDENT("\"lastUpdateTimeStamp\":1763632800"));
    assert_int_equal(dropped.unfit, 1);
}

static void test_document_that_was_made_a_text_is_named(void **state)
{
    (void)state;
    must_refuse("{\"payload\":\"{\\\"$id\\\":\\\"7\\\"}\"}", ERR_MISSING, "payload");
}

static void test_type_that_stands_for_immigration_is_withheld(void **state)
{
    (void)state;
    must_decode(INCIDENT("\"incidentTypeCommonRegistryText\":\"ALIEN\""));
    assert_string_equal(event.call_type, EVENT_WITHHELD);
    assert_int_equal(dropped.withheld, 1);
}

static void test_dispositions_come_under_both_names_and_keep_their_zero(void **state)
{
    (void)state;
    must_decode(INCIDENT("\"disposition\":[{\"dispositionCommonRegistryCode\":3},{},"
                         "{\"dispositionCommonRegistryCode\":\" \","
                         "\"dispositionPrimaryIndicator\":true},"
                         "{\"dispositionCommonRegistryCode\":\"14\","
                         "\"dispositionPrimaryIndicator\":true}]"));
    assert_string_equal(strstr(encoded(), "\"dispositions\""),
                        "\"dispositions\":[{\"code\":\"03\"},{\"code\":\"14\",\"primary\":true}]}");
    must_decode(INCIDENT("\"dispositionComponent\":{\"dispositionCommonRegistryCode\":\"02\"}"));
    assert_int_equal(event.dispositions.count, 1);
}

static void test_location_is_the_incidents_and_never_the_callers(void **state)
{
    static const struct {
        const char *json, *address;
    } rows[] = {
        {DOC("\"locationComponent\":[{\"$id\":\"a\",\"locationTypeDescriptionRegistryText\":"
             "\"Caller\",\"locationByValue\":\"" CIVIC(
                 "Home") "\"},"
                         "{\"locationTypeDescriptionRegistryText\":\"TowerLocation\","
                         "\"locationByValue\":\"" CIVIC("Tower") "\"}]"),
         ""},
        {DOC("\"locationComponent\":[{\"locationTypeDescriptionRegistryText\":\"InitialIncident\","
             "\"locationByValue\":\"" CIVIC(
                 "First") "\"},"
                          "{\"locationTypeDescriptionRegistryText\":\"currentincident\","
                          "\"locationByValue\":\"" CIVIC("Now") "\"}]"),
         "1 Now"},
        {DOC("\"incidentComponent\":{\"locationReference\":[{\"$ref\":\"#b\"}]},"
             "\"locationComponent\":["
             "{\"$id\":\"a\",\"locationTypeDescriptionRegistryText\":\"CurrentIncident\","
             "\"locationByValue\":\"" CIVIC(
                 "Other") "\"},"
                          "{\"$id\":\"b\",\"locationTypeDescriptionRegistryText\":"
                          "\"CurrentIncident\","
                          "\"locationByValue\":\"" CIVIC("Meant") "\"}]"),
         "1 Meant"},
        {DOC("\"incidentComponent\":{\"locationReference\":\"a\"},"
             "\"locationComponent\":[{\"$id\":\"a\",\"locationByValue\":\"" CIVIC(
                 "Untyped") "\"}]"),
         "1 Untyped"},
        {DOC("\"locationComponent\":[{\"$id\":\"a\",\"locationByValue\":\"" CIVIC("Stray") "\"}]"),
         ""},
        {DOC("\"incidentComponent\":{\"locationReference\":[{\"$ref\":\"gone\"}]},"
             "\"locationComponent\":[{\"locationTypeDescriptionRegistryText\":\"CurrentIncident\","
             "\"locationByValue\":{\"civic\":\"an object\"}}]"),
         ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        must_decode(rows[i].json);
        if (strcmp(event.place.address, rows[i].address) != 0)
            fail_msg("%s\nexpected '%s', got '%s'", rows[i].json, rows[i].address,
                     event.place.address);
    }
}

static void test_bad_pidf_lo_leaves_the_document_standing(void **state)
{
    (void)state;
    must_decode(DOC("\"locationComponent\":[{\"locationTypeDescriptionRegistryText\":"
                    "\"CurrentIncident\",\"locationByValue\":\"<presence><civicAddress>"
                    "<RD>Half\"}]"));
    assert_string_equal(event.place.address, "");
    assert_true(isnan(event.place.latitude));
}

static void test_pidf_lo_is_read_for_street_and_point_only(void **state)
{
    static const struct {
        const char *xml, *address;
        double latitude;
        int err;
    } rows[] = {
        {CIVIC("Main"), "1 Main", (double)NAN, 0},
        {"<p><x:civicAddress><x:HNO>1</x:HNO></x:civicAddress></p>", "", (double)NAN, 0},
        {"<p>" CIVIC("Main") "<unclosed></p>", "1 Main", (double)NAN, ERR_SYNTAX},
        {"<p><Point><pos>47.5 -122.5 30</pos></Point></p>", "", 47.5, 0},
        {"<p><Point srsName='urn:ogc:def:crs:EPSG::3857'><pos>1 2</pos></Point></p>", "",
         (double)NAN, 0},
        {"<p><Polygon><exterior><LinearRing><pos>1 2</pos></LinearRing></exterior></Polygon></p>",
         "", (double)NAN, 0},
        {"<p><Point><pos>91 2</pos></Point></p>", "", (double)NAN, 0},
        {"<p><Point><pos>inf 2</pos></Point></p>", "", (double)NAN, 0},
        {"<p><Point><pos>1</pos></Point></p>", "", (double)NAN, 0},
        {"<p><Point><pos></pos></Point></p>", "", (double)NAN, 0},
        {"<!DOCTYPE p [<!ENTITY a 'Boom'>]>" CIVIC("&a;"), "", (double)NAN, ERR_SYNTAX},
        {"<!DOCTYPE p [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>" CIVIC("&a;"), "", (double)NAN,
         ERR_SYNTAX},
        {CIVIC("&a;"), "", (double)NAN, ERR_SYNTAX},
        {"", "", (double)NAN, ERR_SYNTAX},
    };
    struct pidf pidf;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int err = pidf_read(&pidf, rows[i].xml, strlen(rows[i].xml));
        bool point =
            isnan(rows[i].latitude) ? isnan(pidf.latitude) : pidf.latitude == rows[i].latitude;

        if (err != rows[i].err || strcmp(pidf.address, rows[i].address) != 0 || !point)
            fail_msg("%s\nexpected %d '%s' %g, got %d '%s' %g", rows[i].xml, rows[i].err,
                     rows[i].address, rows[i].latitude, err, pidf.address, pidf.latitude);
    }
}

static void test_pidf_lo_parts_that_do_not_fit_are_left_out(void **state)
{
    char xml[8192] = "<p><civicAddress><RD>", deep[8192] = "";
    struct pidf pidf;

    (void)state;
    char *end = xml + strlen(xml);
    for (int i = 0; i < 200; i++)
        end = stpcpy(end, "longer ");
    stpcpy(end, "</RD><A3> Port\n Alder </A3></civicAddress></p>");
    assert_int_equal(pidf_read(&pidf, xml, strlen(xml)), 0);
    assert_string_equal(pidf.address, "");
    assert_string_equal(pidf.municipality, "Port Alder");
    end = deep;
    for (int i = 0; i < 1000; i++)
        end = stpcpy(end, "<a>");
    assert_int_equal(pidf_read(&pidf, deep, strlen(deep)), ERR_SYNTAX);
}

static void test_units_are_call_signs_with_their_furthest_status(void **state)
{
    static const struct {
        const char *unit, *expected;
    } rows[] = {
        {"{\"emergencyResourceName\":\"E5\"}", "[{\"id\":\"E5\"}]"},
        {"{\"$id\":\"E5\",\"secondaryUnitStatusRegistryText\":[\"OnScene\",\"Dispatched\"]}",
         "[{\"id\":\"E5\",\"status\":\"on_scene\"}]"},
        {"{\"$id\":\"E5\",\"primaryUnitStatusRegistryText\":\"Assigned\"}",
         "[{\"id\":\"E5\",\"status\":\"dispatched\"}]"},
        {"{\"$id\":\"E5\",\"secondaryUnitStatusRegistryText\":\"enroute\",\"lastUpdateTimeStamp\":"
         "\"0001-01-01T00:00:00Z\"}",
         "[{\"id\":\"E5\",\"status\":\"en_route\"}]"},
        {"{\"$id\":\"E5\",\"secondaryUnitStatusRegistryText\":[\"Meal\"]}", "[{\"id\":\"E5\"}]"},
        {"{\"$id\":\"jdoe7@pd.example\"}", ""},
        {"{\"$id\":\"urn:emergency:uid:eidodatacomponent:7:jdoe@pd.example\"}", ""},
        {"{\"emergencyResourceName\":\"Jane "
         "Doe\",\"$id\":\"0a1b2c3d-0a1b-2c3d-0a1b-2c3d4e5f6a7b\"}",
         ""},
        {"{}", ""},
        {"7", ""},
    };
    char json[512], out[256];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(json, sizeof(json), DOC("\"emergencyResourceComponent\":[%s]"), rows[i].unit);
        must_decode(json);
        assert_true(event_encode_list(&event, "units", out, sizeof(out)) >= 0);
        assert_string_equal(out, rows[i].expected);
    }
}

static void test_a_crowd_of_units_does_not_refuse_the_incident(void **state)
{
    static char json[8192];
    size_t used =
        (size_t)snprintf(json, sizeof(json), "{" ID "," AT ",\"emergencyResourceComponent\":[");

    (void)state;
    for (int i = 0; i < 60; i++)
        used += (size_t)snprintf(json + used, sizeof(json) - used, "%s{\"$id\":\"U%d\"}",
                                 i ? "," : "", i);
    snprintf(json + used, sizeof(json) - used, "]}");
    must_decode(json);
    assert_int_equal(event.units.count, 32);
    assert_string_equal(event.units.item[31].id, "U31");
}

static void test_merge_and_split_name_the_other_incident(void **state)
{
    static const char format[] = DOC("\"mergeComponent\":[{\"incidentTrackingIdentifier\":"
                                     "\"urn:emergency:uid:incidentid:beef:cad.example\","
                                     "\"incidentMergeDirectionCode\":\"%s\"}]");
    char json[512];

    (void)state;
    snprintf(json, sizeof(json), format, "REPLACING");
    must_decode(json);
    assert_string_equal(event.incident, "f00d");
    assert_string_equal(event.merged_into, "beef");
    snprintf(json, sizeof(json), format, "Replaced");
    must_decode(json);
    assert_string_equal(event.merged_into, "");
    snprintf(json, sizeof(json), format, "Split");
    must_decode(json);
    assert_string_equal(event.incident, "beef");
    assert_string_equal(event.split_from, "f00d");
}

static void test_optional_times_out_of_range_are_left_out(void **state)
{
    (void)state;
    must_decode(DOC("\"callComponent\":[{\"callStartTimestamp\":\"0001-01-01T00:00:00Z\"},"
                    "{\"callStartTimestamp\":\"2026-11-20T09:58:00.1234567-08:00\"}]"));
    assert_string_equal(strstr(encoded(), "\"times\""),
                        "\"times\":{\"received\":\"2026-11-20T17:58:00.123456Z\"}}");
    assert_int_equal(dropped.unfit, 1);
}

static void test_document_time_may_stand_in_the_incident(void **state)
{
    (void)state;
    must_decode("{" ID ",\"incidentComponent\":{" AT "}}");
    assert_true(event.occurred_at > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_closed_incident_is_read_whole, setup),
        cmocka_unit_test_setup(test_nothing_of_a_person_comes_through, setup),
        cmocka_unit_test_setup(test_kind_follows_component_and_status, setup),
        cmocka_unit_test_setup(test_incident_is_the_agencys_number_or_the_unique_part, setup),
        cmocka_unit_test_setup(test_documents_that_cannot_be_filed_are_refused, setup),
        cmocka_unit_test_setup(test_type_and_priority_fall_back_in_order, setup),
        cmocka_unit_test_setup(test_type_that_stands_for_immigration_is_withheld, setup),
        cmocka_unit_test_setup(test_type_that_is_given_and_cannot_be_read_refuses, setup),
        cmocka_unit_test_setup(test_time_that_is_a_number_is_told, setup),
        cmocka_unit_test_setup(test_document_that_was_made_a_text_is_named, setup),
        cmocka_unit_test_setup(test_dispositions_come_under_both_names_and_keep_their_zero, setup),
        cmocka_unit_test_setup(test_location_is_the_incidents_and_never_the_callers, setup),
        cmocka_unit_test_setup(test_bad_pidf_lo_leaves_the_document_standing, setup),
        cmocka_unit_test_setup(test_pidf_lo_is_read_for_street_and_point_only, setup),
        cmocka_unit_test_setup(test_pidf_lo_parts_that_do_not_fit_are_left_out, setup),
        cmocka_unit_test_setup(test_units_are_call_signs_with_their_furthest_status, setup),
        cmocka_unit_test_setup(test_a_crowd_of_units_does_not_refuse_the_incident, setup),
        cmocka_unit_test_setup(test_merge_and_split_name_the_other_incident, setup),
        cmocka_unit_test_setup(test_optional_times_out_of_range_are_left_out, setup),
        cmocka_unit_test_setup(test_document_time_may_stand_in_the_incident, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
