/* Drills: to whom the message goes, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/notify/channel/email.h"
#include "services/notify/channel/sms.h"
#include "services/notify/decide/drill.h"

enum { BOTH = CHANNEL_EMAIL | CHANNEL_SMS };

static const struct contact contacts[] = {
    {.contact_id = 1, .step = 1, .channels = BOTH},
    {.contact_id = 2,
     .step = 2,
     .channels = CHANNEL_EMAIL,
     .quiet = {.count = 1, .windows = {{.from_us = 50, .to_us = 200}}}},
    {.contact_id = 3, .step = 2},
};

static struct drill_input input(void)
{
    return (struct drill_input){
        .contacts = contacts, .contact_count = 3, .available = BOTH, .now_us = 100};
}

static void test_it_goes_once_to_each_by_each_channel_after_all_else(void **state)
{
    struct drill_input in = input();
    struct plan plan;

    (void)state;
    assert_int_equal(drill_plan(&in, &plan), 0);
    assert_int_equal(plan.act, PLAN_OPEN);
    assert_string_equal(plan.state, "closed");
    assert_int_equal(plan.wish_count, 3);
    for (size_t i = 0; i < plan.wish_count; i++)
        assert_int_equal(plan.wishes[i].lane, LANE_DRILL);
    assert_int_equal(plan.wishes[0].due_us, 100);
    assert_int_equal(plan.wishes[2].step, 2);
    plan_free(&plan);
}

static void test_quiet_hours_hold_it(void **state)
{
    struct drill_input in = input();
    struct plan plan;

    (void)state;
    assert_int_equal(drill_plan(&in, &plan), 0);
    assert_int_equal(plan.wishes[2].due_us, 200);
    assert_true(plan.wishes[2].held);
    assert_false(plan.wishes[0].held);
    plan_free(&plan);
}

static void test_later_looks_keep_what_waits_and_add_nothing(void **state)
{
    const struct drill_waiting waiting[] = {{1, &sms_channel}, {9, &email_channel}};
    struct drill_input in = input();
    struct plan plan;

    (void)state;
    in.exists = true;
    in.waiting = waiting;
    in.waiting_count = 2;
    assert_int_equal(drill_plan(&in, &plan), 0);
    assert_int_equal(plan.act, PLAN_UPDATE);
    assert_int_equal(plan.wish_count, 1);
    assert_ptr_equal(plan.wishes[0].channel, &sms_channel);
    plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_goes_once_to_each_by_each_channel_after_all_else),
        cmocka_unit_test(test_quiet_hours_hold_it),
        cmocka_unit_test(test_later_looks_keep_what_waits_and_add_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
