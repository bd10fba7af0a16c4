/* Storms: by which rules held calls are told in one summary, when it is told again, and in which
 * words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "common/message/message.h"
#include "common/message/sample.h"
#include "common/message/sms_form.h"
#include "common/message/sms_gsm.h"
#include "reconcile_plain.h"
#include "services/notify/decide/storm.h"

static void test_a_storm_has_the_rules_of_its_calls(void **state)
{
    char weapons[][32] = {"weapon"};
    struct rule rules[3] = {any_rule, any_rule, any_rule};
    struct call calls[2] = {plain_call, plain_call};

    (void)state;
    rules[0].rule_id = 1, rules[0].channels = CHANNEL_SMS;
    rules[0].classes = (struct words){weapons, 1};
    rules[1].rule_id = 2, rules[1].min_priority = 7, rules[1].channels = CHANNEL_EMAIL;
    rules[2].rule_id = 3, rules[2].sealed = true;
    for (size_t i = 0; i < 3; i++)
        rules[i].within_m = -1;
    for (size_t i = 0; i < 2; i++)
        calls[i].type = calls[i].disposition = "", calls[i].relation = "at";
    struct storm_rules made = storm_rules_of(rules, 3, calls, 2);
    assert_non_null(made.rules);
    assert_int_equal(made.count, 0);
    free(made.rules);

    calls[1].priority = 8;
    made = storm_rules_of(rules, 3, calls, 2);
    struct call storm = storm_call_of(1, 5, false, calls, 2);
    assert_int_equal(made.count, 1);
    assert_int_equal(storm.priority, 8);
    struct verdict verdict = rules_judge(made.rules, made.count, &storm);
    assert_true(verdict.matched);
    assert_int_equal(verdict.rule_id, 2);
    assert_int_equal(verdict.channels, CHANNEL_EMAIL);
    assert_int_equal(rules_severity(made.rules, made.count, &storm, 0), 0);
    free(made.rules);
}

static void test_a_storm_of_sealed_calls_is_for_sealed_rules_alone(void **state)
{
    struct rule rules[2] = {any_rule, any_rule};
    struct call call = plain_call;

    (void)state;
    rules[0].within_m = rules[1].within_m = -1;
    rules[1].rule_id = 8, rules[1].sealed = true;
    call.type = call.disposition = "", call.relation = "at";
    call.sensitivity = FACTS_SEALED;
    struct storm_rules made = storm_rules_of(rules, 2, &call, 1);
    struct call storm = storm_call_of(1, 5, true, &call, 1);
    assert_int_equal(rules_judge(made.rules, made.count, &storm).rule_id, 8);
    storm = storm_call_of(1, 5, false, &call, 1);
    assert_false(rules_judge(made.rules, made.count, &storm).matched);
    free(made.rules);
}

static void test_another_number_is_told_and_the_same_is_not(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told[] = {{.contact_id = 1, .channel = &email_channel, .told = true, .round = 1},
                             {.contact_id = 1, .channel = &sms_channel, .told = true, .round = 1}};
    const struct {
        int calls;
        enum facts_status status;
        size_t wishes;
        enum message_kind kind;
    } cases[] = {{3, FACTS_OPEN, 0, 0},
                 {5, FACTS_OPEN, 2, MESSAGE_UPDATE},
                 {3, FACTS_CLOSED, 2, MESSAGE_CLOSED},
                 {0, FACTS_CANCELLED, 2, MESSAGE_CORRECTION}};

    (void)state;
    in.now = (struct facts){.calls = 3};
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 900 * S};
    told[0].said = told[1].said = in.now;
    in.tellings = told, in.telling_count = 2;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plan plan;

        in.now.calls = cases[i].calls, in.now.status = cases[i].status;
        reconcile(&in, &plan);
        assert_int_equal(plan.wish_count, cases[i].wishes);
        for (size_t w = 0; w < plan.wish_count; w++)
            assert_int_equal(plan.wishes[w].kind, cases[i].kind);
        plan_free(&plan);
    }
}

static void test_a_digest_is_told_once_and_at_any_hour(void **state)
{
    struct contact pat = {.contact_id = 1, .step = 1, .channels = BOTH};
    struct rule rule = any_rule;
    struct storm_rules rules = {&rule, 1};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told = {
        .contact_id = 1, .channel = &email_channel, .told = true, .round = 1, .said = {.calls = 2}};
    struct plan plan;

    (void)state;
    pat.quiet = rule.quiet = (struct quiet){1, {{0, 2000 * S}}, 11};
    in.rules = &rule;
    in.now = (struct facts){.calls = 3, .status = FACTS_CLOSED};
    storm_wakes(&rules, &pat, 1);
    reconcile(&in, &plan);
    storm_tell_once(&plan);
    assert_int_equal(plan.wish_count, 2);
    for (size_t i = 0; i < plan.wish_count; i++) {
        assert_int_equal(plan.wishes[i].due_us, in.now_us);
        assert_int_equal(plan.wishes[i].lane, LANE_LATER);
    }
    assert_string_equal(plan.state, "closed");
    plan_free(&plan);

    in.alert = (struct known_alert){.exists = true, .closed = true, .round = 1};
    in.tellings = &told, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    storm_tell_once(&plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
}

/* A notice borrows from its sample, which must not move. */
static void make_sample(struct sample *sample, const char *name, const char *school)
{
    struct sample_for whom = {.words = {.language = LANGUAGE_ENGLISH},
                              .hours24 = true,
                              .school = school,
                              .district = "Riverside"};
    size_t i = 0;

    while (strcmp(sample_name(i), name) != 0)
        i++;
    sample_make(sample, i, &whom);
}

static void make_summary(struct sample *sample, const char *school)
{
    make_sample(sample, "storm", school);
}

static void test_a_digest_says_so_and_asks_for_nothing(void **state)
{
    struct sample sample;
    char out[MESSAGE_BRIEF_SIZE], *text;

    (void)state;
    make_sample(&sample, "digest", "North High");
    sample.notice.link = "https://a.example/a/x";
    assert_true(message_brief(&sample.notice, &sms_form, out) <= 160);
    assert_string_equal(out, "North High: digest of 469 calls since 12:58: "
                             "suspicious activity (400), missing person (50), drugs or alcohol "
                             "(15), other (4). https://a.example/a/x Liaison");
    sample.notice.content.now.calls = 1, sample.notice.part_count = 0;
    text = message_text(&sample.notice);
    assert_non_null(strstr(text, "Digest: 1 call at North High since 12:58."));
    assert_null(strstr(text, "one by one"));
    assert_non_null(strstr(text, "The calls: https://a.example/a/x"));
    free(text);
}

static void test_a_summary_fits_one_text_and_names_the_largest_classes(void **state)
{
    struct sample sample;
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    make_summary(&sample, "North High");
    sample.notice.link = "https://a.example/a/x";
    assert_true(message_brief(&sample.notice, &sms_form, out) <= 160);
    assert_string_equal(out, "North High: 469 more calls since 12:58, not told one by one: "
                             "suspicious activity (400), missing person (50), other (19). "
                             "Answer: https://a.example/a/x Liaison");
    make_summary(&sample,
                 "The Very Long Name of a School That Nobody Could Ever Say in One Breath");
    assert_true(message_brief(&sample.notice, &sms_form, out) <= 160);
    assert_false(message_brief_is_cut(&sample.notice, &sms_form));
    assert_non_null(strstr(out, sample.notice.link));
}

static void test_a_mail_counts_each_class_and_shows_no_row_of_a_call(void **state)
{
    struct sample sample;
    char *subject, *text;

    (void)state;
    make_summary(&sample, "North High");
    sample.notice.parts[1] = (struct notice_part){"", 50};
    subject = message_subject(&sample.notice);
    text = message_text(&sample.notice);
    assert_string_equal(subject, "North High: calls not told one by one, 12:58");
    assert_non_null(strstr(text, "469 more calls at North High since 12:58, not told one by one: "
                                 "suspicious activity (400), police call (50), drugs or alcohol "
                                 "(15), other (4). "));
    assert_null(strstr(text, "500 Main Street"));
    assert_null(strstr(text, "Call number"));
    free(subject);
    free(text);
    make_sample(&sample, "storm, none is left", "North High");
    sample.notice.opened_day = "Thu, Oct 15";
    text = message_text(&sample.notice);
    assert_non_null(strstr(text, "that were counted since 12:58 (Thu, Oct 15), none is left"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_storm_has_the_rules_of_its_calls),
        cmocka_unit_test(test_a_storm_of_sealed_calls_is_for_sealed_rules_alone),
        cmocka_unit_test(test_another_number_is_told_and_the_same_is_not),
        cmocka_unit_test(test_a_digest_is_told_once_and_at_any_hour),
        cmocka_unit_test(test_a_digest_says_so_and_asks_for_nothing),
        cmocka_unit_test(test_a_summary_fits_one_text_and_names_the_largest_classes),
        cmocka_unit_test(test_a_mail_counts_each_class_and_shows_no_row_of_a_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
