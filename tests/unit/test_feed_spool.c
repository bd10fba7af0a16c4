/* The spool: committed records survive any end of the process, uncommitted ones are cut off. */
#include "log.h"
#include "spool_bench.h"
#include "stream_digest.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

static int64_t ten_days_on(void)
{
    return ((int64_t)time(NULL) + 864000) * 1000000;
}

static void test_committed_events_and_checkpoint_survive_a_restart(void **state)
{
    struct spool *spool = open_spool(0);
    char stream[37];
    int64_t epoch = spool_epoch(spool);

    (void)state;
    strcpy(stream, spool_stream(spool));
    append(spool, 1, 3, "place=3\n");
    append(spool, 4, 2, "place=5\n");
    spool_append(spool, "lost", 4); /* never committed */
    spool_close(spool);

    spool = open_spool(0);
    assert_string_equal(spool_stream(spool), stream);
    assert_int_equal(spool_epoch(spool), epoch);
    assert_int_equal(spool_next(spool), 6);
    assert_string_equal(spool_checkpoint(spool), "place=5\n");
    for (uint64_t seq = 5; seq >= 1; seq--)
        assert_body(spool, seq);
    spool_close(spool);
}

static void test_digest_covers_every_durable_event_and_outlives_the_records(void **state)
{
    struct spool *spool = open_spool(256);
    uint64_t digest = 0;
    char body[64], path[128];

    (void)state;
    assert_int_equal(spool_digest(spool).from, 1);
    assert_int_equal(spool_digest(spool).through, 0);
    for (int i = 1; i <= 40; i++) {
        append(spool, i, 1, "place\n");
        digest ^= stream_digest_hash((uint64_t)i, body,
                                     (size_t)snprintf(body, sizeof body, "{\"event\": %d}", i));
    }
    spool_append(spool, "lost", 4); /* never committed */
    assert_int_equal(spool_digest(spool).through, 40);
    assert_true(spool_digest(spool).digest == digest);
    spool_close(spool);
    assert_true(segment_files(NULL, 0) > 3);
    snprintf(path, sizeof path, "%s/live/%020d.seg", folder, 1);
    assert_int_equal(unlink(path), 0);
    spool = open_spool(256);
    assert_int_equal(spool_digest(spool).from, 1);
    assert_int_equal(spool_digest(spool).through, 40);
    assert_true(spool_digest(spool).digest == digest);
    assert_string_equal(spool_checkpoint(spool), "place\n");
    spool_close(spool);
}

/* Size of the commit "place=N" with its digest, which is written twice. */
enum { COMMIT = 24 + 8 + 17 };

/* A batch is complete or absent, wherever the file ends. */
static void test_tail_torn_at_every_octet_of_the_last_batch(void **state)
{
    char path[128], whole[128];
    struct stat before, after;
    struct spool *spool = open_spool(0);

    (void)state;
    append(spool, 1, 2, "place=2\n");
    spool_close(spool);
    segment_files(path, sizeof path);
    assert_int_equal(stat(path, &before), 0);
    spool = open_spool(0);
    append(spool, 3, 2, "place=4\n");
    spool_close(spool);
    assert_int_equal(stat(path, &after), 0);
    snprintf(whole, sizeof whole, "%s/whole", folder);
    copy_file(path, whole, after.st_size);

    for (off_t size = before.st_size; size <= after.st_size; size++) {
        bool torn = size < after.st_size - COMMIT;
        struct stat cut;

        copy_file(whole, path, size);
        spool = open_spool(0);
        assert_int_equal(spool_next(spool), torn ? 3 : 5);
        assert_string_equal(spool_checkpoint(spool), torn ? "place=2\n" : "place=4\n");
        assert_body(spool, 2);
        assert_int_equal(stat(path, &cut), 0);
        assert_int_equal(cut.st_size, torn                   ? before.st_size
                                      : size < after.st_size ? after.st_size - COMMIT
                                                             : after.st_size);
        append(spool, torn ? 3 : 5, 1, "place=again\n");
        assert_body(spool, torn ? 3 : 5);
        spool_close(spool);
    }
}

static void test_first_file_torn_at_every_octet_starts_all_the_same(void **state)
{
    char path[128], whole[128];
    struct stat full;
    struct spool *spool = open_spool(0);

    (void)state;
    append(spool, 1, 1, "place=1\n");
    spool_close(spool);
    segment_files(path, sizeof path);
    stat(path, &full);
    snprintf(whole, sizeof whole, "%s/whole", folder);
    copy_file(path, whole, full.st_size);
    for (off_t size = 0; size < full.st_size - COMMIT; size++) {
        copy_file(whole, path, size);
        spool = open_spool(0);
        assert_int_equal(spool_next(spool), 1);
        append(spool, 1, 1, "place=1\n");
        assert_body(spool, 1);
        spool_close(spool);
    }
}

static void test_segments_are_read_across_and_deleted_when_old_and_decided(void **state)
{
    struct spool *spool = open_spool(500);

    (void)state;
    for (int i = 0; i < 40; i++)
        append(spool, 1 + i, 1, "");
    assert_true(segment_files(NULL, 0) > 3);
    for (uint64_t seq = 1; seq <= 40; seq++)
        assert_body(spool, seq);
    for (uint64_t seq = 40; seq >= 1; seq--)
        assert_body(spool, seq);
    assert_int_equal(spool_acknowledge(spool, 1, 30), 0);
    spool_tidy(spool);
    assert_body(spool, 1); /* decided, but young */
    spool_close(spool);

    clock_inject(ten_days_on, NULL);
    spool = open_spool(500);
    spool_tidy(spool);
    clock_inject(NULL, NULL);
    assert_true(spool_first(spool) > 1 && spool_first(spool) <= 31);
    assert_body(spool, 31);
    assert_body(spool, 40);
    spool_close(spool);
}

static void test_mark_is_durable_and_ranges_above_it_are_sent_again(void **state)
{
    struct spool *spool = open_spool(0);

    (void)state;
    append(spool, 1, 10, "");
    assert_int_equal(spool_acknowledge(spool, 1, 4), 0);
    assert_int_equal(spool_acknowledge(spool, 7, 8), 0);
    assert_int_equal(ledger_next_open(spool_ledger(spool), 1), 5);
    assert_int_equal(ledger_next_open(spool_ledger(spool), 7), 9);
    assert_true(spool_acknowledge(spool, 10, 11) < 0); /* never sent */
    spool_close(spool);
    spool = open_spool(0);
    assert_int_equal(ledger_next_open(spool_ledger(spool), 1), 5);
    assert_int_equal(ledger_next_open(spool_ledger(spool), 7), 7);
    spool_close(spool);
}

static void test_refused_event_is_kept_though_its_file_is_deleted(void **state)
{
    struct spool *spool = open_spool(500);
    struct error error = {0};
    const char *body;
    size_t size;

    (void)state;
    for (int i = 0; i < 40; i++)
        append(spool, 1 + i, 1, "");
    assert_int_equal(spool_refuse(spool, 2, "range", "place.latitude", "no", &error), 0);
    assert_int_equal(spool_refuse(spool, 2, "range", "place.latitude", "no", &error), 1);
    assert_int_equal(spool_refused_count(spool, 1, 40), 1);
    spool_acknowledge(spool, 1, 1);
    spool_acknowledge(spool, 3, 40);
    spool_close(spool);

    clock_inject(ten_days_on, NULL);
    spool = open_spool(500);
    spool_tidy(spool);
    clock_inject(NULL, NULL);
    assert_true(spool_first(spool) > 2);
    assert_int_equal(spool_read(spool, 3, &body, &size), ERR_ABSENT);
    assert_body(spool, 2);
    assert_int_equal(spool_acknowledge(spool, 1, 5), 0); /* its refusal stands */
    assert_int_equal(spool_refused_count(spool, 1, 40), 1);
    spool_ask(spool, 2);
    assert_int_equal(spool_acknowledge(spool, 2, 2), 0); /* it was requested again, and accepted */
    assert_int_equal(spool_refused_count(spool, 1, 40), 0);
    spool_close(spool);
    spool = open_spool(500);
    assert_int_equal(spool_read(spool, 2, &body, &size), ERR_ABSENT);
    spool_close(spool);
}

static void test_full_spool_says_so_until_events_are_decided(void **state)
{
    struct spool *spool = open_spool(65536);
    char *body = calloc(1, 60000);
    struct error error = {0};

    (void)state;
    memset(body, 'x', 60000);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(spool_is_full(spool), i * (60024 + 48) + 48 >= 1 << 20);
        assert_true(spool_append(spool, body, 60000) > 0);
        assert_int_equal(spool_commit(spool, "", &error), 0);
    }
    assert_true(spool_is_full(spool));
    spool_acknowledge(spool, 1, 18);
    spool_tidy(spool);
    assert_false(spool_is_full(spool));
    free(body);
    spool_close(spool);
}

static void test_lost_stream_file_begins_a_new_stream_and_keeps_the_old_files(void **state)
{
    struct spool *spool = open_spool(0);
    char path[128], old[37];
    glob_t found;

    (void)state;
    append(spool, 1, 2, "place=2\n");
    strcpy(old, spool_stream(spool));
    spool_close(spool);
    snprintf(path, sizeof path, "%s/live/stream", folder);
    unlink(path);
    spool = open_spool(0);
    assert_string_not_equal(spool_stream(spool), old);
    assert_int_equal(spool_next(spool), 1);
    assert_string_equal(spool_checkpoint(spool), "");
    spool_close(spool);
    snprintf(path, sizeof path, "%s/live/*.seg.lost", folder);
    assert_int_equal(glob(path, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    globfree(&found);
}

static void test_renewed_stream_carries_on_what_is_not_decided(void **state)
{
    struct spool *spool = open_spool(0);
    struct error error = {0};
    char old[37];

    (void)state;
    append(spool, 1, 5, "place=5\n");
    spool_acknowledge(spool, 1, 3);
    strcpy(old, spool_stream(spool));
    assert_int_equal(spool_renew(spool, false, &error), 0);
    assert_string_not_equal(spool_stream(spool), old);
    assert_int_equal(spool_next(spool), 3);
    spool_close(spool);
    spool = open_spool(0);
    assert_int_equal(spool_next(spool), 3);
    assert_string_equal(spool_checkpoint(spool), "place=5\n");
    assert_int_equal(ledger_next_open(spool_ledger(spool), 1), 1);
    spool_close(spool);
}

static void test_renewed_stream_carries_on_all_where_intake_has_lost_what_it_had(void **state)
{
    struct spool *spool = open_spool(0);
    struct error error = {0};

    (void)state;
    append(spool, 1, 5, "place=5\n");
    spool_acknowledge(spool, 1, 3);
    assert_int_equal(spool_renew(spool, true, &error), 0);
    assert_int_equal(spool_next(spool), 6);
    assert_int_equal(ledger_next_open(spool_ledger(spool), 1), 1);
    assert_string_equal(spool_checkpoint(spool), "place=5\n");
    spool_close(spool);
}

static void test_batch_is_whole_after_a_disk_that_was_full(void **state)
{
    struct spool *spool = open_spool(0);
    struct rlimit old, full;
    struct error error = {0};
    char *body = calloc(1, 20000);

    (void)state;
    append(spool, 1, 2, "place=2\n");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    full = (struct rlimit){8192, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    assert_int_equal(spool_append(spool, body, 20000), 3);
    assert_int_equal(spool_commit(spool, "place=3\n", &error), ERR_IO);
    assert_int_equal(spool_commit(spool, "place=3\n", &error), ERR_IO);
    assert_int_equal(spool_next(spool), 3);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(spool_commit(spool, "place=3\n", &error), 0);
    assert_int_equal(spool_next(spool), 4);
    spool_close(spool);
    spool = open_spool(0);
    assert_int_equal(spool_next(spool), 4);
    assert_string_equal(spool_checkpoint(spool), "place=3\n");
    assert_body(spool, 2);
    free(body);
    spool_close(spool);
}

static void test_ledger_agrees_with_a_plain_list(void **state)
{
    enum { N = 60 };
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 300; round++) {
        bool plain[N + 2] = {false};
        struct ledger ledger;

        ledger_init(&ledger, 0);
        for (int step = 0; step < 25; step++) {
            uint64_t first = (uint64_t)(rand_r(&seed) % N) + 1;
            uint64_t last = first + (uint64_t)(rand_r(&seed) % 6);

            if (last > N)
                last = N;
            assert_int_equal(ledger_add(&ledger, first, last), 0);
            for (uint64_t seq = first; seq <= last; seq++)
                plain[seq] = true;
            for (uint64_t seq = 1; seq <= N; seq++) {
                uint64_t open = seq;

                while (open <= N && plain[open])
                    open++;
                assert_int_equal(ledger_has(&ledger, seq), plain[seq]);
                assert_int_equal(ledger_next_open(&ledger, seq), open);
            }
        }
        uint64_t count = 0;
        for (uint64_t seq = 10; seq <= 50; seq++)
            count += plain[seq];
        assert_int_equal(ledger_count(&ledger, 10, 50), count);
        ledger_free(&ledger);
    }
}

int main(void)
{
#define SPOOL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        SPOOL_TEST(test_committed_events_and_checkpoint_survive_a_restart),
        SPOOL_TEST(test_digest_covers_every_durable_event_and_outlives_the_records),
        SPOOL_TEST(test_tail_torn_at_every_octet_of_the_last_batch),
        SPOOL_TEST(test_first_file_torn_at_every_octet_starts_all_the_same),
        SPOOL_TEST(test_segments_are_read_across_and_deleted_when_old_and_decided),
        SPOOL_TEST(test_mark_is_durable_and_ranges_above_it_are_sent_again),
        SPOOL_TEST(test_refused_event_is_kept_though_its_file_is_deleted),
        SPOOL_TEST(test_full_spool_says_so_until_events_are_decided),
        SPOOL_TEST(test_lost_stream_file_begins_a_new_stream_and_keeps_the_old_files),
        SPOOL_TEST(test_renewed_stream_carries_on_what_is_not_decided),
        SPOOL_TEST(test_renewed_stream_carries_on_all_where_intake_has_lost_what_it_had),
        SPOOL_TEST(test_batch_is_whole_after_a_disk_that_was_full),
        cmocka_unit_test(test_ledger_agrees_with_a_plain_list),
    };

    log_init("test", LOG_LEVEL_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
