/* The command line of liaisonctl: parser, help and man page come from one table. */
#include "services/ctl/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int parse(struct ctl_args *args, struct error *error, const char *line)
{
    static char words[16][64];
    static char *argv[16];
    int argc = 0, used = 0;

    for (const char *at = line; sscanf(at, " %63s%n", words[argc], &used) == 1; at += used) {
        argv[argc] = words[argc];
        argc++;
    }
    return cli_parse(args, argc, argv, error);
}

static void test_options_may_stand_anywhere(void **state)
{
    struct ctl_args args;
    struct error error;

    (void)state;
    assert_int_equal(parse(&args, &error, "--json agency add --zone UTC metro --name=Metro"), 0);
    assert_string_equal(args.command->verb, "add");
    assert_string_equal(args.operand[0], "metro");
    assert_string_equal(cli_text(&args, "--name"), "Metro");
    assert_string_equal(cli_text(&args, "--zone"), "UTC");
    assert_non_null(cli_text(&args, "--json"));
    assert_null(cli_text(&args, "--key-file"));
}

static void test_an_operand_left_out_is_null(void **state)
{
    struct ctl_args args;
    struct error error;

    (void)state;
    assert_int_equal(parse(&args, &error, "school list"), 0);
    assert_int_equal(args.operands, 0);
    assert_null(args.operand[0]);
}

static void test_repeated_options_are_kept_in_order(void **state)
{
    struct ctl_args args;
    struct error error;

    (void)state;
    assert_int_equal(parse(&args, &error, "user add ann --school A --school B"), 0);
    assert_string_equal(cli_nth(&args, "--school", 0), "A");
    assert_string_equal(cli_nth(&args, "--school", 1), "B");
    assert_null(cli_nth(&args, "--school", 2));
}

static void test_what_is_not_in_the_table_is_refused(void **state)
{
    static const struct {
        const char *line;
        enum err code;
    } rows[] = {
        {"agency fly", ERR_ABSENT},
        {"agency add metro --colour red", ERR_ABSENT},
        {"agency add", ERR_MISSING},
        {"agency add a b", ERR_VALUE},
        {"agency add metro --name", ERR_MISSING},
        {"status --json=yes", ERR_VALUE},
        {"", ERR_MISSING},
        {"--zone UTC agency add metro", ERR_ABSENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ctl_args args;
        struct error error;
        int err = parse(&args, &error, rows[i].line);

        if (err != (int)rows[i].code)
            fail_msg("\"%s\" gave %d, not %d", rows[i].line, err, rows[i].code);
    }
}

static void test_a_group_without_its_verb_names_what_it_has(void **state)
{
    struct ctl_args args;
    struct error error;

    (void)state;
    assert_int_equal(parse(&args, &error, "agency lmit metro"), ERR_ABSENT);
    assert_string_equal(error.field, "agency");
    assert_non_null(strstr(error.reason, "limit"));
    assert_int_equal(parse(&args, &error, "agnecy limit"), ERR_ABSENT);
    assert_null(strstr(error.reason, "limit"));
}

static void test_an_option_that_is_mistyped_is_told_the_nearest(void **state)
{
    struct ctl_args args;
    struct error error;

    (void)state;
    assert_int_equal(parse(&args, &error, "agency add metro --zoen UTC"), ERR_ABSENT);
    assert_string_equal(error.field, "--zoen");
    assert_string_equal(error.reason, "there is no such option here; was --zone meant?");
    assert_int_equal(parse(&args, &error, "agency list --jsno"), ERR_ABSENT);
    assert_string_equal(error.reason, "there is no such option here; was --json meant?");
    assert_int_equal(parse(&args, &error, "agency list --zone UTC"), ERR_ABSENT);
    assert_string_equal(error.reason, "there is no such option here: see --help");
}

static void test_every_command_of_the_table_parses(void **state)
{
    (void)state;
    for (size_t i = 0; i < ctl_command_count; i++) {
        const struct ctl_command *c = &ctl_commands[i];
        struct ctl_args args;
        struct error error;
        char line[128];

        snprintf(line, sizeof(line), "%s %s%s", c->group, c->verb ? c->verb : "",
                 c->least == 0 ? "" : (c->least == 1 ? " x" : (c->least == 2 ? " x y" : " x y z")));
        assert_int_equal(parse(&args, &error, line), 0);
        assert_ptr_equal(args.command, c);
    }
}

static char *printed(void (*print)(FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    print(out);
    fclose(out);
    return text;
}

static void test_the_man_page_is_that_of_the_table(void **state)
{
    FILE *in = fopen("services/ctl/liaisonctl.1", "re");
    char *made = printed(cli_man);
    char *page = calloc(1, 65536);

    (void)state;
    if (!in) /* not run from the project's root */
        skip();
    assert_true(fread(page, 1, 65535, in) > 0);
    fclose(in);
    assert_string_equal(page, made);
    free(page);
    free(made);
}

/* The help text for these words; NULL: they are refused. */
static char *helped(const char *line)
{
    struct ctl_args args;
    struct error error;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int err = parse(&args, &error, line);

    assert_int_equal(err, 0);
    assert_non_null(cli_text(&args, "--help"));
    err = cli_help(out, &args, &error);
    fclose(out);
    if (err == 0)
        return text;
    assert_int_equal(err, ERR_ABSENT);
    assert_int_equal(size, 0);
    free(text);
    return NULL;
}

static void test_help_on_each_command_is_the_same_before_and_behind_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ctl_command_count; i++) {
        const struct ctl_command *c = &ctl_commands[i];
        char line[128];
        char *before, *behind;

        snprintf(line, sizeof(line), "help %s %s", c->group, c->verb ? c->verb : "");
        before = helped(line);
        snprintf(line, sizeof(line), "%s %s --help", c->group, c->verb ? c->verb : "");
        behind = helped(line);
        assert_non_null(before);
        assert_string_equal(before, behind);
        assert_non_null(strstr(before, c->doc));
        for (size_t o = 0; c->option[o].name; o++)
            assert_non_null(strstr(before, c->option[o].doc));
        for (size_t o = 0; o < ctl_command_count; o++)
            if (o != i && strstr(before, ctl_commands[o].doc))
                fail_msg("help on %s tells of %s too", line, ctl_commands[o].doc);
        free(before);
        free(behind);
    }
}

static void test_help_on_a_group_shows_its_commands_and_on_nothing_all(void **state)
{
    char *group = helped("help agency"), *behind = helped("agency --help");
    char *all = helped("help"), *option = helped("--help");

    (void)state;
    assert_string_equal(group, behind);
    assert_string_equal(all, option);
    for (size_t i = 0; i < ctl_command_count; i++) {
        bool in = strcmp(ctl_commands[i].group, "agency") == 0;

        assert_int_equal(strstr(group, ctl_commands[i].doc) != NULL, in);
        assert_non_null(strstr(all, ctl_commands[i].doc));
    }
    free(group);
    free(behind);
    free(all);
    free(option);
}

static void test_help_on_all_shows_every_option(void **state)
{
    char *all = helped("help all"), *option = helped("all --help");

    (void)state;
    assert_non_null(all);
    assert_string_equal(all, option);
    for (size_t i = 0; i < ctl_command_count; i++) {
        assert_non_null(strstr(all, ctl_commands[i].doc));
        for (size_t o = 0; ctl_commands[i].option[o].name; o++)
            assert_non_null(strstr(all, ctl_commands[i].option[o].doc));
    }
    free(all);
    free(option);
}

static void test_help_on_what_is_no_command_is_refused(void **state)
{
    (void)state;
    assert_null(helped("help agencies"));
    assert_null(helped("help agency fly"));
    assert_null(helped("help all agencies"));
    assert_null(helped("agencies --help"));
}

static void test_days_times_and_numbers_are_taken_as_they_are_or_refused(void **state)
{
    static const struct {
        const char *day, *clock, *number;
        bool good;
    } rows[] = {
        {"2024-02-29", "00:00", "10", true},    {"2026-12-31", "23:59", "60", true},
        {"2026-02-29", "24:00", "9", false},    {"2026-13-40", "7:30", "61", false},
        {"2026-1-1", "07:60", "1x", false},     {"yesterday", "07:30Z", "-12", false},
        {"2026-01-01Z", "07:3", "0x10", false}, {"", "", "", false},
    };
    static const struct ctl_option option[] = {
        {"--day", "DAY", ""}, {"--at", "HH:MM", ""}, {"--n", "N", ""}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct ctl_args args = {.count = 3,
                                      .given = {{&option[0], rows[i].day},
                                                {&option[1], rows[i].clock},
                                                {&option[2], rows[i].number}}};
        struct error error = {0};

        assert_int_equal(cli_day(&args, "--day", &error) != NULL, rows[i].good);
        assert_int_equal(cli_clock(&args, "--at", &error) != NULL, rows[i].good);
        assert_int_equal(cli_number(&args, "--n", 10, 60, NULL, &error) != NULL, rows[i].good);
        assert_int_equal(error.code, rows[i].good ? 0 : ERR_RANGE);
        assert_null(cli_number(&args, "--none", 10, 60, NULL, &error));
        assert_string_equal(cli_number(&args, "--none", 10, 60, "12", &error), "12");
    }
}

static void test_slugs_are_plain(void **state)
{
    struct error error;

    (void)state;
    assert_int_equal(cli_check_slug("metro-pd", &error), 0);
    assert_int_equal(cli_check_slug("Metro", &error), ERR_VALUE);
    assert_int_equal(cli_check_slug("-metro", &error), ERR_VALUE);
    assert_int_equal(cli_check_slug("m", &error), ERR_VALUE);
    assert_int_equal(cli_check_slug("a b", &error), ERR_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_may_stand_anywhere),
        cmocka_unit_test(test_an_operand_left_out_is_null),
        cmocka_unit_test(test_repeated_options_are_kept_in_order),
        cmocka_unit_test(test_what_is_not_in_the_table_is_refused),
        cmocka_unit_test(test_an_option_that_is_mistyped_is_told_the_nearest),
        cmocka_unit_test(test_every_command_of_the_table_parses),
        cmocka_unit_test(test_a_group_without_its_verb_names_what_it_has),
        cmocka_unit_test(test_the_man_page_is_that_of_the_table),
        cmocka_unit_test(test_help_on_each_command_is_the_same_before_and_behind_it),
        cmocka_unit_test(test_help_on_a_group_shows_its_commands_and_on_nothing_all),
        cmocka_unit_test(test_help_on_all_shows_every_option),
        cmocka_unit_test(test_help_on_what_is_no_command_is_refused),
        cmocka_unit_test(test_days_times_and_numbers_are_taken_as_they_are_or_refused),
        cmocka_unit_test(test_slugs_are_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
