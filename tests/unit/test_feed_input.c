/* The octets of a followed file and of its rotated files. What is read again is the file that was
 * opened. */
#include "input.h"
#include "log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/* Rotated files. They wait to be read while a further rotation takes place. */

/* Writes a file that was changed last at that second. */
static void put_at(const char *name, const char *text, time_t second)
{
    const struct timespec times[2] = {{.tv_sec = second}, {.tv_sec = second}};

    put(name, text);
    assert_int_equal(utimensat(AT_FDCWD, path_of(name), times, 0), 0);
}

/* An agent that has read A-1, and finds three rotated files and the current one. It has opened the
 * oldest. */
static struct input *open_behind(void)
{
    struct file_mark mark = read_before("no\nA-1\n");
    struct input *input;

    move("calls.csv", "calls.csv.3");
    put_at("calls.csv.3", "no\nA-1\nA-2\n", 1000000000);
    put_at("calls.csv.2", "no\nB-1\n", 2000000000);
    put_at("calls.csv.1", "no\nC-1\n", 2000000060);
    put_at("calls.csv", "no\nD-1\n", 2000000120);
    input = open_followed();
    input_recall(input, &mark, "calls.csv");
    assert_int_equal(next(input), INPUT_BEGIN);
    return input;
}

/* Reads on until all of the text was read, file by file. */
static void assert_reads_all(struct input *input, const char *expected)
{
    char all[4096] = "";
    size_t size = 0;
    struct error error = {0};

    for (int i = 0; i < 1000 && size < strlen(expected); i++) {
        int got = input_read(input, all + size, (int)(sizeof all - size - 1), &error);

        if (got == INPUT_END)
            input_next(input, true);
        else if (got < 0)
            assert_int_equal(got, INPUT_BEGIN);
        size += got > 0 ? (size_t)got : 0;
    }
    assert_string_equal(all, expected);
    input_close(input);
}

static void
test_rotated_files_that_are_renumbered_before_they_are_read_are_each_read_once(void **state)
{
    struct input *input = open_behind();

    (void)state;
    move("calls.csv.3", "calls.csv.4");
    move("calls.csv.2", "calls.csv.3");
    move("calls.csv.1", "calls.csv.2");
    move("calls.csv", "calls.csv.1");
    put_at("calls.csv", "no\nE-1\n", 2000000180);
    assert_reads_all(input, "no\nA-1\nA-2\nno\nB-1\nno\nC-1\nno\nD-1\nno\nE-1\n");
}

static void test_rotated_files_that_are_packed_before_they_are_read_are_each_read_once(void **state)
{
    struct input *input = open_behind();

    (void)state;
    move("calls.csv.3", "calls.csv.4");
    put_packed("calls.csv.3.gz", "no\nB-1\n");
    unlink(path_of("calls.csv.2"));
    move("calls.csv.1", "calls.csv.2");
    move("calls.csv", "calls.csv.1");
    put_at("calls.csv", "no\nE-1\n", 2000000180);
    assert_reads_all(input, "no\nA-1\nA-2\nno\nB-1\nno\nC-1\nno\nD-1\nno\nE-1\n");
}

static void test_files_that_are_written_after_an_empty_one_are_each_read_once(void **state)
{
    struct input *input;

    (void)state;
    put("calls.csv", "");
    input = open_followed();
    assert_int_equal(next(input), INPUT_BEGIN);
    assert_int_equal(next(input), INPUT_LATER);
    move("calls.csv", "calls.csv.2");
    put_at("calls.csv.1", "no\nB-1\n", 2000000060);
    put_at("calls.csv", "no\nC-1\n", 2000000120);
    assert_reads_all(input, "no\nB-1\nno\nC-1\n");
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
    static const char *const names[] = {"calls.csv",      "calls.csv.1",   "calls.csv.2",
                                        "calls.csv.3",    "calls.csv.4",   "calls.csv.1.gz",
                                        "calls.csv.2.gz", "calls.csv.3.gz"};

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
        INPUT_TEST(test_rotated_files_that_are_renumbered_before_they_are_read_are_each_read_once),
        INPUT_TEST(test_rotated_files_that_are_packed_before_they_are_read_are_each_read_once),
        INPUT_TEST(test_files_that_are_written_after_an_empty_one_are_each_read_once),
    };

    log_init("test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
