/* Which of a channel's two providers takes which messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/notify/channel/route.h"

static const struct route_state well = {.up = true, .arrives = true};
static const struct route_state full = {.up = true, .arrives = true, .full = true};
static const struct route_state down = {.arrives = true, .full = true};
static const struct route_state losing = {.up = true};
static const struct route_state silent = {.up = true, .arrives = true, .silent = true};

struct shares {
    enum route_share first, second;
};

static void check(const struct route_state *first, const struct route_state *second,
                  struct shares expected)
{
    const struct route_state one = *first, other = *second;

    assert_int_equal(route_share(&one, &other, true), expected.first);
    assert_int_equal(route_share(&other, &one, false), expected.second);
}

static void test_a_provider_without_another_takes_all(void **state)
{
    const struct route_state *const states[] = {&well, &full, &down, &losing, &silent};

    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        assert_int_equal(route_share(states[i], NULL, true), ROUTE_ALL);
}

static void test_the_first_carries_while_it_is_well(void **state)
{
    (void)state;
    check(&well, &well, (struct shares){ROUTE_ALL, ROUTE_ASK});
    check(&well, &down, (struct shares){ROUTE_ALL, ROUTE_PROBE});
    check(&well, &losing, (struct shares){ROUTE_ALL, ROUTE_ASK});
    check(&well, &silent, (struct shares){ROUTE_ALL, ROUTE_ASK});
}

static void test_what_is_urgent_overflows_to_the_second(void **state)
{
    (void)state;
    check(&full, &well, (struct shares){ROUTE_ALL, ROUTE_SPARE});
    check(&full, &down, (struct shares){ROUTE_ALL, ROUTE_PROBE});
    check(&full, &silent, (struct shares){ROUTE_ALL, ROUTE_ASK});
}

static void test_the_second_carries_while_the_first_is_not_well(void **state)
{
    (void)state;
    check(&down, &well, (struct shares){ROUTE_PROBE, ROUTE_ALL});
    check(&losing, &well, (struct shares){ROUTE_PROBE, ROUTE_ALL});
    check(&silent, &well, (struct shares){ROUTE_ASK, ROUTE_ALL});
    check(&down, &full, (struct shares){ROUTE_PROBE, ROUTE_ALL});
}

static void test_of_two_that_are_not_well_one_that_is_up_carries(void **state)
{
    (void)state;
    check(&losing, &down, (struct shares){ROUTE_ALL, ROUTE_PROBE});
    check(&losing, &losing, (struct shares){ROUTE_ALL, ROUTE_ASK});
    check(&silent, &losing, (struct shares){ROUTE_ALL, ROUTE_ASK});
    check(&down, &losing, (struct shares){ROUTE_PROBE, ROUTE_ALL});
    check(&down, &silent, (struct shares){ROUTE_PROBE, ROUTE_ALL});
}

static void test_of_two_that_are_down_both_are_tried(void **state)
{
    (void)state;
    check(&down, &down, (struct shares){ROUTE_ALL, ROUTE_ALL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_provider_without_another_takes_all),
        cmocka_unit_test(test_the_first_carries_while_it_is_well),
        cmocka_unit_test(test_what_is_urgent_overflows_to_the_second),
        cmocka_unit_test(test_the_second_carries_while_the_first_is_not_well),
        cmocka_unit_test(test_of_two_that_are_not_well_one_that_is_up_carries),
        cmocka_unit_test(test_of_two_that_are_down_both_are_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
