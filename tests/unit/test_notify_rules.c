/* Rules, escalation steps, plans, pauses and tokens: who is alerted of a call, when, how often it
 * is tried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/message/facts.h"
#include "services/notify/channel/email.h"
#include "services/notify/channel/retry.h"
#include "services/notify/channel/sms.h"
#include "services/notify/decide/rules.h"
#include "services/notify/message/token.h"

enum { BOTH = CHANNEL_EMAIL | CHANNEL_SMS };

static const struct rule any_rule = {.district_id = 1,
                                     .rule_id = 7,
                                     .channels = BOTH,
                                     .escalate_s = 300,
                                     .within_m = -1,
                                     .max_age_s = 86400,
                                     .acks = 1};
static const struct call plain_call = {.district_id = 1,
                                       .school_id = 5,
                                       .mode = CALL_LIVE,
                                       .class = "violence",
                                       .type = "FIGHT",
                                       .disposition = "",
                                       .relation = "near",
                                       .distance_m = 300,
                                       .weekday = 3,
                                       .priority = 5,
                                       .in_school_hours = true};

static void test_each_condition_of_a_rule_can_refuse(void **state)
{
    int schools[] = {4, 5};
    char classes[][32] = {"weapon", "violence"};
    struct rule full = any_rule;

    (void)state;
    full.schools = (struct numbers){schools, 2};
    full.classes = (struct words){classes, 2};
    full.min_priority = 5;
    full.hours = RULE_SCHOOL_HOURS;
    full.max_age_s = 100;
    assert_true(rule_matches(&full, &plain_call));

    struct call c = plain_call;
    c.district_id = 2;
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.school_id = 6;
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.class = "alarm";
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.priority = 4;
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.priority = -1; /* the agency gave none */
    assert_true(rule_matches(&full, &c));
    c = plain_call, c.in_school_hours = false;
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.age_s = 101;
    assert_false(rule_matches(&full, &c));
    c.mode = CALL_REPLAY; /* a replay has no age */
    assert_true(rule_matches(&full, &c));
    full.hours = RULE_OUTSIDE_HOURS;
    assert_false(rule_matches(&full, &plain_call));
}

static void test_an_empty_list_of_schools_matches_none(void **state)
{
    int none[1] = {0};
    struct rule rule = any_rule;

    (void)state;
    rule.schools.number = none;
    assert_false(rule_matches(&rule, &plain_call));
}

static void test_where_what_and_on_which_day_can_refuse(void **state)
{
    char relations[][32] = {"at", "near"}, types[][32] = {"FIGHT"}, arrest[][32] = {"ARREST"};
    int weekdays[] = {1, 3};
    struct rule full = any_rule;
    struct call c = plain_call;

    (void)state;
    full.relations = (struct words){relations, 2};
    full.types = (struct words){types, 1};
    full.weekdays = (struct numbers){weekdays, 2};
    full.within_m = 300;
    assert_true(rule_matches(&full, &c));
    c.relation = "zone";
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.type = "";
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.weekday = 2;
    assert_false(rule_matches(&full, &c));
    c = plain_call, c.distance_m = 301;
    assert_false(rule_matches(&full, &c));
    c.distance_m = -1; /* nobody knows */
    assert_true(rule_matches(&full, &c));
    full.dispositions = (struct words){arrest, 1};
    assert_false(rule_matches(&full, &plain_call));
    c = plain_call, c.disposition = "ARREST";
    assert_true(rule_matches(&full, &c));
}

static void test_a_rule_that_stops_is_the_last_that_counts(void **state)
{
    struct rule rules[3] = {any_rule, any_rule, any_rule};
    struct call high = plain_call;

    (void)state;
    high.priority = 9;
    rules[0].rule_id = 1, rules[0].channels = CHANNEL_EMAIL, rules[0].min_priority = 6;
    rules[1].rule_id = 2, rules[1].channels = CHANNEL_EMAIL, rules[1].stops = true;
    rules[2].rule_id = 3, rules[2].channels = CHANNEL_SMS, rules[2].acks = 5;
    rules[2].again_priority = 1;
    struct verdict v = rules_judge(rules, 3, &high);
    assert_int_equal(v.rule_id, 1);
    assert_int_equal(v.channels, CHANNEL_EMAIL);
    assert_int_equal(v.acks, 1);
    rules[0].again_priority = rules[1].again_priority = 11;
    assert_int_equal(rules_severity(rules, 3, &high, 0), 0);
    rules[1].min_priority = 10; /* does not match, so it does not stop */
    assert_int_equal(rules_judge(rules, 3, &high).acks, 5);
    rules[0].acks = ACKS_EACH;
    assert_int_equal(rules_judge(rules, 3, &high).acks, ACKS_EACH);
    rules[0].acks = 6, rules[2].acks = ACKS_EACH;
    assert_int_equal(rules_judge(rules, 3, &high).acks, ACKS_EACH);
}

static void test_rules_are_quiet_when_all_that_ask_are(void **state)
{
    const struct quiet night = {.count = 1, .windows = {{100, 200}}, .priority = 9};
    struct rule rules[2] = {any_rule, any_rule};
    struct call c = plain_call;

    (void)state;
    rules[0].quiet = night;
    rules[1].channels = CHANNEL_SMS;
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 99), 99);
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 100), 200);
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 199), 200);
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 200), 200);
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_SMS, 150), 150);
    c.priority = 9;
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 150), 150);
    c.priority = 1, c.life_safety = true;
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 150), 150);
    c = plain_call, c.priority = -1; /* not known: no reason to wake anybody */
    assert_int_equal(rules_quiet_until(rules, 2, &c, CHANNEL_EMAIL, 150), 200);
    assert_int_equal(quiet_next(&night, 99), 100);
    assert_true(quiet_next(&night, 100) == INT64_MAX);
}

static void test_backfill_matches_no_rule(void **state)
{
    struct call c = plain_call;

    (void)state;
    c.mode = CALL_BACKFILL;
    assert_false(rule_matches(&any_rule, &c));
}

static void test_sealed_calls_need_a_sealed_rule_and_it_takes_no_others(void **state)
{
    struct rule sealed = any_rule;
    struct call c = plain_call;

    (void)state;
    sealed.sealed = true;
    assert_false(rule_matches(&sealed, &c));
    c.sensitivity = FACTS_RESTRICTED;
    assert_true(rule_matches(&any_rule, &c));
    c.sensitivity = FACTS_SEALED;
    assert_false(rule_matches(&any_rule, &c));
    assert_true(rule_matches(&sealed, &c));
    assert_false(contact_may_hear(&(struct contact){.sealed = false}, FACTS_SEALED));
    assert_true(contact_may_hear(&(struct contact){.sealed = true}, FACTS_SEALED));
}

static void test_rules_that_match_add_up(void **state)
{
    struct rule rules[3] = {any_rule, any_rule, any_rule};

    (void)state;
    rules[0].rule_id = 1, rules[0].min_priority = 9;
    rules[1].rule_id = 2, rules[1].channels = CHANNEL_EMAIL, rules[1].escalate_s = 600;
    rules[2].rule_id = 3, rules[2].channels = CHANNEL_SMS, rules[2].escalate_s = 60;
    struct verdict v = rules_judge(rules, 3, &plain_call);
    assert_true(v.matched);
    assert_int_equal(v.rule_id, 2);
    assert_int_equal(v.channels, BOTH);
    assert_int_equal(v.escalate_s, 60);
    assert_false(rules_judge(rules, 1, &plain_call).matched);
}

static void test_a_call_that_may_cost_a_life_is_worse_than_one_of_a_high_priority(void **state)
{
    struct rule rule = any_rule;
    struct call c = plain_call;

    (void)state;
    rule.again_priority = 9;
    assert_int_equal(rules_severity(&rule, 1, &c, 0), 0);
    c.priority = 9;
    int high = rules_severity(&rule, 1, &c, 0);
    assert_true(high > 0);
    rule.again_priority = 10;
    assert_int_equal(rules_severity(&rule, 1, &c, 0), 0);
    c.life_safety = true, c.class_rank = 4, c.priority = 1;
    int medical = rules_severity(&rule, 1, &c, 0);
    c.class_rank = 1;
    assert_true(medical > high && rules_severity(&rule, 1, &c, 0) > medical);
}

static void test_without_a_rule_a_call_is_as_bad_as_it_was(void **state)
{
    const struct rule rule = any_rule;
    struct call c = plain_call;

    (void)state;
    c.district_id = 2, c.priority = 9;
    assert_int_equal(rules_severity(&rule, 1, &c, 0), 0);
    assert_int_equal(rules_severity(&rule, 1, &c, 50), 50);
    assert_int_equal(rules_severity(&rule, 1, &c, 199), 50); /* nobody's life, any more */
    c.life_safety = true, c.class_rank = 2;
    assert_int_equal(rules_severity(&rule, 1, &c, 0), 198);
}

static void test_waits_grow_with_the_square_until_it_is_too_late(void **state)
{
    const struct retry_policy policy = {.base_s = 10, .most_s = 900, .give_up_s = 3600};

    (void)state;
    assert_int_equal(retry_wait_ms(&policy, 1, 0, 500), 10000);
    assert_int_equal(retry_wait_ms(&policy, 2, 0, 500), 40000);
    assert_int_equal(retry_wait_ms(&policy, 3, 0, 500), 90000);
    assert_int_equal(retry_wait_ms(&policy, 1000, 0, 500), 900000);
    assert_int_equal(retry_wait_ms(&policy, 1, 0, 0), 8000);
    assert_in_range(retry_wait_ms(&policy, 1, 0, 999), 11990, 12000);
    assert_true(retry_wait_ms(&policy, 1, 3591, 500) < 0);
    assert_true(retry_wait_ms(&policy, 1, 3590, 500) > 0);
}

static void test_token_is_16_letters_and_its_digest_is_keyed(void **state)
{
    const struct link_key one_key = {.is_set = true, .octets = "one"},
                          other_key = {.is_set = true, .octets = "other"};
    struct token one, two;
    char again[LINK_HASH_TEXT], other[LINK_HASH_TEXT];

    (void)state;
    assert_true(sodium_init() >= 0);
    token_make(&one, &one_key);
    token_make(&two, &one_key);
    assert_int_equal(strlen(one.text), 16);
    assert_string_not_equal(one.text, two.text);
    link_hash(&one_key, one.text, again);
    assert_string_equal(again, one.hash);
    link_hash(&other_key, one.text, other);
    assert_string_not_equal(other, one.hash);
    link_hash(NULL, one.text, other);
    assert_string_not_equal(other, one.hash);
    link_hash(&(struct link_key){.is_set = false}, "abc", again); /* b2sum -l 256 */
    assert_string_equal(again,
                        "\\xbddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void test_token_is_one_word_wherever_it_stands_in_a_text(void **state)
{
    char text[LINK_TOKEN_TEXT];
    bool seen[256] = {false};
    size_t different = 0;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        link_token_make(text);
        assert_int_equal(strlen(text), LINK_TOKEN_TEXT - 1);
        for (const char *at = text; *at; at++) {
            assert_true(isalnum((unsigned char)*at));
            different += !seen[(unsigned char)*at];
            seen[(unsigned char)*at] = true;
        }
    }
    assert_int_equal(different, 62);
}

static void test_marks_tell_link_keys_apart(void **state)
{
    const struct link_key keys[LINK_KEYS_MOST] = {{.is_set = true, .octets = "one"},
                                                  {.is_set = true, .octets = "other"}};
    char marks[LINK_MARKS_TEXT];

    (void)state;
    link_key_marks(keys, LINK_KEYS_MOST, true, marks);
    assert_int_equal(strlen(marks), LINK_MARKS_TEXT - 1);
    assert_string_equal(marks + strlen(marks) - 6, ",none}");
    assert_memory_not_equal(marks + 1, marks + 18, 16);
    link_key_marks(&(struct link_key){.is_set = false}, 1, false, marks);
    assert_string_equal(marks, "{none}");
}

static void test_content_survives_its_json(void **state)
{
    struct content in = {.now = {.status = FACTS_CLOSED,
                                 .sensitivity = FACTS_RESTRICTED,
                                 .class = "weapon",
                                 .type = "SHOOT",
                                 .relation = "near",
                                 .place = "abc",
                                 .units = 3,
                                 .coming = 2,
                                 .sent = 1,
                                 .unit_state = FACTS_ON_SCENE,
                                 .closed_at = 99},
                         .first = {.class = "alarm"},
                         .was = {.class = "alarm"},
                         .has_was = true,
                         .opened = 1234567890,
                         .late_s = 60};
    struct content out;
    char *json = content_encode(&in);

    (void)state;
    assert_int_equal(content_decode(json, &out), 0);
    free(json);
    assert_int_equal(facts_changed(&in.now, &out.now), 0);
    assert_int_equal(out.now.units, 3);
    assert_int_equal(out.now.coming, 2);
    assert_int_equal(out.now.sent, 1);
    assert_int_equal(out.now.unit_state, FACTS_ON_SCENE);
    assert_int_equal(out.now.closed_at, 99);
    assert_int_equal(out.opened, 1234567890);
    assert_true(out.has_was);
    assert_string_equal(out.was.class, "alarm");
    assert_int_equal(content_decode("", &out), ERR_SYNTAX);
    assert_int_equal(content_decode("{\"now\":{}}", &out), ERR_SYNTAX);
    assert_int_equal(facts_sensitivity_of("something new"), FACTS_SEALED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_condition_of_a_rule_can_refuse),
        cmocka_unit_test(test_an_empty_list_of_schools_matches_none),
        cmocka_unit_test(test_where_what_and_on_which_day_can_refuse),
        cmocka_unit_test(test_a_rule_that_stops_is_the_last_that_counts),
        cmocka_unit_test(test_rules_are_quiet_when_all_that_ask_are),
        cmocka_unit_test(test_backfill_matches_no_rule),
        cmocka_unit_test(test_sealed_calls_need_a_sealed_rule_and_it_takes_no_others),
        cmocka_unit_test(test_rules_that_match_add_up),
        cmocka_unit_test(test_a_call_that_may_cost_a_life_is_worse_than_one_of_a_high_priority),
        cmocka_unit_test(test_without_a_rule_a_call_is_as_bad_as_it_was),
        cmocka_unit_test(test_waits_grow_with_the_square_until_it_is_too_late),
        cmocka_unit_test(test_token_is_16_letters_and_its_digest_is_keyed),
        cmocka_unit_test(test_token_is_one_word_wherever_it_stands_in_a_text),
        cmocka_unit_test(test_marks_tell_link_keys_apart),
        cmocka_unit_test(test_content_survives_its_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
