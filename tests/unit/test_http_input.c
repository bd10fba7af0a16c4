/* The receive buffer of a connection: consuming moves no octets, and appending is linear. */
#include "http_input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 65536 };

/* Appends data; returns how many octets that moved: all earlier ones if their address changed. */
static size_t add(struct http_input *input, const char *data, size_t size)
{
    const char *was = input->data;
    size_t there = input->size;

    assert_int_equal(http_input_add(input, data, size), 0);
    return input->data == was ? 0 : there;
}

static void using_a_little_moves_nothing(void **state)
{
    (void)state;
    char *octets = malloc(MANY);
    struct http_input input = {0};

    for (int i = 0; i < MANY; i++)
        octets[i] = (char)(i % 251);
    add(&input, octets, MANY);
    const char *data = input.data;
    for (size_t used = 2; used < MANY; used += 2) {
        http_input_use(&input, 2);
        assert_ptr_equal(input.data, data + used);
        assert_int_equal(input.size, MANY - used);
    }
    assert_memory_equal(input.data, octets + MANY - 2, 2);
    http_input_use(&input, 2);
    assert_null(input.data);
    free(octets);
}

static void small_pieces_are_moved_a_few_times_in_all(void **state)
{
    (void)state;
    struct http_input input = {0};
    size_t moved = 0;

    for (size_t i = 0; i < MANY; i++) /* nothing is consumed */
        moved += add(&input, "x", 1);
    assert_int_equal(input.size, MANY);
    assert_true(moved <= 2 * MANY);
    moved = 0;
    for (size_t i = 0; i < (size_t)4 * MANY;
         i++) { /* as much is consumed as arrives, and much stays in the buffer */
        http_input_use(&input, 1);
        moved += add(&input, "y", 1);
    }
    assert_int_equal(input.size, MANY);
    assert_true(moved <= (size_t)4 * MANY + 2 * MANY);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(input.data[i], 'y');
    http_input_drop(&input);
    assert_int_equal(input.size, 0);
}

static void pieces_stay_in_their_order(void **state)
{
    (void)state;
    struct http_input input = {0};
    uint8_t next_in = 0, next_out = 0;

    for (size_t i = 1; i < 2000; i++) {
        char piece[64];
        for (size_t n = 0; n < i % 64; n++)
            piece[n] = (char)next_in++;
        add(&input, piece, i % 64);
        size_t use = input.size < i % 37 ? input.size : i % 37;
        for (size_t n = 0; n < use; n++)
            assert_int_equal((uint8_t)input.data[n], next_out++);
        if (use > 0)
            http_input_use(&input, use);
    }
    http_input_drop(&input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(using_a_little_moves_nothing),
        cmocka_unit_test(small_pieces_are_moved_a_few_times_in_all),
        cmocka_unit_test(pieces_stay_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
