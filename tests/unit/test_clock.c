/*
 * Clocks: the wall clock can be shifted and both can be replaced; the monotonic one never goes
 * back.
 */
#include "clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

enum { OFFSET_S = -86400 };

static int64_t seven(void)
{
    return 7;
}

static int64_t nine(void)
{
    return 9;
}

static int64_t system_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void test_the_wall_clock_is_shifted_by_the_environment(void **state)
{
    (void)state;
    int64_t before = system_us(), told = clock_wall_us(), after = system_us();
    assert_true(told >= before + OFFSET_S * 1000000LL);
    assert_true(told <= after + OFFSET_S * 1000000LL);
}

static void test_the_monotonic_clock_never_goes_back(void **state)
{
    int64_t last = clock_mono_us();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t now = clock_mono_us();
        assert_true(now >= last);
        last = now;
    }
}

static void test_the_monotonic_clock_is_not_shifted(void **state)
{
    struct timespec now;

    (void)state;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t told = clock_mono_us() - ((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    assert_true(told >= 0 && told < 60 * 1000000LL);
}

static void test_each_clock_can_be_replaced_and_given_back(void **state)
{
    (void)state;
    clock_inject(seven, nine);
    assert_int_equal(clock_wall_us(), 7);
    assert_int_equal(clock_mono_us(), 9);
    clock_inject(NULL, nine);
    assert_true(clock_wall_us() > 1000000);
    assert_int_equal(clock_mono_us(), 9);
    clock_inject(NULL, NULL);
    assert_true(clock_mono_us() != 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wall_clock_is_shifted_by_the_environment),
        cmocka_unit_test(test_the_monotonic_clock_never_goes_back),
        cmocka_unit_test(test_the_monotonic_clock_is_not_shifted),
        cmocka_unit_test(test_each_clock_can_be_replaced_and_given_back),
    };

    setenv("LIAISON_CLOCK_OFFSET_S", "-86400", 1); /* read once, at the first call */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
