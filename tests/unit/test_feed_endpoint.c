/* What the HTTP endpoint answers if it cannot store records. */
#include "endpoint_failure.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_each_cause_of_a_failure_has_its_own_answer(void **state)
{
    static const struct {
        enum err code;
        int os;
        const char *event, *why;
    } cases[] = {
        {ERR_NOMEM, 0, "endpoint_memory", "The agent does not have enough memory now."},
        {ERR_IO, ENOSPC, "endpoint_disk_full", "The agent's disk is full."},
        {ERR_IO, EDQUOT, "endpoint_disk_full", "The agent's disk is full."},
        {ERR_IO, EIO, "endpoint_disk", "The agent's disk reports an error."},
        {ERR_SIZE, 0, "endpoint_error", "The agent has an internal error."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error;
        const struct endpoint_failure *failure;

        errno = cases[i].os;
        error_set(&error, cases[i].code, "", "%s", strerror(cases[i].os));
        failure = endpoint_failure_of(&error);
        assert_string_equal(failure->event, cases[i].event);
        assert_string_equal(failure->why, cases[i].why);
        assert_true(failure->retry_after_s > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_cause_of_a_failure_has_its_own_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
