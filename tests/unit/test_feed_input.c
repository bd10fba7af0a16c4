/* The octets of a followed file: what is read again is the file that was opened. */
#include "input.h"
#include "log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char folder[64], followed[128];
static uv_loop_t loop;

static const char *path_of(const char *name)
{
    static char path[2][128]; /* two are in use at a time */
    static int at;

    at = !at;
    snprintf(path[at], sizeof path[at], "%s/%s", folder, name);
    return path[at];
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void put_packed(const char *name, const char *text)
{
    gzFile file = gzopen(path_of(name), "w");

    assert_non_null(file);
    gzputs(file, text);
    gzclose(file);
}

static void move(const char *from, const char *to)
{
    assert_int_equal(rename(path_of(from), path_of(to)), 0);
}

static void woken_cb(void *ctx)
{
    (void)ctx;
}

static struct input *open_followed(void)
{
    struct input_options options = {
        .path = followed, .follow = true, .patient = true, .woken_cb = woken_cb};
    struct error error = {0};
    struct input *input = input_open(&loop, &options, &error);

    assert_non_null(input);
    return input;
}

static int next(struct input *input)
{
    char data[4096];
    struct error error = {0};

    return input_read(input, data, sizeof data, &error);
}

static void assert_reads(struct input *input, const char *text)
{
    char data[4096] = "";
    struct error error = {0};

    assert_int_equal(input_read(input, data, sizeof data - 1, &error), strlen(text));
    assert_string_equal(data, text);
}

/* Reads a file of that text as an earlier run did, and returns what it remembers. */
static struct file_mark read_before(const char *text)
{
    struct input *input;
    struct file_mark mark;

    put("calls.csv", text);
    input = open_followed();
    assert_int_equal(next(input), INPUT_BEGIN);
    assert_reads(input, text);
    input_mark(input, &mark);
    input_close(input);
    return mark;
}

static void test_file_that_is_rotated_after_it_was_opened_is_read_again(void **state)
{
    struct file_mark mark = read_before("no\nA-1\nA-2\n");
    struct input *input;
    struct error error = {0};

    (void)state;
    put("calls.csv", "no\nB-1\nB-2\n"); /* written anew in its place */
    input = open_followed();
    input_recall(input, &mark, "calls.csv");
    assert_int_equal(next(input), INPUT_BEGIN);
    input_expect(input, &mark);
    move("calls.csv", "calls.csv.1");
    put("calls.csv", "no\nC-1\n");
    assert_int_equal(next(input), INPUT_CHANGED);
    assert_int_equal(input_rewind(input, &error), 0);
    assert_reads(input, "no\nB-1\nB-2\n");
    input_close(input);
}

static void test_packed_file_that_is_renamed_while_it_is_read_is_read_to_its_end(void **state)
{
    struct file_mark mark = read_before("no\nA-1\n");
    struct input *input;
    struct error error = {0};

    (void)state;
    put_packed("calls.csv.1.gz", "no\nA-1\nA-2\n");
    put("calls.csv", "no\nC-1\n");
    input = open_followed();
    input_recall(input, &mark, "calls.csv");
    assert_int_equal(next(input), INPUT_BEGIN);
    assert_reads(input, "no\nA-1\nA-2\n");
    move("calls.csv.1.gz", "calls.csv.2.gz");
    put_packed("calls.csv.1.gz", "no\nB-1\n");
    assert_int_equal(next(input), INPUT_CHANGED);
    assert_int_equal(input_rewind(input, &error), 0);
    assert_reads(input, "no\nA-1\nA-2\n");
    assert_int_equal(next(input), INPUT_END);
    input_close(input);
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/feed_input.XXXXXX");
    if (!mkdtemp(folder) || uv_loop_init(&loop) != 0)
        return -1;
    strcpy(followed, path_of("calls.csv"));
    return 0;
}

static int teardown(void **state)
{
    static const char *const names[] = {"calls.csv", "calls.csv.1", "calls.csv.1.gz",
                                        "calls.csv.2.gz"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(path_of(names[i]));
    rmdir(folder);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

int main(void)
{
#define INPUT_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        INPUT_TEST(test_file_that_is_rotated_after_it_was_opened_is_read_again),
        INPUT_TEST(test_packed_file_that_is_renamed_while_it_is_read_is_read_to_its_end),
    };

    log_init("test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
