/* Quiet hours in reconciliation: who waits, until when, and who is told all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reconcile_plain.h"

static const struct quiet night = {.count = 1, .windows = {{900 * S, 5000 * S}}, .priority = 9};

static void test_who_is_quiet_waits_and_takes_no_time_from_the_next_step(void **state)
{
    const struct contact people[] = {
        {.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL, .quiet = night},
        {.contact_id = 2, .step = 2, .channels = CHANNEL_EMAIL},
        {.contact_id = 3, .step = 3, .channels = CHANNEL_EMAIL}};
    struct reconcile_input in = plain_input(people, 3);
    struct plan plan;

    (void)state;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 5000 * S);
    assert_true(wish_of(&plan, 1, &email_channel)->held);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 1000 * S);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1300 * S);
    plan_free(&plan);

    in.call.priority = 9;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 1300 * S);
    plan_free(&plan);

    in.call.priority = 5, in.call.mode = CALL_REPLAY; /* goes to the sandbox alone */
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    plan_free(&plan);
}

static void test_a_quiet_rule_holds_all_steps_back_and_they_stay_apart(void **state)
{
    const struct contact people[] = {{.contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL},
                                     {.contact_id = 2, .step = 2, .channels = CHANNEL_EMAIL}};
    struct reconcile_input in = plain_input(people, 2);
    struct rule rule = any_rule;
    struct plan plan;

    (void)state;
    rule.quiet = night;
    in.rules = &rule;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 5000 * S);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 5300 * S);
    plan_free(&plan);

    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    told.said = in.now;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &told, in.telling_count = 1, in.now_us = 5010 * S;
    reconcile(&in, &plan); /* when the first was told, the second is due as before */
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 5300 * S);
    plan_free(&plan);
}

static void test_what_waits_when_quiet_hours_begin_is_held_from_then_on(void **state)
{
    const struct contact pat = {
        .contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL, .quiet = night};
    struct reconcile_input in = plain_input(&pat, 1);
    struct plan plan;

    (void)state;
    in.now_us = 890 * S;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 890 * S);
    assert_false(wish_of(&plan, 1, &email_channel)->held);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->quiet_us, 900 * S);
    plan_free(&plan);
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 890 * S};
    in.now_us = 900 * S;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 5000 * S);
    assert_true(wish_of(&plan, 1, &email_channel)->held);
    plan_free(&plan);
}

static void test_who_was_woken_for_something_serious_hears_that_it_is_over(void **state)
{
    const struct contact pat = {
        .contact_id = 1, .step = 1, .channels = CHANNEL_EMAIL, .quiet = night};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    told.said = in.now;
    in.now.status = FACTS_CANCELLED;
    in.tellings = &told, in.telling_count = 1;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 950 * S};
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 5000 * S);
    plan_free(&plan);
    told.said.severity = 100;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_quiet_waits_and_takes_no_time_from_the_next_step),
        cmocka_unit_test(test_a_quiet_rule_holds_all_steps_back_and_they_stay_apart),
        cmocka_unit_test(test_what_waits_when_quiet_hours_begin_is_held_from_then_on),
        cmocka_unit_test(test_who_was_woken_for_something_serious_hears_that_it_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
