/*
 * Reconciliation: single decisions. test_notify_simulation.c changes everything at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile_plain.h"

static void test_steps_are_due_one_after_the_other_and_empty_ones_take_no_time(void **state)
{
    const struct contact people[] = {
        {.contact_id = 1, .step = 2, .channels = 0}, /* cannot be reached */
        {.contact_id = 2, .step = 3, .channels = BOTH},
        {.contact_id = 3, .step = 7, .channels = CHANNEL_EMAIL},
    };
    struct reconcile_input in = plain_input(people, 3);
    struct plan plan;

    (void)state;
    assert_int_equal(reconcile(&in, &plan), 0);
    assert_int_equal(plan.act, PLAN_OPEN);
    assert_int_equal(plan.wish_count, 3);
    const struct wish *first = wish_of(&plan, 2, &sms_channel);
    const struct wish *next = wish_of(&plan, 3, &email_channel);
    assert_int_equal(first->step, 1);
    assert_int_equal(first->due_us, 1000 * S);
    assert_int_equal(next->step, 2);
    assert_int_equal(next->due_us, 1300 * S);
    plan_free(&plan);

    const struct telling failed[] = {
        {.contact_id = 2, .channel = &email_channel, .failed = true},
        {.contact_id = 2, .channel = &sms_channel, .failed = true},
    };
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.now_us = 1010 * S;
    in.tellings = failed, in.telling_count = 2;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1010 * S);
    plan_free(&plan);
}

static void test_a_step_that_failed_before_its_time_takes_none(void **state)
{
    const struct contact people[] = {
        {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL},
        {.contact_id = 2, .step = 2, .channels = CHANNEL_EMAIL},
        {.contact_id = 3, .step = 3, .channels = CHANNEL_EMAIL},
    };
    const struct telling failed = {.contact_id = 2, .channel = &email_channel, .failed = true};
    struct reconcile_input in = plain_input(people, 3);
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.now_us = 1010 * S;
    in.tellings = &failed, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_null(wish_of(&plan, 2, &email_channel));
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1010 * S);
    plan_free(&plan);
}

static void test_a_person_of_several_rows_is_asked_once(void **state)
{
    struct contact people[] = {
        {.contact_id = 1, .person_id = 11, .step = 1, .channels = CHANNEL_EMAIL},
        {.contact_id = 2, .person_id = 11, .step = 1, .channels = CHANNEL_EMAIL},
        {.contact_id = 3, .person_id = 11, .step = 2, .channels = CHANNEL_EMAIL},
        {.contact_id = 4, .person_id = 14, .step = 3, .channels = CHANNEL_EMAIL},
    };
    struct reconcile_input in = plain_input(people, 4);
    const struct telling told = {
        .contact_id = 3, .channel = &email_channel, .told = true, .said = in.now, .round = 1};
    struct plan plan;

    (void)state;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    assert_int_equal(wish_of(&plan, 4, &email_channel)->due_us, 1300 * S);
    assert_int_equal(wish_of(&plan, 4, &email_channel)->step, 2);
    plan_free(&plan);

    people[2].channels = BOTH; /* by text not yet */
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 3, &sms_channel)->due_us, 1300 * S);
    assert_null(wish_of(&plan, 3, &email_channel));
    plan_free(&plan);

    people[2].channels = CHANNEL_EMAIL; /* a row was told, and others came in steps before it */
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &told, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_non_null(wish_of(&plan, 4, &email_channel));
    plan_free(&plan);

    in.telling_count = 0, in.alert.exists = false; /* which may hear of it is asked */
    people[0].sealed = false, people[2].sealed = people[3].sealed = true;
    in.now.sensitivity = in.call.sensitivity = FACTS_SEALED;
    struct rule sealed = any_rule;
    sealed.sealed = true, in.rules = &sealed;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1000 * S);
    plan_free(&plan);
}

static void test_a_hand_over_in_vain_asks_the_next_step_at_once_and_no_other(void **state)
{
    const struct contact people[] = {
        {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL},
        {.contact_id = 2, .step = 2, .channels = CHANNEL_EMAIL},
        {.contact_id = 3, .step = 3, .channels = CHANNEL_EMAIL},
    };
    struct reconcile_input in = plain_input(people, 3);
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.alert.lost = 1, in.alert.lost_us = 1010 * S;
    in.now_us = 1020 * S;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 1020 * S);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1310 * S);
    plan_free(&plan);

    in.alert.lost = 2;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1020 * S);
    plan_free(&plan);

    in.alert.lost_us = 1700 * S; /* both had their time before */
    in.now_us = 1700 * S;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 3);
    plan_free(&plan);
}

static void test_a_call_that_never_was_or_has_nobody_opens_no_alert(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct plan plan;

    (void)state;
    in.now.status = FACTS_ERROR;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
    in.now.status = FACTS_OPEN, in.contact_count = 0;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOBODY);
    plan_free(&plan);
    in.call.mode = CALL_BACKFILL;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
}

static void test_follow_ups_go_by_the_channels_that_have_news(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told[] = {{.contact_id = 1, .channel = &email_channel, .told = true, .round = 1},
                             {.contact_id = 1, .channel = &sms_channel, .told = true, .round = 1}};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 900 * S};
    in.tellings = told, in.telling_count = 2;
    told[0].said = told[1].said = in.now;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_UPDATE);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);

    strcpy(in.now.place, "q"); /* a street, which a text message leaves out */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_UPDATE);
    plan_free(&plan);

    in.now.status = FACTS_CLOSED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_CLOSED);
    assert_string_equal(plan.state, "closed");
    plan_free(&plan);

    in.now.status = FACTS_ELSEWHERE;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &sms_channel)->kind, MESSAGE_CORRECTION);
    plan_free(&plan);

    in.now.sensitivity = in.call.sensitivity = FACTS_SEALED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &sms_channel)->kind, MESSAGE_WITHDRAWN);
    plan_free(&plan);
}

static void test_rules_for_material_changes_leave_out_updates_alone(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL};
    struct reconcile_input in = plain_input(&pat, 1);
    struct rule rules[2] = {any_rule, any_rule};
    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    rules[0].material = rules[1].material = true;
    in.rules = rules, in.rule_count = 2;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 900 * S};
    told.said = in.now;
    in.tellings = &told, in.telling_count = 1;
    strcpy(in.now.place, "q");
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);

    strcpy(told.said.folded_by, "3"); /* that it is so no more is no mere update */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    plan_free(&plan);
    told.said.folded_by[0] = '\0';

    in.now.severity = 11;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    plan_free(&plan);
    in.now.severity = 0;

    rules[1].material = false;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_UPDATE);
    plan_free(&plan);
    rules[1].material = true;

    in.now.status = FACTS_CLOSED;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_CLOSED);
    plan_free(&plan);
    in.now.status = FACTS_ERROR;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_CORRECTION);
    plan_free(&plan);
}

static bool waits_for_digest(const struct reconcile_input *in)
{
    struct plan plan;

    reconcile(in, &plan);
    bool waits = plan.act == PLAN_OPEN && plan.digest;
    plan_free(&plan);
    return waits;
}

static void test_a_call_waits_for_the_digest_if_no_rule_tells_it_at_once(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL};
    struct reconcile_input in = plain_input(&pat, 1);
    struct rule rules[2] = {any_rule, any_rule};

    (void)state;
    rules[0].digest = rules[1].digest = true;
    in.rules = rules, in.rule_count = 2;
    assert_true(waits_for_digest(&in));
    in.contact_count = 0; /* there may be somebody when it is told */
    assert_true(waits_for_digest(&in));
    in.contact_count = 1;

    in.now.severity = 50;
    assert_false(waits_for_digest(&in));
    in.now.severity = 0;
    rules[1].digest = false;
    assert_false(waits_for_digest(&in));
    rules[1].digest = true;
    in.call.mode = CALL_REPLAY;
    assert_false(waits_for_digest(&in));
    in.call.mode = CALL_LIVE;
    in.now.status = FACTS_CANCELLED;
    assert_false(waits_for_digest(&in));
    in.now.status = FACTS_OPEN;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 900 * S};
    assert_false(waits_for_digest(&in));
}

static void test_a_worse_call_asks_anew_and_a_lesser_one_does_not(void **state)
{
    const struct contact people[] = {{.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL},
                                     {.contact_id = 2, .step = 2, .channels = CHANNEL_EMAIL}};
    struct reconcile_input in = plain_input(people, 2);
    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    told.said = in.now;
    in.tellings = &told, in.telling_count = 1;
    in.alert = (struct known_alert){
        .exists = true, .round = 1, .acknowledged = true, .asked_us = 500 * S, .severity = 10};
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    assert_false(plan.new_round);
    plan_free(&plan);

    in.now.severity = 11;
    reconcile(&in, &plan);
    assert_true(plan.new_round);
    assert_string_equal(plan.state, "open");
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_UPDATE);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->lane, LANE_URGENT);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 1300 * S);
    plan_free(&plan);

    in.rule_count = 0; /* nobody would be asked */
    reconcile(&in, &plan);
    assert_false(plan.new_round);
    assert_string_equal(plan.state, "acknowledged");
    assert_int_equal(plan.severity, 10); /* a rule that matches again asks */
    plan_free(&plan);
}

static void test_replay_does_not_touch_the_alert_of_a_real_call(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1};
    in.call.mode = CALL_REPLAY;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
    in.alert.replay = true;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_UPDATE);
    assert_int_equal(wish_of(&plan, 1, &sms_channel)->lane, LANE_LAST);
    plan_free(&plan);
}

static void test_what_failed_for_good_is_not_tried_again_unless_it_says_more(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &told, in.telling_count = 1;
    told.said = in.now;
    /* The repetition of a message with an unknown end. */
    told.unknown = true, told.failed = true, told.tried = told.said;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    /* An update. */
    told.unknown = false;
    snprintf(in.now.class, sizeof in.now.class, "alarm");
    told.tried = in.now;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    /* It was never composed. */
    told.tried.status = FACTS_STATUSES;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    told.tried = in.now;
    in.now.status = FACTS_CANCELLED;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_CORRECTION);
    plan_free(&plan);
    /* That the alert is withdrawn. */
    in.contact_count = 0, in.now.status = FACTS_OPEN;
    told.tried.status = FACTS_WITHDRAWN;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
}

static void test_whom_the_rules_channels_do_not_reach_is_asked_by_the_others(void **state)
{
    struct rule texts = any_rule;
    struct contact people[] = {{.contact_id = 1, .step = 1, .channels = BOTH},
                               {.contact_id = 2, .step = 2, .channels = BOTH}};
    const struct telling failed = {.contact_id = 1, .channel = &sms_channel, .failed = true};
    struct reconcile_input in = plain_input(people, 2);
    struct plan plan;

    (void)state;
    texts.channels = CHANNEL_SMS;
    in.rules = &texts;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &failed, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    assert_int_equal(wish_of(&plan, 2, &sms_channel)->due_us, 1300 * S);
    plan_free(&plan);

    in.telling_count = 0;
    people[0].channels = CHANNEL_EMAIL, people[0].opted_out = CHANNEL_SMS;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    plan_free(&plan);

    people[0].channels = 0; /* and no mail: the next step hears at once */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 2, &sms_channel)->due_us, 1000 * S);
    plan_free(&plan);

    people[0].channels = CHANNEL_EMAIL, people[0].opted_out = 0; /* who never had a number */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    plan_free(&plan);
}

static void test_who_wants_no_more_texts_gets_no_update_by_text(void **state)
{
    struct contact pat = {
        .contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL, .opted_out = CHANNEL_SMS};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told = {.contact_id = 1, .channel = &sms_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &told, in.telling_count = 1;
    told.said = in.now;
    in.now.status = FACTS_CANCELLED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    in.now.status = FACTS_OPEN, in.now.sensitivity = FACTS_SEALED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
}

static struct telling told_of(int contact_id, const struct facts *said)
{
    return (struct telling){.contact_id = contact_id,
                            .channel = &email_channel,
                            .told = true,
                            .said = *said,
                            .round = 1};
}

static const struct hand_over handed = {.contact_id = 3, .number = 7};

static void test_who_has_it_is_told_to_all_but_who_did_it(void **state)
{
    const struct contact people[] = {
        {.contact_id = 1, .person_id = 11, .step = 1, .channels = BOTH},
        {.contact_id = 2, .person_id = 12, .step = 1, .channels = BOTH},
        {.contact_id = 3, .person_id = 13, .step = 4, .channels = CHANNEL_EMAIL},
    };
    struct reconcile_input in = plain_input(people, 3);
    const struct telling told[] = {told_of(1, &in.now), told_of(2, &in.now)};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){
        .exists = true, .round = 1, .asked_us = 1000 * S, .acknowledged = true, .acted_by = 11};
    in.tellings = told, in.telling_count = 2;
    strcpy(in.now.holders, "one");
    in.now.held = true;
    reconcile(&in, &plan);
    assert_null(wish_of(&plan, 1, &email_channel));
    assert_int_equal(wish_of(&plan, 2, &email_channel)->kind, MESSAGE_UPDATE);
    assert_null(wish_of(&plan, 3, &email_channel));
    plan_free(&plan);
    in.now.holders[0] = '\0', in.now.held = false;
    in.alert.acknowledged = false, in.alert.handed = &handed, in.alert.handed_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, in.now_us);
    plan_free(&plan);
}

static void test_to_whom_it_is_handed_is_asked_by_any_channel_if_need_be(void **state)
{
    struct contact sam = {.contact_id = 3, .person_id = 13, .step = 4, .channels = CHANNEL_EMAIL};
    struct reconcile_input in = plain_input(&sam, 1);
    const struct telling failed = {
        .contact_id = 3, .channel = &sms_channel, .failed = true, .tried = in.now};
    struct telling told = told_of(3, &in.now);
    struct rule texts = any_rule;
    struct plan plan;

    (void)state;
    texts.channels = CHANNEL_SMS | CHANNEL_WEBHOOK;
    in.rules = &texts, in.available = BOTH | CHANNEL_WEBHOOK;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 900 * S};
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0); /* the rule has no mail */
    plan_free(&plan);
    in.alert.handed = &handed, in.alert.handed_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, in.now_us);
    plan_free(&plan);

    sam.channels = CHANNEL_EMAIL | CHANNEL_WEBHOOK; /* a webhook alone asks no person */
    reconcile(&in, &plan);
    assert_non_null(wish_of(&plan, 3, &email_channel));
    plan_free(&plan);
    sam.channels = BOTH;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_non_null(wish_of(&plan, 3, &sms_channel));
    plan_free(&plan);
    in.tellings = &failed, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_non_null(wish_of(&plan, 3, &email_channel));
    plan_free(&plan);

    in.telling_count = 0, sam.channels = CHANNEL_EMAIL;
    texts.min_priority = 10; /* no rule matches any more */
    reconcile(&in, &plan);
    assert_non_null(wish_of(&plan, 3, &email_channel));
    plan_free(&plan);
    texts = any_rule, texts.material = true; /* that it is handed over is no mere update */
    in.tellings = &told, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->kind, MESSAGE_UPDATE);
    plan_free(&plan);
}

static void test_a_new_round_takes_back_who_has_it(void **state)
{
    const struct contact pat = {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL};
    struct reconcile_input in = plain_input(&pat, 1);
    struct rule rule = any_rule;
    struct plan plan;

    (void)state;
    strcpy(in.now.holders, "one");
    in.now.held = true;
    const struct telling told = told_of(1, &in.now);
    in.tellings = &told, in.telling_count = 1;
    in.alert =
        (struct known_alert){.exists = true, .round = 1, .acknowledged = true, .closed = true};
    rule.min_priority = 10; /* nobody is asked again, and the holder is none of the new round */
    in.rules = &rule;
    reconcile(&in, &plan);
    assert_true(plan.new_round);
    assert_non_null(wish_of(&plan, 1, &email_channel));
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_due_one_after_the_other_and_empty_ones_take_no_time),
        cmocka_unit_test(test_a_step_that_failed_before_its_time_takes_none),
        cmocka_unit_test(test_a_person_of_several_rows_is_asked_once),
        cmocka_unit_test(test_a_hand_over_in_vain_asks_the_next_step_at_once_and_no_other),
        cmocka_unit_test(test_a_call_that_never_was_or_has_nobody_opens_no_alert),
        cmocka_unit_test(test_follow_ups_go_by_the_channels_that_have_news),
        cmocka_unit_test(test_rules_for_material_changes_leave_out_updates_alone),
        cmocka_unit_test(test_a_call_waits_for_the_digest_if_no_rule_tells_it_at_once),
        cmocka_unit_test(test_a_worse_call_asks_anew_and_a_lesser_one_does_not),
        cmocka_unit_test(test_replay_does_not_touch_the_alert_of_a_real_call),
        cmocka_unit_test(test_what_failed_for_good_is_not_tried_again_unless_it_says_more),
        cmocka_unit_test(test_whom_the_rules_channels_do_not_reach_is_asked_by_the_others),
        cmocka_unit_test(test_who_wants_no_more_texts_gets_no_update_by_text),
        cmocka_unit_test(test_who_has_it_is_told_to_all_but_who_did_it),
        cmocka_unit_test(test_to_whom_it_is_handed_is_asked_by_any_channel_if_need_be),
        cmocka_unit_test(test_a_new_round_takes_back_who_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
