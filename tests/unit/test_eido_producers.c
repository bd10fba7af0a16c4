/* EIDO documents with the spellings and wrappers of real producers, and all forms of places. */
#include "eido.h"

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

#define PLACE(value)                                                                           \
    DOC("\"locationComponent\":[{\"locationTypeDescriptionRegistryText\":\"CurrentIncident\"," \
        "\"locationByValue\":" value "}]")
#define AREA(xml) PLACE("\"<p>" xml "</p>\"")

/* The spellings of EidoLib, DevKlim's agent, SynthCCD and others. */
static void test_spellings_of_producers_are_read(void **state)
{
    static const struct {
        const char *json, *incident, *type, *address;
    } rows[] = {
        {"{" ID ",\"lastUpdateTimestamp\":\"2026-11-20T10:00:00Z\",\"incidentComponent\":{"
         "\"incidentTypeCommonRegistryText\":\"FIGHT\",\"lastUpdateTimestamp\":null}}",
         "f00d", "FIGHT", ""},
        {"{\"$ID\":\"7\",\"LastUpdateTimeStamp\":\"2026-11-20T10:00:00Z\",\"IncidentComponent\":[{"
         "\"IncidentTypeInternalCode\":\"F\"}]}",
         "7", "F", ""},
        {"{\"$id\":\"urn:uuid:1a2b\"," AT ",\"incidentComponent\":[{\"incidentTrackingIdentifier\":"
         "\"Oak9\",\"locationReference\":\"$ref:l\"}],\"locationComponent\":[{\"$id\":\"l\","
         "\"locationTypeDescriptionRegistryText\":\"Scene\",\"locationByValue\":\"" CIVIC(
             "Oak") "\"}]}",
         "Oak9", "", "1 Oak"},
        {"{" ID "," AT ",\"incidentComponent\":{\"incidentTrackingIdentifier\":"
         "\"urn:emergency:uid:incident:indymo:R7\"},\"locationInformationComponent\":{"
         "\"locationTypeDescriptionRegistryText\":\"IncidentLocation\",\"locationByValue\":"
         "\"" CIVIC("Elm") "\"}}",
         "f00d", "", "1 Elm"},
        {"{" AT ",\"incidentComponent\":{\"incidentTrackingIdentifier\":"
         "\"urn:emergency:uid:incident:indymo:R7\"}}",
         "urn:emergency:uid:incident:indymo:R7", "", ""},
        {"{\"event\":{\"subscriptionId\":\"s\",\"notification\":[" INCIDENT(
             "\"incidentTypeInternalCode\":\"F\"") "]}}",
         "f00d", "F", ""},
        {"{\"EIDO\":" INCIDENT("\"incidentTypeInternalCode\":\"F\"") "}", "f00d", "F", ""},
        {"{\"payload\":{\"eidos\":[" INCIDENT("") "]}}", "f00d", "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        must_decode(rows[i].json);
        assert_string_equal(event.incident, rows[i].incident);
        assert_string_equal(event.call_type, rows[i].type);
        assert_string_equal(event.place.address, rows[i].address);
    }
    must_refuse("{\"event\":{\"notification\":[]}}", ERR_MISSING, "notification");
    must_refuse("{\"subscribeResponse\":{\"statusCode\":200}}", ERR_MISSING, "notification");
    must_refuse("{\"event\":{\"notification\":[" INCIDENT("") "," INCIDENT("") "]}}", ERR_SIZE, "");
    must_refuse("{\"eidoVersion\":\"RC-1.0\",\"incidentId\":\"1\",\"updatedAt\":\"x\"}",
                ERR_MISSING, "$id");
}

static void test_place_is_read_from_objects_and_areas(void **state)
{
#define RING(list) "<Polygon><exterior><LinearRing>" list "</LinearRing></exterior></Polygon>"
    static const struct {
        const char *json, *address;
        double latitude, longitude;
    } rows[] = {
        {PLACE("{\"latitude\":47.5,\"longitude\":-122.5}"), "", 47.5, -122.5},
        {PLACE("{\"Lat\":\"47.5\",\"lng\":\"-122.5\"}"), "", 47.5, -122.5},
        {PLACE("{\"civicAddress\":{\"street\":\"Oak\",\"houseNumber\":\"12\",\"streetType\":\"St\","
               "\"city\":\"Port Alder\"},\"wgs84LocationEllipse\":{\"point\":{\"latitude\":47.5,"
               "\"longitude\":-122.5},\"rotation\":0.0}}"),
         "12 Oak St", 47.5, -122.5},
        {PLACE("{\"civicAddress\":\"12 Oak St\",\"latitude\":null,\"longitude\":null}"),
         "12 Oak St", (double)NAN, (double)NAN},
        {PLACE("{\"type\":\"Point\",\"coordinates\":[-122.5,47.5]}"), "", 47.5, -122.5},
        {PLACE(
             "{\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[-122,47],[-122,48],[-123,48],"
             "[-123,47],[-122,47]]]}}"),
         "", 47.5, -122.5},
        {PLACE("\"{\\\"latitude\\\":47.5,\\\"longitude\\\":-122.5}\""), "", 47.5, -122.5},
        {PLACE("{\"latitude\":0,\"longitude\":0.0}"), "", (double)NAN, (double)NAN},
        {PLACE("{\"latitude\":147,\"longitude\":1}"), "", (double)NAN, (double)NAN},
        {PLACE("{\"caller\":{\"address\":\"Secret Home\"}}"), "", (double)NAN, (double)NAN},
        {AREA(RING("<posList>47 -122 48 -122 48 -123 47 -123 47 -122</posList>")), "", 47.5,
         -122.5},
        {AREA(RING("<pos>47 -122</pos><pos>48 -122</pos><pos>48 -123</pos><pos>47 -123</pos>")), "",
         47.5, -122.5},
        {AREA("<Polygon srsName='urn:ogc:def:crs:EPSG::4979'><exterior><LinearRing><posList>"
              "47 -122 9 48 -122 9 48 -123 9 47 -123 9</posList></LinearRing></exterior><interior>"
              "<LinearRing><posList>1 1 1 2 2 2 3 1 3</posList></LinearRing></interior></Polygon>"),
         "", 47.5, -122.5},
        {AREA("<Polygon srsName='EPSG:3857'><exterior><LinearRing><posList>1 1 2 2 3 1</posList>"
              "</LinearRing></exterior></Polygon>"),
         "", (double)NAN, (double)NAN},
        {AREA("<Circle><pos>47.5 -122.5</pos><radius>9</radius></Circle>"), "", 47.5, -122.5},
        {AREA("<Ellipse><pos>47.5 -122.5</pos></Ellipse>"), "", 47.5, -122.5},
        {AREA("<gs:ArcBand><gml:pos>47.5 -122.5</gml:pos><gs:innerRadius>1</gs:innerRadius>"
              "</gs:ArcBand>"),
         "", 47.5, -122.5},
        {AREA("<Point><pos>0 0</pos></Point>"), "", (double)NAN, (double)NAN},
    };
#undef RING

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bool point = !isnan(rows[i].latitude);

        must_decode(rows[i].json);
        if (strcmp(event.place.address, rows[i].address) != 0 ||
            (point ? fabs(event.place.latitude - rows[i].latitude) > 1e-9 ||
                         fabs(event.place.longitude - rows[i].longitude) > 1e-9
                   : !isnan(event.place.latitude)))
            fail_msg("%s\ngot '%s' %g %g", rows[i].json, event.place.address, event.place.latitude,
                     event.place.longitude);
    }
}

static char heard[512];

static void named_cb(void *ctx, const char *name, size_t size, bool denied)
{
    (void)ctx;
    (void)denied;
    snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "%.*s ", (int)size, name);
}

static void unfit_cb(void *ctx, const struct error *why)
{
    (void)ctx;
    snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "%s! ", why->field);
}

static void test_what_was_not_understood_is_counted_and_named_at_any_depth(void **state)
{
    static const struct {
        const char *json, *heard;
        unsigned bare;
    } rows[] = {
        {DOC("\"incidentComponnt\":{}"), "incidentComponnt ", 1},
        {INCIDENT("\"incidentTypeComonRegistryText\":\"FIGHT\",\"notesReference\":[]"),
         "incidentTypeComonRegistryText ", 1},
        {DOC("\"callComponent\":[{\"localCallType\":\"F\"},{\"caller\":\"Quill\"}]"), "caller ", 0},
        {INCIDENT("\"incidentTypeInternalCode\":\"F\",\"dispositionComponent\":[{\"code\":\"3\"}]"),
         "code ", 0},
        {INCIDENT("\"incidentTypeInternalCode\":\"F\",\"incidentPriorityInternalText\":"
                  "\"far too long for a priority\""),
         "priority! ", 0},
        {INCIDENT("\"incidentTypeInternalCode\":\"F\",\"dispositionComponent\":[{"
                  "\"dispositionCommonRegistryCode\":\"a\\u0007\"},{"
                  "\"dispositionCommonRegistryCode\":\"14\"}]"),
         "dispositions[0].code! ", 0},
        {PLACE("{\"what\":\"three words\"}"), "place! ", 1},
        {PLACE("null,\"locationByReferenceUrl\":\"https://lrf.example/1\""), "place! ", 1},
        {DOC("\"emergencyResourceComponent\":[{\"$id\":\"E5\",\"status\":\"OnScene\"}]"), "status ",
         1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        *heard = '\0';
        dropped = (struct event_dropped){.named_cb = named_cb, .unfit_cb = unfit_cb};
        must_decode(rows[i].json);
        assert_string_equal(heard, rows[i].heard);
        assert_int_equal(dropped.bare, rows[i].bare);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_spellings_of_producers_are_read, setup),
        cmocka_unit_test_setup(test_place_is_read_from_objects_and_areas, setup),
        cmocka_unit_test_setup(test_what_was_not_understood_is_counted_and_named_at_any_depth,
                               setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
