/* CAP alerts: valid by the schema of OASIS and by the rules of the standard that the schema does
 * not check, and they say no more than their reader may know. The schema is not ours to publish:
 * without LIAISON_DATA the tests that need it are skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/notify/channel/cap.h"

#define LINK    "https://liaison.example.org/a/abc?x=1&y=2"
#define EARLIER "m1@d.example,1792069080 m2@d.example,1792069200"

static xmlSchemaValidCtxtPtr validator;

static struct notice fight(void)
{
    struct facts now = {.class = "violence",
                        .type = "FIGHT",
                        .relation = "at",
                        .units = 2,
                        .unit_state = FACTS_EN_ROUTE};
    return (struct notice){.kind = MESSAGE_FIRST,
                           .content = {.now = now, .first = now, .opened = 1792069080},
                           .school = "North High",
                           .district = "Riverside",
                           .agency = "Metro Police",
                           .incident_no = "2026-000777",
                           .class_name = "Violence",
                           .type_name = "Fight",
                           .disposition = "Report taken",
                           .disposition_code = "01",
                           .address = "12 Elm St",
                           .place_name = "Blue Gym",
                           .method = "campus",
                           .opened_time = "09:12",
                           .opened_day = "",
                           .opened_date = "Monday, November 23, 2026",
                           .closed_time = "",
                           .others = "Ann Ray (director)",
                           .link = LINK};
}

static struct cap_ids ids(const char *earlier)
{
    return (struct cap_ids){.identifier = "m3@d.example",
                            .sender = "alerts@d.example",
                            .addresses = "hooks.example:443",
                            .incident = "alert-1-2-3@d.example",
                            .earlier = earlier,
                            .sent = 1792069300};
}

/* Reading ---------------------------------------------------------------------------------------*/

static xmlDocPtr written(const struct notice *n, const struct cap_ids *i, char **text)
{
    *text = cap_write(n, i);
    assert_non_null(*text);
    xmlDocPtr doc = xmlReadMemory(*text, (int)strlen(*text), "alert.xml", NULL, XML_PARSE_NONET);
    assert_non_null(doc);
    return doc;
}

/* The text of the first element of this name, "" if there is none. One caller at a time. */
static const char *said(xmlDocPtr doc, const char *name)
{
    static char out[4096];
    char path[80];
    xmlXPathContextPtr context = xmlXPathNewContext(doc);

    xmlXPathRegisterNs(context, BAD_CAST "c", BAD_CAST "urn:oasis:names:tc:emergency:cap:1.2");
    snprintf(path, sizeof path, "string(//c:%s)", name);
    xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST path, context);
    snprintf(out, sizeof out, "%s", (const char *)found->stringval);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    return out;
}

static bool matches(const char *text, const char *pattern)
{
    regex_t regex;

    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    bool yes = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return yes;
}

#define CAP_TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[-+][0-9]{2}:[0-9]{2}"

/* The rules of section 3.2 that the schema does not have. */
static void check_rules(xmlDocPtr doc)
{
    bool refers = !matches(said(doc, "msgType"), "^Alert$");

    assert_true(matches(said(doc, "identifier"), "^[^ ,<&]+$"));
    assert_true(matches(said(doc, "sender"), "^[^ ,<&]+$"));
    assert_true(matches(said(doc, "sent"), "^" CAP_TIME "$"));
    assert_string_equal(said(doc, "scope"), "Private");
    assert_true(said(doc, "addresses")[0]);
    assert_true(!refers || said(doc, "references")[0]);
    assert_true(matches(said(doc, "references"),
                        "^([^ ,]+,[^ ,]+," CAP_TIME "( [^ ,]+,[^ ,]+," CAP_TIME ")*)?$"));
    assert_true(strlen(said(doc, "headline")) <= CAP_HEADLINE_MOST);
    assert_true(matches(said(doc, "onset"), "^(" CAP_TIME ")?$"));
}

static void check(const struct notice *n, const struct cap_ids *i)
{
    char *text;
    xmlDocPtr doc = written(n, i, &text);

    check_rules(doc);
    if (validator && xmlSchemaValidateDoc(validator, doc) != 0) {
        print_error("%s\n", text);
        fail();
    }
    assert_null(strstr(text, n->address));
    assert_null(strstr(text, n->incident_no));
    assert_null(strstr(text, "Blue Gym"));
    assert_null(strstr(text, "Ann Ray"));
    free(text);
    xmlFreeDoc(doc);
}

static int load_schema(void **state)
{
    const char *data = getenv("LIAISON_DATA");
    char path[400];

    (void)state;
    snprintf(path, sizeof path, "%s/cap/CAP-v1.2.xsd", data ? data : "../shared/data");
    if (access(path, R_OK) != 0)
        return 0;
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    validator = schema ? xmlSchemaNewValidCtxt(schema) : NULL;
    return validator ? 0 : -1;
}

/* Tests -----------------------------------------------------------------------------------------*/

static const char *const texts[] = {"North High",
                                    "",
                                    "A & B <\"school\"> ']]>",
                                    "Escuela Jos\xc3\xa9 Mart\xc3\xad",
                                    "\x01\x02 bell\x07",
                                    "\xff\xfe not UTF-8 \xc3",
                                    "\xef\xbf\xbe",
                                    ("\xf0\x9f\x8f\xab a very long name of a school that goes on "
                                     "and on and on and on and on and on and on and on and on and "
                                     "on and on and on and on and on \xc3\xa9\xc3\xa9")};
static const char *const class_words[] = {"weapon", "violence", "fire_hazard", "welfare", "traffic",
                                          "new",    ""};

/* One of many, by its number. */
static struct notice numbered(unsigned number)
{
    struct notice n = fight();
    struct facts *now = &n.content.now;

    n.kind = number % MESSAGE_KINDS;
    number /= MESSAGE_KINDS;
    now->status = number % FACTS_STATUSES;
    number /= FACTS_STATUSES;
    now->sensitivity = number % FACTS_SENSITIVITIES;
    number /= FACTS_SENSITIVITIES;
    snprintf(now->class, sizeof now->class, "%s", class_words[number % 7]);
    number /= 7;
    n.school = texts[number % 8];
    n.district = texts[(number + 3) % 8];
    number /= 8;
    now->severity = (int)(number % 3) * 90;
    n.drill = number % 2;
    n.replay = number % 5 == 0;
    n.asks_again = number % 3 == 0;
    n.words.language = number % LANGUAGES;
    n.content.has_was = number % 4 != 0;
    n.content.was = fight().content.now;
    n.content.was.status = number % FACTS_STATUSES;
    if (number % 7 == 0)
        n.link = "";
    return n;
}

static void test_every_alert_is_valid(void **state)
{
    static const char *const earlier[] = {"", "m1@d.example,1792069080", EARLIER};
    unsigned kinds = MESSAGE_KINDS * FACTS_STATUSES * FACTS_SENSITIVITIES * 7 * 8;

    (void)state;
    if (!validator)
        print_message("no schema in LIAISON_DATA: the rules alone are checked\n");
    for (unsigned number = 0; number < kinds * 2; number++) {
        struct notice n = numbered(number * 13 + number / 3);
        struct cap_ids i = ids(earlier[number % 3]);

        check(&n, &i);
    }
}

static void expect(const struct notice *n, const char *earlier, const char *name, const char *value)
{
    struct cap_ids i = ids(earlier);
    char *text;
    xmlDocPtr doc = written(n, &i, &text);

    if (strcmp(said(doc, name), value) != 0)
        print_error("%s: %s, not %s\n", name, said(doc, name), value);
    assert_string_equal(said(doc, name), value);
    xmlFreeDoc(doc);
    free(text);
}

static void test_what_a_first_alert_says(void **state)
{
    struct notice n = fight();

    (void)state;
    expect(&n, "", "identifier", "m3@d.example");
    expect(&n, "", "sent", "2026-10-15T13:01:40-00:00");
    expect(&n, "", "status", "Actual");
    expect(&n, "", "msgType", "Alert");
    expect(&n, "", "references", "");
    expect(&n, "", "incidents", "alert-1-2-3@d.example");
    expect(&n, "", "event", "Fight reported");
    expect(&n, "", "category", "Security");
    expect(&n, "", "urgency", "Expected");
    expect(&n, "", "severity", "Moderate");
    expect(&n, "", "certainty", "Possible");
    expect(&n, "", "onset", "2026-10-15T12:58:00-00:00");
    expect(&n, "", "areaDesc", "North High");
    expect(&n, "", "web", LINK);
    expect(&n, "", "eventCode[1]/c:value", "violence");
    expect(&n, "", "eventCode[2]/c:value", "FIGHT");
    expect(&n, "", "headline", "Fight reported at North High at 09:12. 2 units on the way.");
}

static void test_an_update_and_an_end_name_those_before(void **state)
{
    struct notice n = fight();

    (void)state;
    n.content.was = n.content.now;
    n.content.has_was = true;
    n.kind = MESSAGE_CLOSED;
    n.content.now.status = FACTS_CLOSED;
    expect(&n, EARLIER, "msgType", "Update");
    expect(&n, EARLIER, "urgency", "Past");
    expect(&n, EARLIER, "references",
           "alerts@d.example,m1@d.example,2026-10-15T12:58:00-00:00 "
           "alerts@d.example,m2@d.example,2026-10-15T13:00:00-00:00");
    n.kind = MESSAGE_CORRECTION;
    n.content.now.status = FACTS_ERROR;
    expect(&n, EARLIER, "msgType", "Cancel");
    expect(&n, EARLIER, "certainty", "Unlikely");
    n.kind = MESSAGE_UPDATE;
    n.content.was.status = FACTS_ERROR;
    n.content.now.status = FACTS_OPEN;
    expect(&n, EARLIER, "msgType", "Alert");
}

static void test_what_is_withdrawn_names_nothing(void **state)
{
    struct notice n = fight();
    struct cap_ids i = ids(EARLIER);

    (void)state;
    n.kind = MESSAGE_WITHDRAWN;
    n.content.now = (struct facts){.status = FACTS_WITHDRAWN};
    char *text = cap_write(&n, &i);
    assert_non_null(strstr(text, "<msgType>Cancel</msgType>"));
    assert_non_null(strstr(text, "<note>This alert is withdrawn for you."
                                 " That does not mean that the call is over.</note>"));
    assert_null(strstr(text, "<info>"));
    assert_null(strstr(text, "North"));
    assert_null(strstr(text, "Riverside"));
    assert_null(strstr(text, "https"));
    free(text);
}

static void test_a_restricted_call_is_a_police_call_in_codes_too(void **state)
{
    struct notice n = fight();
    struct cap_ids i = ids("");

    (void)state;
    for (int s = FACTS_RESTRICTED; s <= FACTS_SEALED; s++)
        for (int severity = 0; severity < 200; severity += 66) {
            snprintf(n.content.now.class, sizeof n.content.now.class, "welfare");
            n.content.now.sensitivity = s;
            n.content.now.severity = severity;
            expect(&n, "", "event", "Police call");
            expect(&n, "", "category", "Security");
            expect(&n, "", "severity", "Unknown");
            expect(&n, "", "urgency", "Unknown");
            char *text = cap_write(&n, &i);
            assert_null(strstr(text, "eventCode"));
            assert_null(strstr(text, "welfare"));
            assert_null(strcasestr(text, "fight"));
            free(text);
        }
}

static void test_life_safety_is_extreme_and_exercises_are_marked(void **state)
{
    struct notice n = fight();

    (void)state;
    n.content.now.severity = 199;
    expect(&n, "", "urgency", "Immediate");
    expect(&n, "", "severity", "Extreme");
    n.content.now.severity = 50;
    expect(&n, "", "severity", "Severe");
    n.content.now.unit_state = FACTS_ON_SCENE;
    expect(&n, "", "certainty", "Likely");
    n.drill = true;
    expect(&n, "", "status", "Exercise");
    expect(&n, "", "note", "DRILL");
    expect(&n, "", "headline",
           "DRILL Please confirm that this message reached you (North High, 09:12).");
    n.drill = false;
    n.replay = true;
    expect(&n, "", "status", "Exercise");
    expect(&n, "", "note", "REPLAY");
}

static void test_what_cannot_be_an_identifier_is_refused(void **state)
{
    (void)state;
    assert_true(cap_id_ok("alerts@district.example"));
    assert_false(cap_id_ok(""));
    assert_false(cap_id_ok("a b"));
    assert_false(cap_id_ok("a,b"));
    assert_false(cap_id_ok("a&b"));
    assert_false(cap_id_ok("a<b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_alert_is_valid),
        cmocka_unit_test(test_what_a_first_alert_says),
        cmocka_unit_test(test_an_update_and_an_end_name_those_before),
        cmocka_unit_test(test_what_is_withdrawn_names_nothing),
        cmocka_unit_test(test_a_restricted_call_is_a_police_call_in_codes_too),
        cmocka_unit_test(test_life_safety_is_extreme_and_exercises_are_marked),
        cmocka_unit_test(test_what_cannot_be_an_identifier_is_refused),
    };

    return cmocka_run_group_tests(tests, load_schema, NULL);
}
