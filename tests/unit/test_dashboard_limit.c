/* Rate limits by address, and which schools a person sees. */
#include "clock.h"
#include "limit.h"
#include "services/dashboard/host/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int64_t now_us;

static int64_t clock_set(void)
{
    return now_us;
}

static int set_clock(void **state)
{
    (void)state;
    now_us = 1000000;
    clock_inject(clock_set, clock_set);
    return 0;
}

static int free_clock(void **state)
{
    (void)state;
    clock_inject(NULL, NULL);
    return 0;
}

static void test_a_burst_is_let_through_and_then_paced(void **state)
{
    struct limit *limit = limit_new(2, 5);
    int wait_s = 0;
    (void)state;

    for (int i = 0; i < 5; i++)
        assert_true(limit_take(limit, "10.0.0.1", &wait_s));
    assert_false(limit_take(limit, "10.0.0.1", &wait_s));
    assert_int_equal(wait_s, 1);
    assert_true(limit_take(limit, "10.0.0.2", &wait_s));
    now_us += 500000;
    assert_true(limit_take(limit, "10.0.0.1", &wait_s));
    assert_false(limit_take(limit, "10.0.0.1", &wait_s));
    now_us += 3600 * INT64_C(1000000);
    for (int i = 0; i < 5; i++)
        assert_true(limit_take(limit, "10.0.0.1", &wait_s));
    assert_false(limit_take(limit, "10.0.0.1", &wait_s));
    limit_free(limit);
}

static void test_many_addresses_need_no_more_memory(void **state)
{
    struct limit *limit = limit_new(1, 1);
    char address[32];
    int wait_s = 0;
    (void)state;

    for (int i = 0; i < 20000; i++) {
        now_us += 10;
        snprintf(address, sizeof address, "10.%d.%d.%d", i >> 16, (i >> 8) & 255, i & 255);
        assert_true(limit_take(limit, address, &wait_s));
    }
    assert_false(limit_take(limit, address, &wait_s)); /* the newest is still in the table */
    limit_free(limit);
    limit_free(NULL);
}

static void test_the_whole_district_is_no_list_of_schools(void **state)
{
    struct person person = {.schools = "{3,17}"};
    struct person director = {.whole_district = true};
    (void)state;

    assert_null(person_scope(&director));
    assert_string_equal(person_scope(&person), "{3,17}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_burst_is_let_through_and_then_paced, set_clock,
                                        free_clock),
        cmocka_unit_test_setup_teardown(test_many_addresses_need_no_more_memory, set_clock,
                                        free_clock),
        cmocka_unit_test(test_the_whole_district_is_no_list_of_schools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
