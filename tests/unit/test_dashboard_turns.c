/* The order in which queued work begins when only a few items may run at once. */
#include "services/dashboard/host/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 64 };

static char order[MOST + 1]; /* the letters of the sources, in the order in which items began */
static size_t began;

struct one {
    struct turn turn;
    char source[2];
    int refused;
};

static void begin_cb(void *ctx)
{
    const struct one *one = ctx;
    order[began++] = one->source[0];
}

static void refuse_cb(void *ctx)
{
    struct one *one = ctx;
    one->refused++;
}

static bool enter(struct turns *turns, struct one *one, char source)
{
    memset(one, 0, sizeof *one);
    one->source[0] = source;
    one->turn.begin_cb = begin_cb;
    one->turn.refuse_cb = refuse_cb;
    one->turn.ctx = one;
    return turns_enter(turns, &one->turn, one->source);
}

static int set_up(void **state)
{
    (void)state;
    memset(order, 0, sizeof order);
    began = 0;
    return 0;
}

/* Ends the running items one after the other, until none is left. */
static void run_out(struct turns *turns, struct one *all, size_t count)
{
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < count; i++)
            if (all[i].turn.state == TURN_RUNS) {
                more = true;
                turns_leave(turns, &all[i].turn);
            }
    }
}

static void test_a_flood_from_one_source_delays_that_source_alone(void **state)
{
    struct turns *turns = turns_new(2, 8, 16);
    struct one all[MOST];
    size_t count = 0;
    (void)state;

    for (int i = 0; i < 10; i++)
        assert_true(enter(turns, &all[count++], 'a'));
    assert_false(enter(turns, &all[count++], 'a')); /* two run, eight wait */
    assert_true(enter(turns, &all[count++], 'b'));
    assert_true(enter(turns, &all[count++], 'c'));
    assert_string_equal(order, "aa");
    turns_leave(turns, &all[0].turn);
    turns_leave(turns, &all[1].turn);
    turns_leave(turns, &all[2].turn);
    assert_string_equal(order, "aaabc");
    run_out(turns, all, count);
    assert_int_equal(strlen(order), 12);
    turns_free(turns);
}

static void test_who_comes_to_a_full_house_takes_the_place_of_the_longest_line(void **state)
{
    struct turns *turns = turns_new(1, 4, 6);
    struct one all[MOST];
    size_t count = 0;
    int refused = 0;
    (void)state;

    for (int i = 0; i < 5; i++)
        assert_true(enter(turns, &all[count++], 'a'));
    assert_true(enter(turns, &all[count++], 'b'));
    assert_true(enter(turns, &all[count++], 'b'));
    assert_true(enter(turns, &all[count++], 'c'));
    assert_int_equal(all[4].refused, 1); /* the last item of the longest queue */
    assert_int_equal(all[4].turn.state, TURN_NONE);
    assert_true(enter(turns, &all[count++], 'd'));
    assert_int_equal(all[3].refused, 1);
    assert_false(enter(turns, &all[count++], 'b')); /* no queue is longer by more than one */
    run_out(turns, all, count);
    for (size_t i = 0; i < count; i++)
        refused += all[i].refused;
    assert_int_equal(refused, 2);
    assert_int_equal(strlen(order), 7);
    turns_free(turns);
}

static void test_who_gives_up_waiting_makes_room(void **state)
{
    struct turns *turns = turns_new(1, 1, 4);
    struct one all[4];
    (void)state;

    assert_true(enter(turns, &all[0], 'a'));
    assert_true(enter(turns, &all[1], 'a'));
    assert_false(enter(turns, &all[2], 'a'));
    turns_leave(turns, &all[1].turn);
    turns_leave(turns, &all[1].turn); /* has no effect */
    assert_true(enter(turns, &all[2], 'a'));
    turns_leave(turns, &all[0].turn);
    assert_string_equal(order, "aa");
    assert_int_equal(all[2].turn.state, TURN_RUNS);
    turns_leave(turns, &all[2].turn);
    turns_free(turns);
}

static void test_stopping_refuses_those_who_wait(void **state)
{
    struct turns *turns = turns_new(1, 8, 8);
    struct one all[4];
    (void)state;

    assert_true(enter(turns, &all[0], 'a'));
    assert_true(enter(turns, &all[1], 'a'));
    assert_true(enter(turns, &all[2], 'b'));
    turns_stop(turns);
    assert_int_equal(all[1].refused + all[2].refused, 2);
    assert_false(enter(turns, &all[3], 'c'));
    turns_leave(turns, &all[0].turn);
    assert_string_equal(order, "a");
    turns_free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_flood_from_one_source_delays_that_source_alone, set_up),
        cmocka_unit_test_setup(test_who_comes_to_a_full_house_takes_the_place_of_the_longest_line,
                               set_up),
        cmocka_unit_test_setup(test_who_gives_up_waiting_makes_room, set_up),
        cmocka_unit_test_setup(test_stopping_refuses_those_who_wait, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
