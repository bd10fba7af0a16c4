/* Statements by name: lookup in several lists, and an unknown name. */
#include "db.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct db_statement first[] = {{"one", "select 1"}, {"two", "select 2"}};
static const struct db_statement second[] = {{"three", "select 3"}};
static const struct db_statement_list lists[] = {{first, 2}, {second, 1}};

static void test_a_statement_is_found_in_each_list(void **state)
{
    (void)state;
    assert_string_equal(db_statement_text(lists, 2, "two"), "select 2");
    assert_string_equal(db_statement_text(lists, 2, "three"), "select 3");
}

/* Looks the name up in a child process: said gets its standard error, *status its wait status. */
static void ask_in_a_process(const char *name, int *status, char said[128])
{
    int ends[2];
    ssize_t size;

    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        db_statement_text(lists, 2, name);
        _exit(0);
    }
    close(ends[1]);
    size = read(ends[0], said, 127);
    said[size > 0 ? size : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, status, 0), pid);
}

static void test_a_name_that_no_list_has_ends_the_program_and_is_said(void **state)
{
    int status;
    char said[128];

    (void)state;
    ask_in_a_process("four", &status, said);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(said, "there is no statement four\n");
    ask_in_a_process("one", &status, said);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_string_equal(said, "");
}

static void test_lists_are_joined_in_their_order(void **state)
{
    size_t count;
    struct db_statement *all = db_statements_join(lists, 2, &count);

    (void)state;
    assert_non_null(all);
    assert_int_equal(count, 3);
    assert_string_equal(all[1].name, "two");
    assert_string_equal(all[2].sql, "select 3");
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_statement_is_found_in_each_list),
        cmocka_unit_test(test_a_name_that_no_list_has_ends_the_program_and_is_said),
        cmocka_unit_test(test_lists_are_joined_in_their_order),
    };

    return cmocka_run_group_tests_name("db_statements", tests, NULL, NULL);
}
