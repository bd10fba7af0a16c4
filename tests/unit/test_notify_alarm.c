/* Alarms: who hears when of what is not ok, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/message/alarm_sample.h"
#include "services/notify/channel/email.h"
#include "services/notify/channel/sms.h"
#include "services/notify/decide/alarm.h"

#define SECOND INT64_C(1000000)

enum { BOTH = CHANNEL_EMAIL | CHANNEL_SMS, NOW_S = 10000 };

static const struct contact both[] = {{.contact_id = 1, .channels = BOTH},
                                      {.contact_id = 2, .channels = CHANNEL_SMS}};

static struct alarm_input input(void)
{
    return (struct alarm_input){.contacts = both,
                                .contact_count = 1,
                                .available = BOTH,
                                .now_us = NOW_S * SECOND,
                                .every_us = 300 * SECOND,
                                .repeat_us = 3600 * SECOND};
}

static struct alarm_facts facts(const char *json)
{
    struct alarm_facts made;

    assert_int_equal(alarm_facts_decode(json, &made), 0);
    return made;
}

static int64_t due_s(const struct plan *plan, size_t wish)
{
    return plan->wishes[wish].due_us / SECOND;
}

static void test_a_new_alarm_goes_by_all_channels_at_once(void **state)
{
    struct alarm_input in = input();
    struct plan plan;

    (void)state;
    in.contact_count = 2;
    in.now = facts("{\"open\": [1]}");
    assert_int_equal(alarm_plan(&in, &plan), 0);
    assert_int_equal(plan.act, PLAN_OPEN);
    assert_int_equal(plan.wish_count, 3);
    for (size_t i = 0; i < plan.wish_count; i++) {
        assert_int_equal(due_s(&plan, i), NOW_S);
        assert_int_equal(plan.wishes[i].lane, LANE_URGENT);
        assert_int_equal(plan.wishes[i].kind, MESSAGE_FIRST);
    }
    plan_free(&plan);
    in.available = CHANNEL_SMS; /* nothing is planned that nobody could send */
    assert_int_equal(alarm_plan(&in, &plan), 0);
    assert_int_equal(plan.wish_count, 2);
    plan_free(&plan);
    in.contact_count = 0;
    assert_int_equal(alarm_plan(&in, &plan), 0);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
    alarm_facts_free(&in.now);
}

static void test_the_roster_goes_by_mail_to_whoever_has_it(void **state)
{
    struct alarm_input in = input();
    struct plan plan;

    (void)state;
    in.contact_count = 2;
    in.roster = true;
    in.now = facts("{\"notices\": [1]}");
    assert_int_equal(alarm_plan(&in, &plan), 0);
    assert_int_equal(plan.wish_count, 2);
    assert_ptr_equal(plan.wishes[0].channel, &email_channel);
    assert_ptr_equal(plan.wishes[1].channel, &sms_channel);
    assert_int_equal(plan.wishes[0].lane, LANE_LATER);
    assert_string_equal(plan.state, "closed");
    plan_free(&plan);
    alarm_facts_free(&in.now);
}

/* What one who was told by mail ten seconds ago hears next: when, or -1, and as what. */
static int64_t next_s(const char *said, const char *now, bool acknowledged, bool failed,
                      enum message_kind *kind)
{
    struct alarm_input in = input();
    struct alarm_telling telling = {.contact_id = 1,
                                    .channel = &email_channel,
                                    .told = said[0] != '\0',
                                    .failed = failed,
                                    .ended_us = (NOW_S - 10) * SECOND};
    struct plan plan;
    int64_t due;

    in.available = CHANNEL_EMAIL;
    in.exists = true;
    in.acknowledged = acknowledged;
    in.now = facts(now);
    telling.said = facts(said[0] ? said : "{}");
    in.tellings = &telling;
    in.telling_count = 1;
    assert_int_equal(alarm_plan(&in, &plan), 0);
    due = plan.wish_count ? due_s(&plan, 0) - NOW_S : -1;
    *kind = plan.wish_count ? plan.wishes[0].kind : MESSAGE_KINDS;
    plan_free(&plan);
    alarm_facts_free(&in.now);
    alarm_facts_free(&telling.said);
    return due;
}

static void test_when_somebody_who_was_told_hears_more(void **state)
{
    static const struct {
        const char *said, *now;
        bool acknowledged, failed;
        int64_t due_s;
        enum message_kind kind;
    } cases[] = {
        /* news waits until the time is over, and is told together */
        {"{\"now\": {\"open\": [1]}}", "{\"open\": [1, 2]}", false, false, 290, MESSAGE_UPDATE},
        {"{\"now\": {\"open\": [1, 2]}}", "{\"open\": [2]}", true, false, 290, MESSAGE_UPDATE},
        {"{\"now\": {\"open\": [1]}}", "{\"open\": []}", false, false, 290, MESSAGE_CLOSED},
        {"{\"now\": {\"open\": [1]}}", "{\"open\": [1], \"notices\": [7]}", true, false, 290,
         MESSAGE_UPDATE},
        /* what is more urgent than all that was said does not wait, and what is as urgent does */
        {"{\"now\": {\"open\": [1], \"severity\": 1}}", "{\"open\": [1, 2], \"severity\": 104}",
         true, false, 0, MESSAGE_UPDATE},
        {"{\"now\": {\"open\": [1], \"severity\": 104}}", "{\"open\": [1, 2], \"severity\": 104}",
         false, false, 290, MESSAGE_UPDATE},
        {"{\"now\": {\"open\": [1], \"severity\": 104}}", "{\"open\": [2], \"severity\": 1}", false,
         false, 290, MESSAGE_UPDATE},
        {"{\"now\": {\"open\": [1], \"severity\": 1}}", "{\"open\": [1, 2], \"severity\": 104}",
         false, true, 3590, MESSAGE_UPDATE}, /* an address that failed */
        /* no news is said again, unless somebody has it */
        {"{\"now\": {\"open\": [1]}}", "{\"open\": [1]}", false, false, 3590, MESSAGE_FIRST},
        {"{\"now\": {\"open\": [1]}}", "{\"open\": [1]}", true, false, -1, MESSAGE_KINDS},
        {"{\"now\": {\"open\": []}}", "{\"open\": []}", false, false, -1, MESSAGE_KINDS},
        {"{\"now\": {\"notices\": [7]}}", "{\"notices\": [7]}", false, false, -1, MESSAGE_KINDS},
        /* an address that failed is not tried without end */
        {"", "{\"open\": [1]}", false, true, 3590, MESSAGE_FIRST},
        {"{\"now\": {\"open\": [1]}}", "{\"open\": [1, 2]}", false, true, 3590, MESSAGE_UPDATE},
        /* who was never told is told at once, and nothing of what is over */
        {"", "{\"open\": [1]}", false, false, 0, MESSAGE_FIRST},
        {"", "{\"open\": []}", false, false, -1, MESSAGE_KINDS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum message_kind kind;
        int64_t due =
            next_s(cases[i].said, cases[i].now, cases[i].acknowledged, cases[i].failed, &kind);

        if (due != cases[i].due_s || kind != cases[i].kind)
            fail_msg("case %zu: %lld s, kind %d", i, (long long)due, (int)kind);
    }
}

static void test_a_finding_after_the_acknowledgement_asks_again(void **state)
{
    struct alarm_input in = input();
    struct plan plan;

    (void)state;
    in.exists = in.acknowledged = true;
    in.now = facts("{\"open\": [1]}");
    assert_int_equal(alarm_plan(&in, &plan), 0);
    assert_false(plan.new_round);
    assert_string_equal(plan.state, "acknowledged");
    plan_free(&plan);
    in.newer = true;
    assert_int_equal(alarm_plan(&in, &plan), 0);
    assert_true(plan.new_round);
    assert_string_equal(plan.state, "open");
    plan_free(&plan);
    alarm_facts_free(&in.now);
}

static void test_what_was_said_is_read_back(void **state)
{
    struct alarm_facts made = facts("{\"open\": [3, 4], \"notices\": [5], \"severity\": 101}");
    char *text = alarm_facts_encode(&made);
    struct alarm_facts again = facts(text);
    struct alarm_facts odd = facts("no JSON");

    (void)state;
    assert_false(alarm_has_news(&made, &again));
    assert_true(alarm_has(&again.open, 4));
    assert_int_equal(again.severity, 101);
    assert_true(alarm_has_news(&odd, &made));
    assert_int_equal(odd.open.count, 0);
    free(text);
    alarm_facts_free(&made);
    alarm_facts_free(&again);
    alarm_facts_free(&odd);
}

/* Words -----------------------------------------------------------------------------------------*/

static struct alarm_line line_of(const char *check)
{
    struct alarm_line line = {
        .check = check,
        .channel = "email",
        .object = strcmp(check, "given_up") == 0 ? "failed" : "smtp",
        .school = "North High",
        .time = "9:12 AM",
        .since = "9:14 AM",
        .ended = "9:40 AM",
        .call = strcmp(check, "nobody") == 0 || strcmp(check, "unanswered") == 0 ||
                strcmp(check, "too_few") == 0 || strcmp(check, "skipped") == 0,
        .notice = strcmp(check, "skipped") == 0 || strcmp(check, "roster") == 0};

    strcpy(line.facts.class, "violence");
    strcpy(line.facts.type, "FIGHT");
    return line;
}

static const char usual_link[] = "https://liaison.riverside.example/c/0123456789abcdef";
static const char longest_link[] =
    "https://alerts.schools.riverside.example.org/c/0123456789abcdef";

static void test_a_text_says_what_is_wrong_since_when_and_what_to_do(void **state)
{
    static const struct {
        const char *check, *text;
        long open;
        bool well, hidden;
        enum language language;
    } cases[] = {
        {"tried",
         "ALARM: Alerts by e-mail are not going out (since 9:14 AM). Call IT. Reply OK "
         "or: https://l Liaison",
         1, false, false, LANGUAGE_ENGLISH},
        {"tried",
         "ALARM: Alerts by e-mail are not going out (since 9:14 AM), and 2 more problems. Call IT. "
         "Reply OK or: https://l Liaison",
         3, false, false, LANGUAGE_ENGLISH},
        {"nobody",
         "ALARM: Nobody could be told of a call: fight reported at North High, 9:12 AM. Call the "
         "school. Reply OK or: https://l Liaison",
         1, false, false, LANGUAGE_ENGLISH},
        {"nobody",
         "ALARM: Nobody could be told of a call: you may not see which one (since 9:14 AM). Tell "
         "whoever may see it. Reply OK or: https://l Liaison",
         1, false, true, LANGUAGE_ENGLISH},
        {"tried", "ALARM OVER: Alerts by e-mail are going out again (9:40 AM). Liaison", 0, true,
         false, LANGUAGE_ENGLISH},
        {"roster",
         "NOTICE: From 9:12 AM on, nobody can be told of calls at North High. Check the contacts. "
         "Liaison",
         0, false, false, LANGUAGE_ENGLISH},
        {"tried",
         "ALARMA: Las alertas por correo electrónico no salen (desde 9:14 AM). Llame a soporte. "
         "Responda OK o: https://l Liaison",
         1, false, false, LANGUAGE_SPANISH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct alarm_line line = line_of(cases[i].check);
        struct alarm_notice notice = {.words.language = cases[i].language,
                                      .district = "Riverside",
                                      .answers = true,
                                      .link = cases[i].open ? "https://l" : "",
                                      .open = cases[i].open,
                                      .lines = &line,
                                      .line_count = 1};
        char out[MESSAGE_BRIEF_SIZE], spelt[MESSAGE_BRIEF_SIZE];

        line.well = cases[i].well;
        line.hidden = cases[i].hidden;
        alarm_brief(&notice, sms_channel.brief, out);
        sms_channel.brief->spell(cases[i].text, spelt, sizeof spelt);
        assert_string_equal(out, spelt);
        assert_true(!line.hidden || (!strstr(out, "North") && !strstr(out, "fight")));
    }
}

static void test_a_text_is_one_segment_and_keeps_its_link(void **state)
{
    struct alarm_line lines[] = {line_of("nobody"), line_of("provider")};
    struct alarm_notice notice = {.district = "Riverside",
                                  .answers = true,
                                  .link = longest_link,
                                  .open = 2,
                                  .lines = lines,
                                  .line_count = 2};
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    lines[0].school = "The Very Long Name Of A School That Nobody Would Ever Want To Spell Out";
    for (enum language l = LANGUAGE_ENGLISH; l < LANGUAGES; l++) {
        notice.words.language = l;
        alarm_brief(&notice, sms_channel.brief, out);
        assert_true(sms_channel.brief->measure(out) <= sms_channel.brief->most);
        assert_non_null(strstr(out, longest_link));
        assert_non_null(strstr(out, "Liaison"));
    }
    notice.words.language = LANGUAGE_ENGLISH;
    notice.open = 1;
    lines[0] = line_of("unanswered");
    lines[0].school = "The Very Long Name Of A School That Nobody Would Ever Want To Spell Out";
    alarm_brief(&notice, sms_channel.brief, out);
    assert_non_null(strstr(out, ", 9:12 AM")); /* the name of the school is cut, and not the time */
    notice.line_count = 0;
    alarm_brief(&notice, sms_channel.brief, out);
    assert_non_null(strstr(out, "ALARM: 1 problem needs attention."));
}

/* The text of a key that names a check. */
static const char *text_of(enum language language, const char *group, const char *check)
{
    const struct catalogue words = {.language = language};

    return catalogue_code(&words, group, check);
}

static void check_wording(enum language language, const char *check)
{
    const bool notice = strcmp(check, "skipped") == 0 || strcmp(check, "roster") == 0;
    const bool ends = !notice && strcmp(check, "too_few") != 0; /* which ends as unanswered */
    struct alarm_line line = line_of(check);
    struct alarm_notice n = {.words.language = language,
                             .district = "Riverside",
                             .answers = true,
                             .link = longest_link,
                             .open = 1,
                             .lines = &line,
                             .line_count = 1};
    char out[MESSAGE_BRIEF_SIZE];
    char *text = alarm_letter(&n);

    if (!text_of(language, "alarm.means", check) || !text_of(language, "alarm.do", check) ||
        ends != (text_of(language, "alarm.over", check) != NULL))
        fail_msg("%s lacks a text", check);
    if (!notice && !line.call && !strstr(text, "9:14 AM"))
        fail_msg("%s says not since when: %s", check, text);
    if (strstr(text, "()") || strstr(text, "  .") || strstr(text, ": ."))
        fail_msg("%s has a gap: %s", check, text);
    free(text);
    alarm_brief(&n, sms_channel.brief, out);
    if (sms_channel.brief->measure(out) > sms_channel.brief->most || !strstr(out, longest_link))
        fail_msg("%s: %s", check, out);
    n.link = usual_link;
    alarm_brief(&n, sms_channel.brief, out);
    if (!notice && !line.call && !strstr(out, "9:14 AM"))
        fail_msg("%s is cut: %s", check, out);
}

static void test_each_check_has_its_words_and_fits_a_text(void **state)
{
    static const char group[] = "alarm.wrong.";
    size_t count, found = 0;

    (void)state;
    for (enum language l = LANGUAGE_ENGLISH; l < LANGUAGES; l++) {
        const struct catalogue_word *words = catalogue_all(l, &count);
        for (size_t i = 0; i < count; i++)
            if (strncmp(words[i].key, group, sizeof group - 1) == 0) {
                check_wording(l, words[i].key + sizeof group - 1);
                found++;
            }
    }
    assert_true(found >= 2 * 16);
}

static void test_a_letter_explains_what_is_wrong_and_lists_what_has_ended(void **state)
{
    struct alarm_line lines[] = {line_of("provider"), line_of("tried")};
    struct alarm_notice notice = {
        .district = "River<side", .link = "", .open = 5, .lines = lines, .line_count = 2};
    char *text;

    (void)state;
    lines[1].well = true;
    text = alarm_letter(&notice);
    assert_string_equal(
        text,
        "5 problems need attention.\n\n"
        "- The e-mail provider (smtp) is not working. Since 9:14 AM.\n"
        "  What it means: Alerts by e-mail may be late or get lost, unless a second provider "
        "carries them. Liaison keeps trying.\n"
        "  What to do: Have IT check the provider. If a call is urgent, tell people yourself.\n"
        "- Over: Alerts by e-mail are going out again. The problem lasted from 9:14 AM to 9:40 "
        "AM.\n"
        "- 4 more problems are not listed here.\n\n"
        "For IT staff: the command liaisonctl doctor shows the whole list and says what to do.\n\n"
        "Sent by Liaison for River<side, which named you for alarms.\n");
    free(text);
    text = alarm_html(&notice);
    assert_non_null(strstr(text, "River&lt;side"));
    assert_non_null(strstr(text, "<b>The e-mail provider (smtp) is not working.</b>"));
    free(text);
    text = alarm_subject(&notice);
    assert_string_equal(text, "Liaison alarm: The e-mail provider (smtp) is not working, and 4 "
                              "more problems");
    free(text);
    notice.open = 0;
    lines[0].well = true;
    text = alarm_subject(&notice);
    assert_string_equal(text, "Liaison alarm over: The e-mail provider (smtp) is working again, "
                              "and 1 more problem ended");
    free(text);
    lines[0].check = "of a newer schema";
    text = alarm_letter(&notice);
    assert_non_null(strstr(text, "Over: of a newer schema."));
    free(text);
}

static void test_a_summary_is_named_and_what_is_not_watched_is_not_well(void **state)
{
    struct alarm_line line = line_of("unanswered");
    struct alarm_notice notice = {
        .district = "Riverside", .link = "", .open = 4, .lines = &line, .line_count = 1};
    char *text, brief[MESSAGE_BRIEF_SIZE];

    (void)state;
    line.call = line.summary = true;
    alarm_brief(&notice, sms_channel.brief, brief);
    assert_non_null(strstr(brief, "Nobody has answered a summary: calls at "));
    assert_non_null(strstr(brief, ", and 3 more problems"));
    notice.open = 0;
    line = line_of("agency");
    line.well = line.gone = true;
    text = alarm_letter(&notice);
    assert_non_null(strstr(text, " has no valid key any more, and its connection is no longer"));
    assert_null(strstr(text, "up again"));
    assert_null(strstr(text, "lasted"));
    free(text);
}

static void test_a_replay_that_waits_is_no_call_that_is_missed(void **state)
{
    struct alarm_line line = line_of("due");
    struct alarm_notice notice = {
        .district = "Riverside", .link = "", .open = 1, .lines = &line, .line_count = 1};
    char *text;

    (void)state;
    line.lane = 3;
    text = alarm_letter(&notice);
    assert_non_null(strstr(text, "Replays are tests and not real calls: nobody misses an alert."));
    assert_null(strstr(text, "tell people yourself"));
    free(text);
    line.lane = 2;
    text = alarm_letter(&notice);
    assert_non_null(strstr(text, "tell people yourself"));
    free(text);
}

/* Lines of the page -----------------------------------------------------------------------------*/

static json_t *text_or_null(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

/* A line as services/dashboard/openapi.json has it, but that times are as people read them. */
static json_t *finding_of(const struct alarm_line *line)
{
    json_t *finding = json_object();

    json_object_set_new(finding, "check", json_string(line->check));
    json_object_set_new(finding, "channel", text_or_null(line->channel));
    json_object_set_new(finding, "lane", json_integer(line->lane));
    json_object_set_new(finding, "object", text_or_null(line->object));
    json_object_set_new(finding, "notice", json_boolean(line->notice));
    json_object_set_new(finding, "well", json_boolean(line->well));
    json_object_set_new(finding, "gone", json_boolean(line->gone));
    json_object_set_new(finding, "call", json_boolean(line->call));
    json_object_set_new(finding, "summary", json_boolean(line->summary));
    json_object_set_new(finding, "hidden", json_boolean(line->hidden));
    json_object_set_new(finding, "school", text_or_null(line->school));
    json_object_set_new(finding, "at", text_or_null(line->time));
    json_object_set_new(finding, "since", text_or_null(line->since));
    json_object_set_new(finding, "ended", text_or_null(line->ended));
    json_object_set_new(finding, "class", text_or_null(line->facts.class));
    json_object_set_new(finding, "type", text_or_null(line->facts.type));
    json_object_set_new(finding, "have", line->have ? json_integer(line->have) : json_null());
    json_object_set_new(finding, "asked", line->asked ? json_integer(line->asked) : json_null());
    return finding;
}

/* The first item of a letter's list. */
static json_t *first_item(const struct alarm_notice *notice)
{
    char *text = alarm_letter(notice);
    const char *item = strstr(text, "\n- ") + 1;
    const char *next = strstr(item, "\n- "), *end = strstr(item, "\n\n");
    json_t *said = json_stringn(item, (size_t)((next && next < end ? next : end) - item));

    free(text);
    return said;
}

static json_t *examples(void)
{
    const struct sample_for whom = {.words.language = LANGUAGE_ENGLISH,
                                    .hours24 = true,
                                    .school = "North High",
                                    .district = "Riverside"};
    json_t *all = json_array();

    for (size_t i = 0; i < alarm_sample_count(); i++) {
        struct alarm_sample sample;
        json_t *example = json_object();

        alarm_sample_make(&sample, i, &whom);
        json_object_set_new(example, "name", json_string(sample.name));
        json_object_set_new(example, "finding", finding_of(&sample.lines[0]));
        json_object_set_new(example, "says", first_item(&sample.notice));
        json_array_append_new(all, example);
    }
    return all;
}

/* tests/browser/words.mjs compares the page with the same file. */
static void test_the_lines_are_those_that_the_page_is_compared_with(void **state)
{
    json_t *made = examples();
    json_t *kept = json_load_file("tests/unit/fixtures/alarm_lines.json", 0, NULL);

    (void)state;
    assert_true(json_array_size(made) > 40);
    if (!json_equal(made, kept)) {
        json_dumpf(made, stdout, JSON_INDENT(1));
        fail_msg("tests/unit/fixtures/alarm_lines.json is not what is printed above");
    }
    json_decref(made);
    json_decref(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_alarm_goes_by_all_channels_at_once),
        cmocka_unit_test(test_the_roster_goes_by_mail_to_whoever_has_it),
        cmocka_unit_test(test_when_somebody_who_was_told_hears_more),
        cmocka_unit_test(test_a_finding_after_the_acknowledgement_asks_again),
        cmocka_unit_test(test_what_was_said_is_read_back),
        cmocka_unit_test(test_a_text_says_what_is_wrong_since_when_and_what_to_do),
        cmocka_unit_test(test_a_text_is_one_segment_and_keeps_its_link),
        cmocka_unit_test(test_each_check_has_its_words_and_fits_a_text),
        cmocka_unit_test(test_a_letter_explains_what_is_wrong_and_lists_what_has_ended),
        cmocka_unit_test(test_a_summary_is_named_and_what_is_not_watched_is_not_well),
        cmocka_unit_test(test_a_replay_that_waits_is_no_call_that_is_missed),
        cmocka_unit_test(test_the_lines_are_those_that_the_page_is_compared_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
