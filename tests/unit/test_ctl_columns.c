/* The columns of files: each import has its table, and those of rules are what a rule has. */
#include "services/ctl/cmd_rule.h"
#include "services/ctl/file_columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_each_file_belongs_to_a_command_and_no_column_is_there_twice(void **state)
{
    (void)state;
    for (const struct ctl_file *f = ctl_files; f < ctl_files + ctl_file_count; f++) {
        bool found = false;

        for (size_t i = 0; i < ctl_command_count; i++)
            for (const struct ctl_file *of = file_columns_next(&ctl_commands[i], NULL); of;
                 of = file_columns_next(&ctl_commands[i], of))
                found = found || of == f;
        assert_true(found);
        assert_ptr_equal(file_columns_of(f->group, f->verb, f->name), f);
        for (const struct ctl_column *one = f->column; one->name; one++)
            for (const struct ctl_column *other = one + 1; other->name; other++)
                assert_string_not_equal(one->name, other->name);
    }
}

static void test_columns_of_rules_are_what_a_rule_has(void **state)
{
    const struct ctl_file *file = file_columns_of("rule", "import", NULL);
    json_t *rule = rule_plain();
    size_t columns = 0;

    (void)state;
    for (const struct ctl_column *c = file->column + 1; c->name; c++, columns++)
        if (!json_object_get(rule, c->name))
            fail_msg("a rule has no %s", c->name);
    assert_string_equal(file->column[0].name, "name");
    assert_int_equal(columns, json_object_size(rule));
    json_decref(rule);
}

static void test_a_cell_has_a_limit_which_the_help_tells(void **state)
{
    const struct ctl_file *school = file_columns_of("school", "import", NULL);
    const struct ctl_file *alias = file_columns_of("school", "alias", NULL);
    static char page[1 << 17];
    FILE *out = fmemopen(page, sizeof page, "w");

    (void)state;
    assert_int_equal(file_columns_most(school, &school->column[0]), 500);
    assert_int_equal(file_columns_most(school, &school->column[1]), 10000);
    assert_int_equal(file_columns_most(alias, &alias->column[2]), 500);
    cli_man(out);
    fclose(out);
    assert_non_null(strstr(page, "Columns, of at most 10000 octets where nothing else is said:\n"));
    assert_non_null(strstr(page, "made from the name (at most 500 octets)\n"));
    assert_non_null(strstr(page, "as GeoJSON geometry (of any length)\n"));
    assert_non_null(strstr(page, "its name; a former name is kept with its dates\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_file_belongs_to_a_command_and_no_column_is_there_twice),
        cmocka_unit_test(test_columns_of_rules_are_what_a_rule_has),
        cmocka_unit_test(test_a_cell_has_a_limit_which_the_help_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
