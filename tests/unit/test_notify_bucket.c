/* How much a provider may be given: its rate, and the rest that it asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>

#include "services/notify/channel/bucket.h"

#define S INT64_C(1000000)

static void test_without_a_limit_there_is_always_room(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 0, 0);
    assert_true(bucket_room(&b, false, 0) == SIZE_MAX);
    bucket_take(&b, 0);
    assert_true(bucket_room(&b, false, 0) == SIZE_MAX);
}

static void test_the_configured_rate_is_kept(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 5, 0);
    assert_int_equal(bucket_room(&b, false, 0), 5);
    for (int i = 0; i < 5; i++)
        bucket_take(&b, 0);
    assert_int_equal(bucket_room(&b, false, 0), 0);
    assert_int_equal(bucket_opens_us(&b, false, 0), S / 5);
    assert_int_equal(bucket_room(&b, false, S / 5), 1);
    assert_int_equal(bucket_room(&b, false, 60 * S), 5);
}

static void test_a_refusal_gives_the_rest_that_was_asked_for(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 0, 0);
    bucket_refused(&b, 7, 1, 2 * S);
    assert_int_equal(bucket_room(&b, false, 8 * S), 0);
    assert_true(bucket_opens_us(&b, false, 8 * S) >= 9 * S);
}

static void test_no_rest_is_longer_than_a_quarter_of_an_hour(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 0, 0);
    bucket_refused(&b, INT_MAX, 1, 2 * S);
    assert_int_equal(bucket_opens_us(&b, false, 2 * S), 902 * S);
    assert_int_equal(bucket_room(&b, false, 901 * S), 0);
    assert_true(bucket_room(&b, false, 913 * S) > 0);
}

static void test_an_urgent_message_may_go_now_and_then_during_a_rest(void **state)
{
    struct bucket b;
    int64_t now = 0;

    (void)state;
    bucket_init(&b, 0, 0);
    for (int wait_s = 1; wait_s <= 64; wait_s *= 2) {
        bucket_refused(&b, 900, now, now);
        assert_int_equal(bucket_room(&b, true, now), 0);
        assert_int_equal(bucket_opens_us(&b, true, now), now + wait_s * S);
        now += wait_s * S;
        assert_int_equal(bucket_room(&b, true, now), 1);
        assert_int_equal(bucket_room(&b, false, now), 0);
        bucket_take(&b, now);
        assert_int_equal(bucket_room(&b, true, now), 0);
    }
    bucket_taken(&b); /* that one */
    assert_int_equal(bucket_room(&b, false, now), 0);
    now = bucket_opens_us(&b, true, now);
    bucket_take(&b, now);
    assert_int_equal(bucket_opens_us(&b, true, now), now + 1 * S);
}

static void test_refusals_without_a_word_give_growing_rests(void **state)
{
    struct bucket b;
    int64_t now = 0;

    (void)state;
    bucket_init(&b, 0, 0);
    for (int wait_s = 1; wait_s <= 64; wait_s *= 2) {
        bucket_refused(&b, -1, now, now);
        assert_int_equal(b.shut_us, now + wait_s * S);
        now = b.shut_us + 1;
    }
    bucket_refused(&b, -1, now, now);
    assert_int_equal(b.shut_us, now + 64 * S);
}

static void test_a_single_refusal_costs_its_rest_alone(void **state)
{
    static const int asked_s[] = {1, 0, -1, -5};
    struct bucket b;

    (void)state;
    for (size_t i = 0; i < sizeof asked_s / sizeof *asked_s; i++) {
        bucket_init(&b, 0, 0);
        bucket_take(&b, 0);
        bucket_refused(&b, asked_s[i], 0, 0);
        assert_int_equal(bucket_room(&b, true, S - 1), 0);
        assert_int_equal(bucket_opens_us(&b, true, 0), S);
        assert_true(bucket_room(&b, true, S) > 10);
    }
}

static void test_a_second_refusal_lets_one_go_when_its_rest_is_over(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 0, 0);
    bucket_refused(&b, 1, 0, 0);
    bucket_refused(&b, 1, S, S);
    assert_int_equal(bucket_room(&b, false, 2 * S - 1), 0);
    assert_int_equal(bucket_room(&b, false, 2 * S), 1);
    bucket_take(&b, 2 * S);
    assert_int_equal(bucket_room(&b, false, 3 * S), 0);
}

/* A gateway that takes 5 in each second and refuses the rest for one; 4 are on their way at a time,
 * and each takes 10 ms. Returns the seconds for this many, and counts the requests. */
static double play(int messages, int *requests)
{
    struct bucket b;
    int64_t now = 100 * S;
    int64_t taken_at[5] = {0};
    int left = messages;
    size_t next = 0;

    bucket_init(&b, 0, 0);
    for (*requests = 0; left > 0; now += S / 100) {
        int room = (int)(bucket_room(&b, false, now) < 4 ? bucket_room(&b, false, now) : 4);

        for (int i = 0; i < room && left > 0; i++) {
            bucket_take(&b, now);
            (*requests)++;
            if (now - taken_at[next] < S) {
                bucket_refused(&b, 1, now, now + S / 100);
                continue;
            }
            taken_at[next] = now;
            next = (next + 1) % 5;
            bucket_taken(&b);
            left--;
        }
    }
    return (double)(now - 100 * S) / S;
}

static void test_a_limit_that_nobody_configured_is_learned(void **state)
{
    int requests;
    double seconds = play(200, &requests);

    (void)state;
    print_message("200 messages at 5 a second: %.1f s, %d requests\n", seconds, requests);
    assert_true(seconds < 60);
    assert_true(requests < 240);
}

static void test_a_learned_limit_is_forgotten(void **state)
{
    struct bucket b;

    (void)state;
    bucket_init(&b, 0, 0);
    bucket_take(&b, 0);
    bucket_taken(&b);
    bucket_refused(&b, 1, 10 * S, 10 * S);
    assert_true(bucket_room(&b, false, 20 * S) < 10);
    bucket_room(&b, false, 400 * S);
    assert_true(bucket_room(&b, false, 401 * S) == SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_limit_there_is_always_room),
        cmocka_unit_test(test_the_configured_rate_is_kept),
        cmocka_unit_test(test_a_refusal_gives_the_rest_that_was_asked_for),
        cmocka_unit_test(test_no_rest_is_longer_than_a_quarter_of_an_hour),
        cmocka_unit_test(test_an_urgent_message_may_go_now_and_then_during_a_rest),
        cmocka_unit_test(test_refusals_without_a_word_give_growing_rests),
        cmocka_unit_test(test_a_single_refusal_costs_its_rest_alone),
        cmocka_unit_test(test_a_second_refusal_lets_one_go_when_its_rest_is_over),
        cmocka_unit_test(test_a_limit_that_nobody_configured_is_learned),
        cmocka_unit_test(test_a_learned_limit_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
