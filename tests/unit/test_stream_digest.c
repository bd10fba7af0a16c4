/* The stream digest, which every client must compute in the same way. */
#include "stream_digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_hash_is_blake2b_over_sequence_and_body(void **state)
{
    static const char body[] = "{\"kind\": \"x\"}";

    (void)state;
    assert_true(stream_digest_hash(1, "", 0) == UINT64_C(0xb1f788fc15113413));
    assert_true(stream_digest_hash(2, body, strlen(body)) == UINT64_C(0xf72fea8da6dacdeb));
}

static void test_digest_is_read_as_it_was_written_and_nothing_else_is(void **state)
{
    static const char *const bad[] = {
        "", "0", "00000000000000zz", "00000000000000FF", "00000000000000000", " 0000000000000ff"};
    char text[STREAM_DIGEST_TEXT];
    uint64_t digest = 1;

    (void)state;
    stream_digest_format(UINT64_C(0xff), text);
    assert_string_equal(text, "00000000000000ff");
    assert_int_equal(stream_digest_parse(text, &digest), 0);
    assert_int_equal(digest, 0xff);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(stream_digest_parse(bad[i], &digest), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_is_blake2b_over_sequence_and_body),
        cmocka_unit_test(test_digest_is_read_as_it_was_written_and_nothing_else_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
