/* A breaker: when a provider is down, when it defers everybody, and how it comes up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/notify/channel/breaker.h"

#define S INT64_C(1000000)

enum { EVEN = 500 }; /* the jitter that moves nothing */

static struct breaker breaker_up(void)
{
    struct breaker breaker;

    breaker_init(&breaker, 10, 900, 0);
    return breaker;
}

static void test_one_failure_takes_it_down_and_one_probe_goes_out(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    assert_int_equal(breaker_gate(&b, false, 1 * S), GATE_OPEN);
    assert_true(breaker_failed(&b, false, false, 1 * S, 2 * S, EVEN));
    assert_int_equal(breaker_gate(&b, false, 11 * S), GATE_SHUT);
    assert_int_equal(breaker_opens_us(&b, false), 12 * S);
    assert_int_equal(breaker_gate(&b, false, 12 * S), GATE_PROBE);
    breaker_probe(&b, false);
    assert_int_equal(breaker_gate(&b, false, 500 * S), GATE_SHUT);
    assert_int_equal(breaker_opens_us(&b, false), INT64_MAX);
}

static void test_probes_go_out_later_and_later(void **state)
{
    struct breaker b = breaker_up();
    int64_t now = 1 * S;
    static const int waits_s[] = {10, 40, 90, 160, 250, 360, 490, 640, 810, 900, 900};

    (void)state;
    breaker_failed(&b, false, false, 0, now, EVEN);
    for (size_t i = 0; i < sizeof waits_s / sizeof *waits_s; i++) {
        assert_int_equal(breaker_opens_us(&b, false) - now, waits_s[i] * S);
        now = breaker_opens_us(&b, false);
        breaker_probe(&b, false);
        assert_false(breaker_failed(&b, true, false, now, now, EVEN));
    }
    assert_int_equal(b.since_us, 1 * S);
}

static void test_the_first_success_opens_it_for_all(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    breaker_failed(&b, false, false, 1 * S, 1 * S, EVEN);
    breaker_probe(&b, false);
    assert_true(breaker_alive(&b, 20 * S));
    assert_int_equal(breaker_gate(&b, false, 20 * S), GATE_OPEN);
    assert_false(breaker_alive(&b, 21 * S));
    breaker_failed(&b, false, false, 22 * S, 22 * S, EVEN);
    assert_int_equal(breaker_opens_us(&b, false), 32 * S);
}

static void test_failures_side_by_side_count_once(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    assert_true(breaker_failed(&b, false, false, 1 * S, 31 * S, EVEN));
    for (int i = 0; i < 7; i++)
        assert_false(breaker_failed(&b, false, false, 1 * S, 31 * S + i, EVEN));
    assert_int_equal(breaker_opens_us(&b, false), 41 * S);
}

static void test_a_failure_that_began_before_a_success_says_nothing(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    breaker_alive(&b, 20 * S);
    assert_false(breaker_failed(&b, false, false, 1 * S, 31 * S, EVEN));
    assert_int_equal(breaker_gate(&b, false, 31 * S), GATE_OPEN);
}

static void test_an_urgent_message_waits_for_no_long_interval(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    breaker_failed(&b, false, false, 0, 1 * S, EVEN);
    breaker_probe(&b, false);
    breaker_failed(&b, true, false, 11 * S, 11 * S, EVEN);
    assert_int_equal(breaker_opens_us(&b, false), 51 * S);
    assert_int_equal(breaker_gate(&b, true, 20 * S), GATE_SHUT);
    assert_int_equal(breaker_gate(&b, true, 21 * S), GATE_PROBE);
    breaker_probe(&b, false); /* an ordinary probe that hangs is not waited for */
    assert_int_equal(breaker_gate(&b, true, 21 * S), GATE_PROBE);
    breaker_probe(&b, true);
    assert_int_equal(breaker_gate(&b, true, 21 * S), GATE_SHUT);
}

static void test_a_probe_that_says_nothing_is_followed_by_another(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    breaker_failed(&b, false, false, 0, 1 * S, EVEN);
    breaker_probe(&b, false);
    breaker_probe_lost(&b, false);
    assert_int_equal(breaker_gate(&b, false, 11 * S), GATE_PROBE);
}

/* Defers messages to this many recipients, each at both times. */
static bool defer(struct breaker *b, uint64_t recipients, int64_t first_us, int64_t last_us)
{
    bool begins = false;

    for (uint64_t who = 1; who <= recipients; who++)
        begins |= breaker_deferred(b, who, first_us, first_us);
    for (uint64_t who = 1; who <= recipients; who++)
        begins |= breaker_deferred(b, who, last_us, last_us);
    return begins;
}

static void test_one_that_defers_everybody_is_not_up_and_its_gate_is_open(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    assert_true(defer(&b, 3, 5 * S, 15 * S));
    assert_false(breaker_is_up(&b));
    assert_int_equal(b.since_us, 15 * S);
    assert_int_equal(breaker_gate(&b, false, 16 * S), GATE_OPEN);
    assert_false(defer(&b, 3, 16 * S, 30 * S)); /* it does so already */
    assert_false(breaker_alive(&b, 31 * S));    /* a refusal ends nothing */
    assert_false(breaker_is_up(&b));
    assert_true(breaker_took(&b, 32 * S));
    assert_true(breaker_is_up(&b));
    assert_int_equal(b.since_us, 32 * S);
    assert_false(breaker_took(&b, 33 * S));
}

static void test_two_recipients_or_a_moment_are_not_everybody(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    assert_false(defer(&b, 2, 5 * S, 500 * S));
    breaker_took(&b, 501 * S);
    assert_false(defer(&b, 9, 502 * S, 511 * S));
    assert_true(breaker_is_up(&b));
    assert_true(breaker_deferred(&b, 9, 512 * S, 512 * S));
}

static void test_a_message_that_it_took_ends_the_count_of_those_it_deferred(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    for (int64_t at = 1; at < 100; at++) {
        assert_false(defer(&b, 3, 10 * at * S, 10 * at * S + 9 * S));
        assert_false(breaker_took(&b, 10 * at * S + 9 * S));
    }
    /* Nor does a try count that began before that. */
    assert_false(breaker_deferred(&b, 1, 990 * S, 1100 * S));
    assert_int_equal(b.deferred_count, 0);
}

static void test_a_provider_that_goes_down_while_it_defers_everybody_comes_up_once(void **state)
{
    struct breaker b = breaker_up();

    (void)state;
    defer(&b, 3, 5 * S, 15 * S);
    assert_true(breaker_failed(&b, false, false, 16 * S, 17 * S, EVEN));
    assert_int_equal(breaker_gate(&b, false, 18 * S), GATE_SHUT);
    assert_true(breaker_alive(&b, 30 * S)); /* it answers, and defers */
    assert_false(breaker_is_up(&b));
    assert_int_equal(b.since_us, 15 * S);
    assert_true(breaker_took(&b, 40 * S));
    assert_int_equal(b.before_us, INT64_MIN);
    assert_int_equal(b.freed_us, 40 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_failure_takes_it_down_and_one_probe_goes_out),
        cmocka_unit_test(test_probes_go_out_later_and_later),
        cmocka_unit_test(test_the_first_success_opens_it_for_all),
        cmocka_unit_test(test_failures_side_by_side_count_once),
        cmocka_unit_test(test_a_failure_that_began_before_a_success_says_nothing),
        cmocka_unit_test(test_an_urgent_message_waits_for_no_long_interval),
        cmocka_unit_test(test_a_probe_that_says_nothing_is_followed_by_another),
        cmocka_unit_test(test_one_that_defers_everybody_is_not_up_and_its_gate_is_open),
        cmocka_unit_test(test_two_recipients_or_a_moment_are_not_everybody),
        cmocka_unit_test(test_a_message_that_it_took_ends_the_count_of_those_it_deferred),
        cmocka_unit_test(test_a_provider_that_goes_down_while_it_defers_everybody_comes_up_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
