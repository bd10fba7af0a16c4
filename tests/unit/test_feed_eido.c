/* The events that successive EIDO documents become, and the journal of known state. */
#include "services/feed/source/eido_diff.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static event_time now; /* 2026-11-24T00:00:00Z */
static struct known *known;
static struct eido_diff *diff;
static struct withhold withhold;
static struct eido_outcome outcome;
static char told[32][4096];
static size_t told_count;

static int start(int dir, const struct journal_mark *mark)
{
    struct error error;

    known = known_open(dir, "live", mark, &error);
    diff = known ? eido_diff_open(known, &withhold, &error) : NULL;
    return diff ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    withhold = (struct withhold){0};
    told_count = 0;
    event_time_parse("2026-11-24T00:00:00Z", 20, &now);
    return start(-1, NULL);
}

static int teardown(void **state)
{
    (void)state;
    eido_diff_free(diff);
    known_free(known);
    return 0;
}

static int emit_cb(void *ctx, const struct event *event, struct error *error)
{
    (void)ctx;
    if (event_check(event, now, error) != 0)
        fail_msg("[%s] %s", error->field, error->reason);
    assert_true(told_count < COUNT_OF(told));
    assert_true(event_encode(event, told[told_count++], sizeof told[0]) > 0);
    return 0;
}

/* Processes one document; told gets the resulting events. */
static void document(const char *json)
{
    static struct event event;
    struct eido_facts facts;
    struct event_dropped dropped = {0};
    struct error error = {0};

    told_count = 0;
    json_t *message;

    if (eido_load(&message, json, strlen(json), &error) != 0 ||
        eido_read(&event, &facts, message, 0, now, &dropped, &error) != 0)
        fail_msg("%s\nrefused: [%s] %s", json, error.field, error.reason);
    json_decref(message);
    if (eido_diff(diff, &event, &facts, emit_cb, NULL, &outcome, &error) != 0)
        fail_msg("%s\n[%s] %s", json, error.field, error.reason);
    assert_int_equal(outcome.events, told_count);
}

static void must_tell(const char *json, const char *const *expected)
{
    size_t i = 0;

    document(json);
    for (; expected[i]; i++)
        if (i >= told_count || strcmp(told[i], expected[i]) != 0)
            fail_msg("%s\nexpected %s\ngot      %s", json, expected[i],
                     i < told_count ? told[i] : "nothing");
    if (told_count > i)
        fail_msg("%s\nsaid too much: %s", json, told[i]);
}
#define MUST_TELL(json, ...)    must_tell(json, (const char *const[]){__VA_ARGS__, NULL})
#define MUST_TELL_NOTHING(json) must_tell(json, (const char *const[]){NULL})

/* Documents. Times are minutes past 10 on one morning. */
#define AT(mm) "\"lastUpdateTimeStamp\":\"2026-11-20T10:" mm ":00Z\""
#define DOC(id, mm, more) \
    "{\"$id\":\"urn:emergency:uid:incidentid:" id ":cad.example\"," AT(mm) more "}"
#define INCIDENT(more) ",\"incidentComponent\":{\"internalIncidentId\":\"26-7\"" more "}"
#define STATUS(word)   ",\"incidentStatusCommonRegistryText\":[\"" word "\"]"
#define TYPE(word)     ",\"incidentTypeInternalCode\":\"" word "\""
#define UNIT(id, mm, word) \
    "{\"$id\":\"" id "\"," AT(mm) ",\"secondaryUnitStatusRegistryText\":[\"" word "\"]}"
#define UNITS(list) ",\"emergencyResourceComponent\":[" list "]"
#define MERGE(id, way)                                                                        \
    ",\"mergeComponent\":[{\"incidentTrackingIdentifier\":\"urn:emergency:uid:incidentid:" id \
    ":cad.example\",\"incidentMergeDirectionCode\":\"" way "\"}]"

/* Events. */
#define EVENT(kind, id, number, mm)                                         \
    "{\"kind\":\"" kind "\",\"event_id\":\"" id "\",\"incident\":\"" number \
    "\",\"occurred_at\":\"2026-11-20T10:" mm ":00Z\""
#define T(name, mm)     "\"" name "\":\"2026-11-20T10:" mm ":00Z\""
#define U(id, word, mm) "{\"id\":\"" id "\",\"status\":\"" word "\"," T("at", mm) "}"

static void test_story_of_a_call_is_told_change_by_change(void **state)
{
    (void)state;
    MUST_TELL(
        DOC("f0", "00",
            ",\"callComponent\":[{\"callStartTimestamp\":"
            "\"2026-11-20T09:59:00Z\",\"localCallType\":\"NOISE\"}]"),
        EVENT("call.received", "f0", "f0",
              "00") ",\"times\":{\"received\":\"2026-11-20T09:59:00Z\"},\"call_type\":\"NOISE\"}");
    MUST_TELL(DOC("f0", "01", ",\"incidentComponent\":{" AT("01") TYPE("FIGHT") "}"),
              EVENT("incident.opened", "f0", "f0", "01") ",\"call_type\":\"FIGHT\"}");
    MUST_TELL(DOC("f0", "03",
                  ",\"incidentComponent\":{" AT("01") TYPE("FIGHT") "}" UNITS(
                      UNIT("2B7", "02", "Dispatched") "," UNIT("3S1", "03", "Assigned"))),
              EVENT("unit.status", "f0", "f0", "03") ",\"times\":{" T(
                  "dispatched", "02") "},"
                                      "\"units\":[" U("2B7", "dispatched",
                                                      "02") "," U("3S1", "dispatched", "03") "]}");
    MUST_TELL(DOC("f0", "05",
                  ",\"incidentComponent\":{" AT("05")
                      TYPE("ASSAULT") "}" UNITS(UNIT("3S1", "04", "EnRoute"))),
              EVENT("incident.updated", "f0", "f0", "05") ",\"call_type\":\"ASSAULT\"}",
              EVENT("unit.status", "f0", "f0", "05") ",\"times\":{" T(
                  "en_route", "04") "},"
                                    "\"units\":[" U("2B7", "dispatched",
                                                    "02") "," U("3S1", "en_route", "04") "]}");
    MUST_TELL(DOC("f0", "09",
                  ",\"incidentComponent\":{" AT("05") "}" UNITS(
                      UNIT("2B7", "08", "OnScene") "," UNIT("3S1", "07", "Arrived"))),
              EVENT("unit.status", "f0", "f0", "09") ",\"times\":{" T(
                  "on_scene", "07") "},"
                                    "\"units\":[" U("2B7", "on_scene",
                                                    "08") "," U("3S1", "on_scene", "07") "]}");
    MUST_TELL(
        DOC("f0", "30",
            ",\"incidentComponent\":{" AT("29") STATUS(
                "Closed") ",\"dispositionComponent\":[{\"dispositionCommonRegistryCode\":\"03\"}]"
                          "}" UNITS(UNIT("2B7", "25", "Cleared") "," UNIT("3S1", "28", "Cleared"))),
        EVENT("unit.status", "f0", "f0", "30") ",\"times\":{" T(
            "cleared", "28") "},"
                             "\"units\":[" U("2B7", "clear", "25") "," U("3S1", "clear", "28") "]}",
        EVENT("incident.closed", "f0", "f0",
              "30") ",\"times\":{" T("closed", "29") "},"
                                                     "\"dispositions\":[{\"code\":\"03\"}]}");
}

static void test_unchanged_document_makes_no_event(void **state)
{
    static const char *const parts[] = {
        INCIDENT(TYPE("FIGHT") STATUS("Active")) UNITS(UNIT("2B7", "01", "OnScene")),
        INCIDENT(TYPE("FIGHT") STATUS("Active")) UNITS(UNIT("2B7", "04", "OnScene")),
        INCIDENT(TYPE("FIGHT")), INCIDENT(""), ""};
    char json[2048];

    (void)state;
    document(DOC("f0", "02",
                 INCIDENT(TYPE("FIGHT") STATUS("Active")) UNITS(UNIT("2B7", "01", "OnScene"))));
    assert_int_equal(told_count, 1);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        snprintf(json, sizeof json,
                 "{\"$id\":\"urn:emergency:uid:incidentid:f0:cad.example\","
                 "\"lastUpdateTimeStamp\":\"2026-11-20T10:%02zu:00Z\"%s}",
                 i + 2, parts[i]);
        MUST_TELL_NOTHING(json);
    }
}

static void test_first_document_tells_all_that_it_says(void **state)
{
    (void)state;
    MUST_TELL(DOC("f0", "02", INCIDENT(TYPE("FIGHT")) UNITS(UNIT("2B7", "01", "EnRoute"))),
              EVENT("incident.opened", "f0", "26-7", "02") ",\"times\":{" T(
                  "en_route", "01") "},"
                                    "\"call_type\":\"FIGHT\",\"units\":[" U("2B7", "en_route",
                                                                            "01") "]}");
    MUST_TELL(DOC("f1", "02", ",\"incidentComponent\":{" AT("01") STATUS("Cancelled") "}"),
              EVENT("incident.closed", "f1", "f1", "02") ",\"times\":{" T("closed", "01") "}}");
}

static void test_absence_takes_nothing_back(void **state)
{
    (void)state;
    document(DOC("f0", "02",
                 INCIDENT(TYPE("FIGHT") STATUS("Closed")) UNITS(UNIT("2B7", "01", "OnScene"))));
    MUST_TELL_NOTHING(DOC("f0", "03", ""));
    MUST_TELL_NOTHING(DOC("f0", "04", INCIDENT("")));
    MUST_TELL(DOC("f0", "05", INCIDENT(TYPE("ASSAULT"))),
              EVENT("incident.closed", "f0", "26-7", "05") ",\"call_type\":\"ASSAULT\"}");
    MUST_TELL(DOC("f0", "06", INCIDENT("") UNITS(UNIT("3S1", "06", "EnRoute"))),
              EVENT("incident.closed", "f0", "26-7", "06") ",\"times\":{" T(
                  "en_route", "06") "},"
                                    "\"units\":[" U("2B7", "on_scene",
                                                    "01") "," U("3S1", "en_route", "06") "]}");
}

static void test_closed_incident_opens_only_by_word(void **state)
{
    (void)state;
    document(DOC("f0", "02", INCIDENT(STATUS("Closed"))));
    MUST_TELL(DOC("f0", "05", INCIDENT(STATUS("ReOpened"))),
              EVENT("incident.updated", "f0", "26-7", "05") "}");
    MUST_TELL(DOC("f0", "06",
                  ",\"incidentComponent\":{\"internalIncidentId\":\"26-7\"," AT("06")
                      STATUS("Closed") "}"),
              EVENT("incident.closed", "f0", "26-7", "06") ",\"times\":{" T("closed", "06") "}}");
}

static void test_older_document_fills_in_and_never_regresses(void **state)
{
    (void)state;
    document(DOC("f0", "20",
                 INCIDENT(TYPE("ASSAULT") STATUS("Closed")) UNITS(UNIT("2B7", "10", "Cleared"))));
    MUST_TELL_NOTHING(DOC("f0", "05", INCIDENT(TYPE("FIGHT") STATUS("Active"))));
    MUST_TELL(DOC("f0", "06",
                  INCIDENT(TYPE("FIGHT") STATUS("Active") ",\"incidentCommonPriorityNumber\":9")
                      UNITS(UNIT("2B7", "04", "OnScene"))),
              EVENT("incident.updated", "f0", "26-7", "06") ",\"times\":{" T(
                  "on_scene", "04") "},"
                                    "\"priority\":\"9\",\"units\":[" U("2B7", "clear", "10") "]}");
    MUST_TELL_NOTHING(DOC("f0", "21", INCIDENT(TYPE("ASSAULT"))));
}

static void test_stale_unit_in_a_newer_document_does_not_regress(void **state)
{
    (void)state;
    document(DOC("f0", "10", INCIDENT("") UNITS(UNIT("2B7", "09", "OnScene"))));
    MUST_TELL(DOC("f0", "11", INCIDENT("") UNITS(UNIT("2B7", "05", "EnRoute"))),
              EVENT("unit.status", "f0", "26-7", "11") ",\"times\":{" T(
                  "en_route", "05") "},"
                                    "\"units\":[" U("2B7", "on_scene", "09") "]}");
    MUST_TELL(
        DOC("f0", "12", INCIDENT("") UNITS(UNIT("2B7", "12", "EnRoute"))),
        EVENT("unit.status", "f0", "26-7", "12") ",\"units\":[" U("2B7", "en_route", "12") "]}");
}

static void test_unit_without_a_time_takes_the_documents(void **state)
{
    (void)state;
    MUST_TELL(DOC("f0", "10",
                  INCIDENT("") UNITS("{\"$id\":\"2B7\","
                                     "\"secondaryUnitStatusRegistryText\":\"OnScene\"}")),
              EVENT("incident.opened", "f0", "26-7", "10") ",\"times\":{" T(
                  "on_scene", "10") "},"
                                    "\"units\":[" U("2B7", "on_scene", "10") "]}");
    MUST_TELL_NOTHING(DOC("f0", "12",
                          INCIDENT("") UNITS("{\"$id\":\"2B7\","
                                             "\"secondaryUnitStatusRegistryText\":\"OnScene\"}")));
}

#define PLACE(xml)                                                      \
    INCIDENT("")                                                        \
    ",\"locationComponent\":[{\"locationTypeDescriptionRegistryText\":" \
    "\"CurrentIncident\",\"locationByValue\":\"" xml "\"}]"
#define CIVIC(no)  "<civicAddress><HNO>" no "</HNO><RD>Oak</RD></civicAddress>"
#define POINT(lat) "<Point><pos>" lat " -122.5</pos></Point>"

static void test_place_is_one_field(void **state)
{
    (void)state;
    document(DOC("f0", "01", PLACE("<p>" CIVIC("1") POINT("47.5") "</p>")));
    MUST_TELL_NOTHING(DOC("f0", "02", PLACE(CIVIC("1"))));
    MUST_TELL_NOTHING(DOC("f0", "03", PLACE("<broken")));
    MUST_TELL(DOC("f0", "04", PLACE(CIVIC("2"))),
              EVENT("incident.updated", "f0", "26-7", "04") ",\"place\":{\"address\":\"2 Oak\"}}");
    MUST_TELL(
        DOC("f0", "05", PLACE(POINT("47.25"))),
        EVENT("incident.updated", "f0", "26-7",
              "05") ",\"place\":{\"address\":\"2 Oak\",\"latitude\":47.25,\"longitude\":-122.5}}");
    MUST_TELL(DOC("f0", "06", PLACE(POINT("48.25"))),
              EVENT("incident.updated", "f0", "26-7",
                    "06") ",\"place\":{\"latitude\":48.25,\"longitude\":-122.5}}");
}

static void test_number_that_comes_later_goes_on_for_the_call(void **state)
{
    (void)state;
    document(DOC("f0", "00", ",\"callComponent\":[{\"localCallType\":\"NOISE\"}]"));
    MUST_TELL(DOC("f0", "01", INCIDENT(TYPE("FIGHT"))),
              EVENT("incident.updated", "f0", "f0", "01") ",\"merged_into\":\"26-7\"}",
              EVENT("incident.opened", "f0", "26-7", "01") ",\"call_type\":\"FIGHT\"}");
    MUST_TELL_NOTHING(DOC("f0", "02", ""));
    MUST_TELL(DOC("f0", "03", ",\"incidentComponent\":{" AT("03") TYPE("ASSAULT") "}"),
              EVENT("incident.updated", "f0", "26-7", "03") ",\"call_type\":\"ASSAULT\"}");
}

static void test_merge_names_the_agencys_number_once_it_is_known(void **state)
{
    (void)state;
    document(DOC("aa", "00", ",\"incidentComponent\":{\"internalIncidentId\":\"26-1\"}"));
    MUST_TELL(
        DOC("aa", "05",
            ",\"incidentComponent\":{\"internalIncidentId\":\"26-1\"}" MERGE("bb", "REPLACING")),
        EVENT("incident.updated", "aa", "26-1", "05") ",\"merged_into\":\"bb\"}");
    MUST_TELL(DOC("bb", "06", ",\"incidentComponent\":{\"internalIncidentId\":\"26-2\"}"),
              EVENT("incident.opened", "bb", "26-2", "06") "}",
              EVENT("incident.updated", "aa", "26-1", "06") ",\"merged_into\":\"26-2\"}");
    MUST_TELL_NOTHING(DOC("aa", "07", MERGE("bb", "REPLACING")));
    document(DOC("cc", "08", ",\"incidentComponent\":{\"internalIncidentId\":\"26-3\"}"));
    MUST_TELL(DOC("cc", "09", MERGE("bb", "Replacing")),
              EVENT("incident.updated", "cc", "26-3", "09") ",\"merged_into\":\"26-2\"}");
}

static void test_survivor_speaks_for_the_one_it_replaced(void **state)
{
    (void)state;
    document(DOC("aa", "00", ",\"incidentComponent\":{\"internalIncidentId\":\"26-1\"}"));
    MUST_TELL(
        DOC("bb", "05",
            ",\"incidentComponent\":{\"internalIncidentId\":\"26-2\"}" MERGE("aa", "REPLACED")),
        EVENT("incident.opened", "bb", "26-2", "05") "}",
        EVENT("incident.updated", "aa", "26-1", "05") ",\"merged_into\":\"26-2\"}");
    MUST_TELL_NOTHING(DOC("bb", "06", MERGE("aa", "REPLACED")));
    /* an incident that is not known yet: first by its tracking id, then by its number */
    MUST_TELL(DOC("bb", "07", MERGE("cc", "REPLACED")),
              EVENT("incident.updated", "cc", "cc", "07") ",\"merged_into\":\"26-2\"}");
    MUST_TELL(DOC("cc", "03", ",\"incidentComponent\":{\"internalIncidentId\":\"26-3\"}"),
              EVENT("incident.updated", "cc", "cc", "07") ",\"merged_into\":\"26-3\"}",
              EVENT("incident.opened", "cc", "26-3", "07") ",\"merged_into\":\"26-2\"}");
}

static void test_split_is_an_incident_of_its_own(void **state)
{
    (void)state;
    document(DOC("aa", "00", ",\"incidentComponent\":{\"internalIncidentId\":\"26-1\"}"));
    MUST_TELL(DOC("aa", "05",
                  ",\"incidentComponent\":{\"internalIncidentId\":\"26-9\"}" MERGE("dd", "Split")),
              EVENT("incident.opened", "dd", "26-9", "05") ",\"split_from\":\"26-1\"}");
    MUST_TELL_NOTHING(DOC("dd", "06", ",\"incidentComponent\":{\"internalIncidentId\":\"26-9\"}"));
    /* a sender that repeats the header's own number in it */
    MUST_TELL(DOC("aa", "07",
                  ",\"incidentComponent\":{\"internalIncidentId\":\"26-1\"}" MERGE("ee", "SPLIT")),
              EVENT("incident.opened", "ee", "ee", "07") ",\"split_from\":\"26-1\"}");
}

static void test_withheld_type_leaves_nothing_behind_and_no_later_document_tells(void **state)
{
    char abuse[] = "ABUSE", *types[] = {abuse};
    struct digest key = known_key_of("f0");

    (void)state;
    static bool met[1];
    static uint64_t incidents[WITHHOLD_KNOWN];
    static struct text_key keys[1];

    withhold =
        (struct withhold){.type = types, .key = keys, .count = 1, .met = met, .known = incidents};
    MUST_TELL_NOTHING(DOC("f0", "01", INCIDENT(TYPE("Abuse"))));
    assert_true(outcome.withheld);
    assert_null(known_find(known, &key)->state);
    MUST_TELL_NOTHING(DOC("f0", "02", INCIDENT("") UNITS(UNIT("2B7", "02", "OnScene"))));
    assert_true(outcome.withheld);
    MUST_TELL(DOC("f0", "03", INCIDENT(TYPE("FIGHT"))),
              EVENT("incident.opened", "f0", "26-7", "03") ",\"call_type\":\"FIGHT\"}");
    MUST_TELL_NOTHING(DOC("f0", "04", INCIDENT(TYPE("ABUSE"))));
    assert_null(known_find(known, &key)->state);
}

static bool is_known(const char *tracking)
{
    struct digest key = known_key_of(tracking);

    return known_find(known, &key) != NULL;
}

static void test_memory_is_bounded_and_the_longest_untouched_goes(void **state)
{
    char json[256];

    (void)state;
    for (int i = 0; i < KNOWN_MAX; i++) {
        snprintf(json, sizeof json, "{\"$id\":\"I%d\"," AT("00") "}", i);
        document(json);
    }
    document("{\"$id\":\"I0\"," AT("01") "}");
    assert_true(is_known("I0") && is_known("I1"));
    document("{\"$id\":\"J\"," AT("01") "}");
    assert_true(is_known("J") && is_known("I0") && !is_known("I1") && is_known("I2"));
}

/* The journal. */

static int open_folder(char *path)
{
    strcpy(path, "/tmp/test_feed_eido.XXXXXX");
    assert_non_null(mkdtemp(path));
    return open(path, O_RDONLY | O_DIRECTORY);
}

static void restart(int dir, const struct journal_mark *mark)
{
    teardown(NULL);
    assert_int_equal(start(dir, mark), 0);
}

static void test_restart_remembers_what_was_committed_and_nothing_else(void **state)
{
    char path[64];
    int dir = open_folder(path);
    struct journal_mark none = {0}, mark, later;
    struct error error;

    (void)state;
    restart(dir, &none);
    document(DOC("f0", "01", INCIDENT(TYPE("FIGHT"))));
    assert_int_equal(known_sync(known, &mark, &error), 0);
    document(DOC("f0", "02", INCIDENT(TYPE("ASSAULT"))));
    assert_int_equal(known_sync(known, &later, &error), 0);
    restart(dir, &mark); /* the spool's commit of the second document failed */
    MUST_TELL_NOTHING(DOC("f0", "01", INCIDENT(TYPE("FIGHT"))));
    document(DOC("f0", "02", INCIDENT(TYPE("ASSAULT"))));
    assert_int_equal(told_count, 1);
    assert_int_equal(known_sync(known, &mark, &error), 0);
    restart(dir, &mark);
    MUST_TELL_NOTHING(DOC("f0", "02", INCIDENT(TYPE("ASSAULT"))));
    close(dir);
}

static void test_journal_is_written_anew_when_most_of_it_is_stale(void **state)
{
    char path[64], json[512];
    int dir = open_folder(path);
    struct journal_mark mark = {0};
    struct error error;

    (void)state;
    restart(dir, &mark);
    for (int i = 0; i < 200000 && mark.file < 3; i++) {
        snprintf(json, sizeof json,
                 "{\"$id\":\"urn:emergency:uid:incidentid:f%d:cad.example\","
                 "\"lastUpdateTimeStamp\":\"2026-11-20T10:00:00Z\",\"incidentComponent\":{"
                 "\"incidentTypeInternalCode\":\"T%d\"}}",
                 i % 1000, i / 1000);
        document(json);
        if (i % 1000 == 999)
            assert_int_equal(known_sync(known, &mark, &error), 0);
    }
    assert_int_equal(mark.file, 3);
    assert_int_equal(faccessat(dir, "live.known.1", F_OK, 0), -1);
    assert_int_equal(faccessat(dir, "live.known.2", F_OK, 0), 0);
    restart(dir, &mark);
    MUST_TELL_NOTHING(json);
    close(dir);
}

static void test_journal_that_cannot_be_read_starts_all_the_same(void **state)
{
    char path[64];
    int dir = open_folder(path), fd;
    struct journal_mark mark = {0};
    struct error error;

    (void)state;
    restart(dir, &mark);
    document(DOC("f0", "01", INCIDENT(TYPE("FIGHT"))));
    document(DOC("f1", "01", INCIDENT(TYPE("FIGHT"))));
    assert_int_equal(known_sync(known, &mark, &error), 0);
    fd = openat(dir, "live.known.1", O_WRONLY);
    assert_int_equal(pwrite(fd, "garbage!", 8, 3), 8);
    close(fd);
    restart(dir, &mark);
    document(DOC("f0", "01", INCIDENT(TYPE("FIGHT"))));
    assert_int_equal(told_count, 1); /* repeated, which is harmless */
    MUST_TELL_NOTHING(DOC("f1", "01", INCIDENT(TYPE("FIGHT"))));
    unlinkat(dir, "live.known.1", 0);
    restart(dir, &mark);
    document(DOC("f1", "01", INCIDENT(TYPE("FIGHT"))));
    assert_int_equal(told_count, 1);
    close(dir);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(test_story_of_a_call_is_told_change_by_change),
        ROW(test_unchanged_document_makes_no_event),
        ROW(test_first_document_tells_all_that_it_says),
        ROW(test_absence_takes_nothing_back),
        ROW(test_closed_incident_opens_only_by_word),
        ROW(test_older_document_fills_in_and_never_regresses),
        ROW(test_stale_unit_in_a_newer_document_does_not_regress),
        ROW(test_unit_without_a_time_takes_the_documents),
        ROW(test_place_is_one_field),
        ROW(test_number_that_comes_later_goes_on_for_the_call),
        ROW(test_merge_names_the_agencys_number_once_it_is_known),
        ROW(test_survivor_speaks_for_the_one_it_replaced),
        ROW(test_split_is_an_incident_of_its_own),
        ROW(test_withheld_type_leaves_nothing_behind_and_no_later_document_tells),
        ROW(test_memory_is_bounded_and_the_longest_untouched_goes),
        ROW(test_restart_remembers_what_was_committed_and_nothing_else),
        ROW(test_journal_is_written_anew_when_most_of_it_is_stale),
        ROW(test_journal_that_cannot_be_read_starts_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
