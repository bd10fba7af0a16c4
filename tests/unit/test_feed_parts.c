/* Small parts of the agent: checkpoint, digests, manifests, replay, withheld types, progress. */
#include "log.h"
#include "services/feed/digest.h"
#include "services/feed/input/checkpoint.h"
#include "services/feed/input/replay.h"
#include "services/feed/input/seen.h"
#include "services/feed/mapping/withhold.h"
#include "services/feed/progress.h"
#include "services/feed/sender/manifests.h"
#include "services/feed/sender/proofs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_checkpoint_is_read_as_it_was_written(void **state)
{
    struct checkpoint was = {.name = "calls = 1.csv",
                             .offset = UINT64_MAX,
                             .last = 7,
                             .replay_began = -5,
                             .done = 1},
                      is;
    char text[4096], small[64];

    (void)state;
    strcpy(was.head, "0123456789abcdef0123456789abcdef");
    assert_true(checkpoint_write(&was, text, sizeof text) > 0);
    assert_int_equal(checkpoint_read(&is, text), 0);
    assert_memory_equal(&is, &was, sizeof is);
    assert_int_equal(checkpoint_write(&was, small, sizeof small), ERR_SIZE);
    assert_int_equal(checkpoint_read(&is, ""), 0);
    assert_int_equal(is.read, 0);
    assert_int_equal(checkpoint_read(&is, "later=1\nread=3\nnonsense\n"), 0);
    assert_int_equal(is.read, 3);
}

static void test_manifests_stay_until_they_are_confirmed(void **state)
{
    char folder[] = "/tmp/test_feed_parts.XXXXXX", path[64];
    struct manifest one = {.source = "a \"b\".csv", .read = 3, .records = 2, .first = 1, .last = 2};
    struct manifest two = {.source = "c.csv", .read = 9};
    struct manifests manifests, again;
    struct error error = {0};
    int dir;

    (void)state;
    assert_non_null(mkdtemp(folder));
    dir = open(folder, O_RDONLY | O_DIRECTORY);
    manifests_open(&manifests, dir);
    assert_int_equal(manifests.count, 0);
    assert_int_equal(manifests_add(&manifests, &one, &error), 0);
    one.records = 1; /* reported again after a crash */
    assert_int_equal(manifests_add(&manifests, &one, &error), 0);
    assert_int_equal(manifests_add(&manifests, &two, &error), 0);
    manifests_open(&again, dir);
    assert_int_equal(again.count, 2);
    assert_memory_equal(&again.item[0], &one, sizeof one);
    assert_int_equal(manifests_confirm(&again, 1, &error), 0);
    manifests_open(&manifests, dir);
    assert_int_equal(manifests.count, 1);
    assert_string_equal(manifests.item[0].source, "c.csv");
    for (int i = 0; i < 2 * MANIFESTS_MAX; i++) {
        two.first = (uint64_t)i + 1;
        assert_int_equal(manifests_add(&manifests, &two, &error), 0);
    }
    assert_int_equal(manifests.count, MANIFESTS_MAX);
    assert_int_equal(manifests.item[MANIFESTS_MAX - 1].first, 2 * MANIFESTS_MAX);
    close(dir);
    snprintf(path, sizeof path, "%s/manifests", folder);
    unlink(path);
    rmdir(folder);
}

static void test_manifest_carries_the_digest_where_there_is_one(void **state)
{
    struct manifest manifest = {.source = "c.csv", .read = 9};
    struct spool_digest covered = {1, 7, UINT64_C(0xabc)};
    char text[MANIFEST_MAX];

    (void)state;
    manifest_write(&manifest, NULL, text);
    assert_non_null(strstr(text, "\"digest\":\"\""));
    assert_null(strstr(text, "through"));
    manifest_write(&manifest, &covered, text);
    assert_non_null(strstr(text, "\"through\":7,\"counts_from\":1,"
                                 "\"digest\":\"0000000000000abc\""));
    assert_null(strstr(text, "again"));
}

static void test_latest_answers_are_kept_and_no_more(void **state)
{
    char folder[] = "/tmp/test_feed_parts.XXXXXX", path[64], line[512];
    json_t *proof = json_pack("{s:s,s:s,s:i,s:i,s:i,s:i}", "source", "a\tb", "verdict", "same",
                              "records", 3, "ours", 2, "missing", 1, "through", 9);
    struct error error = {0};
    int dir, lines = 0;

    (void)state;
    assert_non_null(mkdtemp(folder));
    dir = open(folder, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 405; i++)
        assert_int_equal(proofs_keep(dir, proof, &error), 0);
    json_object_del(proof, "verdict");
    assert_int_equal(proofs_keep(dir, proof, &error), ERR_SYNTAX);
    json_decref(proof);
    snprintf(path, sizeof path, "%s/proofs.tsv", folder);
    FILE *file = fopen(path, "r");
    while (fgets(line, sizeof line, file)) {
        assert_string_equal(strchr(line, '\t'), "\ta?b\tsame\t3\t2\t1\t9\n");
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 400);
    close(dir);
    unlink(path);
    rmdir(folder);
}

static void test_shift_moves_every_time_and_marks_the_numbers(void **state)
{
    struct event event;

    (void)state;
    event_clear(&event);
    strcpy(event.incident, "2015-1");
    event.occurred_at = 1000;
    event.times.on_scene = 2000;
    event.units.count = 1;
    event.units.item[0].at = 3000;
    event.outcomes.count = 1;
    event.outcomes.item[0].decided_at = EVENT_TIME_NONE;
    replay_shift(&event, 50, INT64_C(36) * 36 * 1000000);
    assert_int_equal(event.occurred_at, 1050);
    assert_int_equal(event.times.on_scene, 2050);
    assert_int_equal(event.units.item[0].at, 3050);
    assert_true(event.times.closed == EVENT_TIME_NONE);
    assert_true(event.outcomes.item[0].decided_at == EVENT_TIME_NONE);
    assert_string_equal(event.incident, "2015-1~100");
    assert_string_equal(event.merged_into, "");

    memset(event.incident, 'x', sizeof event.incident - 1);
    event.incident[sizeof event.incident - 1] = '\0';
    replay_shift(&event, 0, INT64_C(36) * 1000000);
    assert_int_equal(strlen(event.incident), sizeof event.incident - 1);
    assert_string_equal(event.incident + sizeof event.incident - 4, "~10");
}

static void test_times_of_the_command_line(void **state)
{
    struct error error = {0};
    event_time time;

    (void)state;
    assert_int_equal(replay_time("", 42, NULL, &time, &error), 0);
    assert_int_equal(time, 42);
    assert_int_equal(replay_time("1970-01-02", 0, NULL, &time, &error), 0);
    assert_int_equal(time, INT64_C(86400000000));
    assert_int_equal(replay_time("1970-01-01T01:00:00+01:00", 1, NULL, &time, &error), 0);
    assert_int_equal(time, 0);
    assert_int_equal(replay_time("tomorrow", 0, NULL, &time, &error), ERR_TIME);
}

static void test_withheld_types_are_compared_without_regard_to_case(void **state)
{
    char path[64];
    struct withhold withhold;
    struct error error;
    struct event event;
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "/tmp/test_feed_parts.%d", (int)getpid());
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("# comment\n\n  Child Abuse  \r\nRAPE\n", file);
    fclose(file);
    assert_int_equal(withhold_load(&withhold, path, &error), 0);
    unlink(path);
    event_clear(&event);
    assert_false(withhold_event(&withhold, &event));
    strcpy(event.final_type, "CHILD ABUSE");
    assert_true(withhold_event(&withhold, &event));
    strcpy(event.final_type, "CHILD ABUSE 2");
    assert_false(withhold_event(&withhold, &event));
    withhold_free(&withhold);
    assert_true(withhold_load(&withhold, path, &error) < 0);
}

static void test_withheld_types_are_compared_as_a_person_reads_them(void **state)
{
    static const struct {
        const char *type;
        bool withheld;
    } rows[] = {
        {"CHILD\xC2\xA0"
         "ABUSE",
         true}, /* no-break space */
        {"CHILD  ABUSE", true},
        {"CHILD-ABUSE", true},
        {"\xEF\xBC\xA3\xEF\xBC\xA8\xEF\xBC\xA9LD ABUSE", true}, /* full width */
        {"CHILD A\xC2\xAD"
         "BUSE",
         true},                            /* soft hyphen */
        {"CHILD\xE2\x80\x8B ABUSE", true}, /* zero-width space */
        {"CHILD \xD0\x90"
         "BUSE",
         true},                       /* Cyrillic A */
        {"CH\xD0\x86LD ABUSE", true}, /* Cyrillic I */
        {"CHILD ABUSED", false},
        {"SEX\xC2\xA0OFFENDER", true},
        {"SE OFFENDER", false},
        {"10-16", true},
        {"10 16", true},
        {"101-6", false},
        {"1016", false},
        {"S1", true},
        {"SI", false},
        {"\xE5\xAE\xB6\xE6\x9A\xB4", true}, /* letters that do not look like Latin ones */
        {"\xE5\xAE\xB6\xE5\xAE\xB6", false},
        {"--", false},
    };
    char path[64];
    struct withhold withhold;
    struct error error;
    struct event event;
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "/tmp/test_feed_parts.%d", (int)getpid());
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("Child Abuse\nSEX OFF*\n10-16\nS1\n\xE5\xAE\xB6\xE6\x9A\xB4\n", file);
    fclose(file);
    assert_int_equal(withhold_load(&withhold, path, &error), 0);
    unlink(path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        event_clear(&event);
        strcpy(event.call_type, rows[i].type);
        if (withhold_event(&withhold, &event) != rows[i].withheld)
            fail_msg("%s: %s", rows[i].type, rows[i].withheld ? "sent" : "withheld");
    }
    withhold_free(&withhold);
}

static void test_progress_tells_rate_and_what_is_left(void **state)
{
    struct progress progress;
    struct progress_now now = {.read = 500,
                               .records = 490,
                               .acknowledged = 100,
                               .rejected = 10,
                               .share = 0.25,
                               .trouble = ""};
    char line[256];

    (void)state;
    progress_init(&progress, 0);
    progress_line(&progress, &now, 10000000, line, sizeof line);
    assert_string_equal(line, "read 500 (25 %), 50 rows/s, rejected 10, acknowledged 100 of 490, "
                              "refused 0, 30 s left");
    now.read = 1500;
    now.share = -1;
    now.trouble = "nobody answers";
    progress_line(&progress, &now, 11000000, line, sizeof line);
    assert_string_equal(line, "read 1500, 1000 rows/s, rejected 10, acknowledged 100 of 490, "
                              "refused 0, not connected");
}

static void test_digest_index_finds_what_is_in_it_and_no_more(void **state)
{
    struct digest_index *index = digest_index_new(4);
    struct digest key[4] = {0}, read; /* they differ only after the octets that choose the slot */
    char text[DIGEST_HEX + 1];

    (void)state;
    assert_non_null(index);
    for (int i = 0; i < 4; i++) {
        key[i].octets[DIGEST - 1] = (unsigned char)i;
        assert_int_equal(digest_index_find(index, &key[i]), -1);
        digest_index_put(index, i, &key[i]);
    }
    digest_index_drop(index, 2);
    digest_index_drop(index, 0);
    digest_index_drop(index, 3);
    for (int i = 0; i < 4; i++)
        assert_int_equal(digest_index_find(index, &key[i]), i == 1 ? i : -1);
    digest_index_clear(index);
    assert_int_equal(digest_index_find(index, &key[1]), -1);
    digest_index_free(index);

    digest_write(text, &key[3]);
    assert_true(digest_read(&read, text) && digest_same(&read, &key[3]));
    text[DIGEST_HEX - 1] = 'x';
    assert_false(digest_read(&read, text));
    assert_false(digest_read(&read, "00"));
}

static void test_the_oldest_that_was_seen_makes_room(void **state)
{
    struct error error = {0};
    struct seen *seen = seen_open(-1, "live", NULL, &error);
    struct digest key;

    (void)state;
    assert_non_null(seen);
    for (int i = 0; i <= SEEN_MAX; i++) {
        key = digest_of("event", &i, sizeof i);
        assert_null(seen_find(seen, &key));
        assert_int_equal(seen_add(seen, &key, &key), 0);
    }
    for (int i = 0; i <= SEEN_MAX; i++) {
        key = digest_of("event", &i, sizeof i);
        assert_int_equal(seen_find(seen, &key) != NULL, i > 0);
    }
    seen_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checkpoint_is_read_as_it_was_written),
        cmocka_unit_test(test_manifests_stay_until_they_are_confirmed),
        cmocka_unit_test(test_manifest_carries_the_digest_where_there_is_one),
        cmocka_unit_test(test_latest_answers_are_kept_and_no_more),
        cmocka_unit_test(test_shift_moves_every_time_and_marks_the_numbers),
        cmocka_unit_test(test_times_of_the_command_line),
        cmocka_unit_test(test_withheld_types_are_compared_without_regard_to_case),
        cmocka_unit_test(test_withheld_types_are_compared_as_a_person_reads_them),
        cmocka_unit_test(test_progress_tells_rate_and_what_is_left),
        cmocka_unit_test(test_digest_index_finds_what_is_in_it_and_no_more),
        cmocka_unit_test(test_the_oldest_that_was_seen_makes_room),
    };

    log_init("test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
