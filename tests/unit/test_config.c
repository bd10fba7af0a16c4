/*
 * Configuration: which values are accepted, and that errors name line and key, the first error in
 * the file first.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct settings {
    char listen[16];
    char name[300];
    int window_h;
    bool tls;
};

static const struct config_row rows[] = {
    CONFIG_TEXT(struct settings, "http", listen, "127.0.0.1", "where to listen"),
    CONFIG_TEXT_AS(struct settings, "http", "server_name", name, "", "what it is called"),
    CONFIG_INT(struct settings, "holding", window_h, "24", 1, 8760, "hours to hold"),
    CONFIG_FLAG(struct settings, "smtp", tls, "yes", "STARTTLS is required"),
};
enum { ROWS = sizeof rows / sizeof *rows };

static const struct config_row needed[] = {
    CONFIG_TEXT(struct settings, "http", listen, NULL, "where to listen"),
    CONFIG_INT(struct settings, "holding", window_h, "24", 1, 8760, "hours to hold"),
};

static struct settings settings;
static struct error error;
static char path[] = "/tmp/liaison-config-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_octets(const void *data, size_t size)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int load(const char *text)
{
    memset(&settings, 0x5a, sizeof settings);
    memset(&error, 0, sizeof error);
    write_octets(text, strlen(text));
    return config_load(&settings, rows, ROWS, path, &error);
}

static void must_load(const char *text)
{
    if (load(text) != 0)
        fail_msg("%s\n%s: %s", text, error.field, error.reason);
}

static void must_refuse(const char *text, enum err code, const char *field, const char *reason)
{
    int err = load(text);

    if (err != (int)code || strcmp(error.field, field) != 0 || strcmp(error.reason, reason) != 0)
        fail_msg("%s\n%s [%s] %s\nnot %s [%s] %s", text, err ? err_name((enum err)err) : "ok",
                 error.field, error.reason, err_name(code), field, reason);
}

static void test_an_empty_file_gives_the_defaults(void **state)
{
    (void)state;
    must_load("");
    assert_string_equal(settings.listen, "127.0.0.1");
    assert_string_equal(settings.name, "");
    assert_int_equal(settings.window_h, 24);
    assert_true(settings.tls);
}

static void test_no_file_gives_the_defaults(void **state)
{
    (void)state;
    memset(&settings, 0x5a, sizeof settings);
    assert_int_equal(config_load(&settings, rows, ROWS, NULL, &error), 0);
    assert_int_equal(settings.window_h, 24);
}

static void test_what_the_file_says_replaces_the_defaults(void **state)
{
    (void)state;
    must_load("# a comment\n; another\n\n[http]\nlisten = 10.0.0.1\nserver_name: one two\n"
              "[holding]\nwindow_h=48\n[smtp]\ntls = no\n");
    assert_string_equal(settings.listen, "10.0.0.1");
    assert_string_equal(settings.name, "one two");
    assert_int_equal(settings.window_h, 48);
    assert_false(settings.tls);
}

static void test_a_flag_is_yes_or_no_in_several_words(void **state)
{
    static const char *const yes[] = {"yes", "true", "on", "1", "YES"};
    static const char *const no[] = {"no", "false", "off", "0", "Off"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "[smtp]\ntls = %s\n", yes[i]);
        must_load(text);
        assert_true(settings.tls);
        snprintf(text, sizeof text, "[smtp]\ntls = %s\n", no[i]);
        must_load(text);
        assert_false(settings.tls);
    }
}

static void test_windows_line_ends_and_a_byte_order_mark_are_taken(void **state)
{
    (void)state;
    must_load("\xef\xbb\xbf[holding]\r\nwindow_h = 48\r\n");
    assert_int_equal(settings.window_h, 48);
}

static void test_the_last_line_needs_no_end(void **state)
{
    (void)state;
    must_load("[holding]\nwindow_h = 48");
    assert_int_equal(settings.window_h, 48);
}

static void test_an_unknown_setting_is_refused_by_line_and_key(void **state)
{
    (void)state;
    must_refuse("[http]\nlisten = a\nlisen = b\n", ERR_ABSENT, "lisen",
                "line 3: is not a setting of [http]; was listen meant?");
    must_refuse("[htp]\nlisten = a\n", ERR_ABSENT, "listen", "line 2: is not a setting of [htp]");
    must_refuse("listen = a\n", ERR_ABSENT, "listen", "line 1: is not a setting of []");
    must_refuse("[holding]\nlisten = a\n", ERR_ABSENT, "listen",
                "line 2: is not a setting of [holding]");
    must_refuse("[smtp]\nwindow_h_ = 1", ERR_ABSENT, "window_h_",
                "line 2: is not a setting of [smtp]");
}

static void test_a_bad_number_is_refused_by_line_and_key(void **state)
{
    static const char *const bad[] = {
        "", "x", "0", "8761", "-1", "1.5", "1h", "0x", "99999999999999999999"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "\n[holding]\nwindow_h = %s\n", bad[i]);
        must_refuse(text, ERR_RANGE, "holding.window_h",
                    "line 3: must be a whole number from 1 to 8760");
    }
    must_load("[holding]\nwindow_h = 1\n");
    must_load("[holding]\nwindow_h = 8760\n");
}

static void test_a_bad_flag_is_refused_by_line_and_key(void **state)
{
    (void)state;
    must_refuse("[smtp]\ntls = maybe\n", ERR_VALUE, "smtp.tls", "line 2: must be yes or no");
    must_refuse("[smtp]\ntls =\n", ERR_VALUE, "smtp.tls", "line 2: must be yes or no");
}

static void test_a_text_that_does_not_fit_is_refused_by_line_and_key(void **state)
{
    (void)state;
    must_load("[http]\nlisten = 123456789012345\n");
    must_refuse("[http]\nlisten = 1234567890123456\n", ERR_SIZE, "http.listen",
                "line 2: longer than 15 octets");
}

static void test_a_setting_given_twice_is_refused(void **state)
{
    (void)state;
    must_refuse("[holding]\nwindow_h = 1\nwindow_h = 2\n", ERR_EXISTS, "window_h",
                "line 3: given twice in [holding]");
    must_refuse("[holding]\nwindow_h = 1\n[http]\n[holding]\nwindow_h = 1\n", ERR_EXISTS,
                "window_h", "line 5: given twice in [holding]");
}

static void test_a_line_that_is_no_setting_is_refused_by_its_number(void **state)
{
    (void)state;
    must_refuse("[http]\nlisten\n", ERR_SYNTAX, "", "line 2: not a setting or a section");
    must_refuse("[http\n", ERR_SYNTAX, "", "line 1: not a setting or a section");
}

static void test_the_first_error_is_the_one_that_is_told(void **state)
{
    (void)state;
    must_refuse("[smtp]\ntls = maybe\n[holding]\nwindow_h = 0\nnonsense\n", ERR_VALUE, "smtp.tls",
                "line 2: must be yes or no");
    must_refuse("[smtp]\nnonsense\ntls = maybe\n", ERR_SYNTAX, "",
                "line 2: not a setting or a section");
    must_refuse("[smtp]\ntls = maybe\nnonsense\n", ERR_VALUE, "smtp.tls",
                "line 2: must be yes or no");
}

static void test_a_line_too_long_is_refused_and_never_cut_in_two(void **state)
{
    char text[800] = "[http]\nserver_name = ";
    size_t head = strlen(text), fits = 198 - strlen("server_name = ");

    (void)state;
    memset(text + head, 'x', fits);
    strcpy(text + head + fits, "\n[holding]\nwindow_h = 48\n");
    must_load(text);
    assert_int_equal(strlen(settings.name), fits);
    assert_int_equal(settings.window_h, 48);
    memset(text + head, 'x', fits + 1);
    strcpy(text + head + fits + 1, "\n");
    must_refuse(text, ERR_SIZE, "", "line 2: longer than 198 octets");
    memset(text + head, ' ', 300);
    strcpy(text + head + 300, "x\n[holding]\nwindow_h = 0\n");
    must_refuse(text, ERR_SIZE, "", "line 2: longer than 198 octets");
}

static void test_a_required_setting_that_is_absent_is_named(void **state)
{
    (void)state;
    write_octets("[holding]\nwindow_h = 5\n", 23);
    assert_int_equal(config_load(&settings, needed, 2, path, &error), ERR_MISSING);
    assert_string_equal(error.field, "listen");
    assert_string_equal(error.reason, "must be set in section [http]");
    assert_int_equal(config_load(&settings, needed, 2, NULL, &error), ERR_MISSING);
    write_octets("[http]\nlisten = a\n", 18);
    assert_int_equal(config_load(&settings, needed, 2, path, &error), 0);
}

static void test_a_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    assert_int_equal(config_load(&settings, rows, ROWS, "/nonexistent/x.conf", &error), ERR_IO);
    assert_non_null(strstr(error.reason, "No such file"));
    assert_int_equal(config_load(&settings, rows, ROWS, "/tmp", &error), ERR_IO);
    assert_non_null(strstr(error.reason, "directory"));
    assert_int_equal(config_load(&settings, rows, ROWS, "/nonexistent/x.conf", NULL), ERR_IO);
}

static void test_help_lists_every_setting_with_its_default(void **state)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    config_help(rows, ROWS, out);
    config_help(needed, 1, out);
    fclose(out);
    assert_non_null(
        strstr(text, "[http]\n  listen             where to listen (default: 127.0.0.1)"));
    assert_non_null(strstr(text, "  server_name        what it is called (default: none)"));
    assert_non_null(strstr(text, "[holding]\n  window_h           hours to hold (default: 24)"));
    assert_non_null(strstr(text, "  listen             where to listen (required)"));
    free(text);
}

/* ---- Secrets ---- */

static int read_secret(const char *text, mode_t mode, char *out, size_t size)
{
    memset(&error, 0, sizeof error);
    assert_int_equal(chmod(path, 0600), 0);
    write_octets(text, strlen(text));
    assert_int_equal(chmod(path, mode), 0);
    return config_secret(path, out, size, &error);
}

static void test_a_secret_is_read_without_its_line_end(void **state)
{
    char secret[16];

    (void)state;
    assert_int_equal(read_secret("s3cret\n", 0600, secret, sizeof secret), 0);
    assert_string_equal(secret, "s3cret");
    assert_int_equal(read_secret("s3cret\r\nmore\n", 0400, secret, sizeof secret), 0);
    assert_string_equal(secret, "s3cret");
    assert_int_equal(read_secret(" sp ace ", 0600, secret, sizeof secret), 0);
    assert_string_equal(secret, " sp ace ");
}

static void test_a_secret_open_to_others_is_refused(void **state)
{
    static const mode_t modes[] = {0640, 0604, 0610, 0601, 0620, 0602, 0644, 0666, 0777};
    char secret[16];

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (read_secret("s3cret\n", modes[i], secret, sizeof secret) != ERR_VALUE)
            fail_msg("mode %o was taken", modes[i]);
        assert_null(strstr(error.reason, "s3cret"));
    }
}

static void test_an_empty_secret_is_refused(void **state)
{
    char secret[16];

    (void)state;
    assert_int_equal(read_secret("", 0600, secret, sizeof secret), ERR_MISSING);
    assert_int_equal(read_secret("\nsecond line\n", 0600, secret, sizeof secret), ERR_MISSING);
    assert_int_equal(config_secret("/nonexistent/secret", secret, sizeof secret, &error), ERR_IO);
}

static void test_a_secret_too_long_is_refused_and_never_cut(void **state)
{
    char secret[8];

    (void)state;
    assert_int_equal(read_secret("1234567\n", 0600, secret, sizeof secret), 0);
    assert_string_equal(secret, "1234567");
    assert_int_equal(read_secret("1234567", 0600, secret, sizeof secret), 0);
    assert_int_equal(read_secret("12345678", 0600, secret, sizeof secret), ERR_SIZE);
    assert_string_equal(error.reason, "the secret is longer than 7 octets");
}

/* ---- The command line ---- */

static int run_main(int argc, char **argv)
{
    fflush(stdout);
    fflush(stderr);
    int out = dup(1), err = dup(2);
    FILE *gone = fopen("/dev/null", "w");

    dup2(fileno(gone), 1);
    dup2(fileno(gone), 2);
    int result = config_main(argc, argv, "liaison-test", &settings, rows, ROWS);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    fclose(gone);
    return result;
}
#define RUN_MAIN(...)                                               \
    run_main(sizeof((char *[]){"p", __VA_ARGS__}) / sizeof(char *), \
             (char *[]){"p", __VA_ARGS__, NULL})

static void test_the_command_line_tells_to_go_on_to_end_or_what_is_wrong(void **state)
{
    (void)state;
    write_octets("[holding]\nwindow_h = 7\n", 23);
    assert_int_equal(RUN_MAIN("--config", path), 0);
    assert_int_equal(settings.window_h, 7);
    assert_int_equal(RUN_MAIN("--config", path, "--check"), 1);
    assert_int_equal(RUN_MAIN("--version"), 1);
    assert_int_equal(RUN_MAIN("--help"), 1);
    assert_int_equal(RUN_MAIN("--nonsense"), ERR_VALUE);
    assert_int_equal(RUN_MAIN("--config"), ERR_VALUE);
    write_octets("[holding]\nwindow_h = 0\n", 23);
    assert_int_equal(RUN_MAIN("--config", path, "--check"), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_file_gives_the_defaults),
        cmocka_unit_test(test_no_file_gives_the_defaults),
        cmocka_unit_test(test_what_the_file_says_replaces_the_defaults),
        cmocka_unit_test(test_a_flag_is_yes_or_no_in_several_words),
        cmocka_unit_test(test_windows_line_ends_and_a_byte_order_mark_are_taken),
        cmocka_unit_test(test_the_last_line_needs_no_end),
        cmocka_unit_test(test_an_unknown_setting_is_refused_by_line_and_key),
        cmocka_unit_test(test_a_bad_number_is_refused_by_line_and_key),
        cmocka_unit_test(test_a_bad_flag_is_refused_by_line_and_key),
        cmocka_unit_test(test_a_text_that_does_not_fit_is_refused_by_line_and_key),
        cmocka_unit_test(test_a_setting_given_twice_is_refused),
        cmocka_unit_test(test_a_line_that_is_no_setting_is_refused_by_its_number),
        cmocka_unit_test(test_the_first_error_is_the_one_that_is_told),
        cmocka_unit_test(test_a_line_too_long_is_refused_and_never_cut_in_two),
        cmocka_unit_test(test_a_required_setting_that_is_absent_is_named),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_told),
        cmocka_unit_test(test_help_lists_every_setting_with_its_default),
        cmocka_unit_test(test_a_secret_is_read_without_its_line_end),
        cmocka_unit_test(test_a_secret_open_to_others_is_refused),
        cmocka_unit_test(test_an_empty_secret_is_refused),
        cmocka_unit_test(test_a_secret_too_long_is_refused_and_never_cut),
        cmocka_unit_test(test_the_command_line_tells_to_go_on_to_end_or_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
