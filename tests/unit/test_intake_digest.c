/* The digest that a batch adds to its streams: each received record once, whatever its outcome. */
#include "batch_bench.h"

static void test_digest_holds_each_new_sequence_once_and_splits_at_a_manifest(void **state)
{
    struct session *other = add_session("two", 3);
    struct run run;
    int64_t behind;
    uint64_t digest;

    (void)state;
    say(EVENT_CALL_RECEIVED, "A", 100);
    put(session, 1, NULL)->hash = 1;
    put(session, 2, NULL)->hash = 2;
    put_kind(session, RECORD_REFUSED, 3)->hash = 4;
    put_kind(session, RECORD_REPEATED, 1)->hash = 8;
    put_kind(session, RECORD_MANIFEST, 0); /* the sixth */
    put(session, 5, NULL)->hash = 16;
    put(session, 4, NULL)->hash = 32;
    batch->record[batch->count - 1].wanted = true; /* is added when its gap is closed */
    put(other, 1, NULL)->hash = 64;
    batch->record[1].stored = false; /* still counts, as a duplicate */
    run = whole();
    assert_int_equal(run_tallies(&run, &params), 2);
    assert_int_equal(number(T_OCTETS + 1, 0), 1);
    assert_int_equal(number(T_OCTETS + 2, 0), 64);
    assert_int_equal(number(T_OCTETS + 1, 1), 4);
    assert_int_equal(number(T_OCTETS + 2, 1), 1 ^ 2 ^ 4 ^ 16);
    run_digest_behind(&run, 4, &behind, &digest);
    assert_int_equal(behind, 1);
    assert_int_equal(digest, 16);
    params_free(&params);
    assert_int_equal(run_absent(&run, &params), 1);
    assert_int_equal(number(1, 0), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_digest_holds_each_new_sequence_once_and_splits_at_a_manifest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
