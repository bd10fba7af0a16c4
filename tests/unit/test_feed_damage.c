/* The spool's last file is cut or changed at every octet, and the disk is full at every octet of a
 * write: the spool opens, logs what it cut off, and goes on. No intact record is lost, and no
 * decided record is sent again.
 */
#include "log.h"
#include "spool_bench.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { SEGMENT = 680 }; /* two files for ROWS */
/* Sizes of the records {"row": N} and place=N with the digest, where N has one digit. */
enum { EVENT = 24 + 10, COMMIT = 24 + 8 + 17 };
enum { ROWS = 14, BATCH = 2, LAST_FILE = 9, NO_DAMAGE = -1 };

/* How an octet is damaged; CUT truncates the file there. */
enum damage { CUT, ONE_BIT, ALL_BITS };

struct file {
    char path[128];
    char data[4096];
    off_t size;
};

static void load(struct file *file)
{
    int fd = open(file->path, O_RDONLY);

    assert_true(fd >= 0);
    file->size = read(fd, file->data, sizeof file->data);
    assert_true(file->size >= 0 && file->size < (off_t)sizeof file->data);
    close(fd);
}

static void store(const struct file *file, off_t at, enum damage damage)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char octet = (char)(file->data[at] ^ (damage == ONE_BIT ? 1 << (at % 8) : 0xFF));

    assert_int_equal(write(fd, file->data, (size_t)file->size), file->size);
    if (damage == CUT)
        assert_int_equal(ftruncate(fd, at), 0);
    else
        assert_int_equal(pwrite(fd, &octet, 1, at), 1);
    close(fd);
}

/* A file that gets the log, and the saved standard error. */
static int said, standard_error;

static void listen_to_log(void)
{
    said = memfd_create("log", 0);
    standard_error = dup(2);
    dup2(said, 2);
}

static bool log_says(const char *text)
{
    static char data[1 << 16];
    ssize_t size = pread(said, data, sizeof data - 1, 0);

    assert_true(size >= 0);
    data[size] = '\0';
    assert_int_equal(ftruncate(said, 0), 0);
    lseek(said, 0, SEEK_SET);
    return strstr(data, text) != NULL;
}

static void stop_listening(void)
{
    dup2(standard_error, 2);
    close(standard_error);
    close(said);
}

/* A source has rows 1 to ROWS; the checkpoint holds its position. */

static void spool_rows(struct spool *spool, int from)
{
    struct error error = {0};
    char body[64], place[32];

    for (int row = from; row <= ROWS; row++) {
        int size = snprintf(body, sizeof body, "{\"row\": %d}", row);

        assert_true(spool_append(spool, body, (size_t)size) > 0);
        snprintf(place, sizeof place, "place=%d\n", row);
        if (row % BATCH == 0)
            assert_int_equal(spool_commit(spool, place, &error), 0);
    }
}

static int place_of(const struct spool *spool)
{
    int place = 0;

    sscanf(spool_checkpoint(spool), "place=%d", &place);
    return place;
}

static int row_at(struct spool *spool, uint64_t seq)
{
    const char *body;
    size_t size;
    int row = 0;

    if (spool_read(spool, seq, &body, &size) == 0)
        assert_int_equal(sscanf(body, "{\"row\": %d}", &row), 1);
    return row;
}

/* Makes a spool of two files with rows 1 to ROWS, of which the first `decided` are decided. Returns
 * the last file. */
static struct file make(uint64_t decided)
{
    struct spool *spool = open_spool(SEGMENT);
    struct file last;

    spool_rows(spool, 1);
    if (decided > 0)
        assert_int_equal(spool_acknowledge(spool, 1, decided), 0);
    spool_close(spool);
    assert_int_equal(segment_files(last.path, sizeof last.path), 2);
    load(&last);
    assert_non_null(strstr(last.path, "0009.seg"));
    return last;
}

/* The offset of a row's record in the file, so that the test knows which row it has damaged. */
static off_t row_begin(const struct file *file, int row)
{
    char body[32];
    const char *at;

    snprintf(body, sizeof body, "{\"row\": %d}", row);
    at = memmem(file->data, (size_t)file->size, body, strlen(body));
    assert_non_null(at);
    return at - file->data - 24;
}

static off_t row_end(const struct file *file, int row)
{
    return row_begin(file, row) + 24 + (row < 10 ? 10 : 11);
}

/* A file that is cut here is valid and looks as if nothing had been written after it. */
static bool is_end_of_commit(const struct file *file, off_t at)
{
    for (int row = LAST_FILE - 1; row <= ROWS; row += BATCH) {
        off_t begin = row < LAST_FILE ? 0 : row_end(file, row), size = COMMIT + (row > 9);

        if (at == begin + size || at == begin + 2 * size)
            return true;
    }
    return false;
}

/* Each row is in the spool, was decided, or is read from the source again. */
static void check_start(const struct file *file, off_t at, enum damage damage, int decided)
{
    struct spool *spool = open_spool(SEGMENT);
    int place = place_of(spool), bad = 0, again = 0;
    uint64_t next = spool_next(spool);

    for (int row = 1; row <= ROWS; row++) {
        bool hit = row >= LAST_FILE &&
                   (damage == CUT ? at < row_end(file, row)
                                  : at >= row_begin(file, row) && at < row_end(file, row));

        if (hit && !bad && row > decided)
            bad = row;
        if (hit)
            assert_int_equal(row_at(spool, (uint64_t)row), 0);
        else if (row_at(spool, (uint64_t)row) != row) /* intact, but its commit was cut off */
            assert_true(damage == CUT && place < row);
        again += row > place && row <= decided;
    }
    if (bad)
        assert_true(place < bad);
    else if (damage != CUT)
        assert_int_equal(place, ROWS);
    if (damage != CUT)
        assert_int_equal(again, 0);
    assert_true(next > (uint64_t)decided);
    assert_int_equal(ledger_next_open(spool_ledger(spool), 1), decided + 1);
    assert_true(log_says("event=spool_") || (damage == CUT && is_end_of_commit(file, at)));

    spool_rows(spool, place + 1);
    for (int row = place + 1; row <= ROWS; row++)
        assert_int_equal(row_at(spool, next + (uint64_t)(row - place - 1)), row);
    next = spool_next(spool);
    spool_close(spool);
    spool = open_spool(SEGMENT); /* the file is cut only once */
    assert_false(log_says("event=spool_cut"));
    assert_int_equal(place_of(spool), ROWS);
    assert_int_equal(spool_next(spool), next);
    spool_close(spool);
}

static void test_last_file_damaged_at_every_octet_costs_no_row(void **state)
{
    static const int marks[] = {0, 10, ROWS};

    (void)state;
    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++) {
        int decided = marks[m];
        struct file last = make((uint64_t)decided), mark;

        snprintf(mark.path, sizeof mark.path, "%s/live/acked", folder);
        if (decided > 0)
            load(&mark);
        listen_to_log();
        for (enum damage damage = CUT; damage <= ALL_BITS; damage++)
            for (off_t at = 0; at < last.size; at++) {
                char newer[160];
                glob_t found;

                snprintf(newer, sizeof newer, "%s/live/*.seg*", folder);
                assert_int_equal(glob(newer, 0, NULL, &found), 0);
                for (size_t i = 0; i < found.gl_pathc; i++)
                    if (strstr(found.gl_pathv[i], "0001.seg") == NULL)
                        unlink(found.gl_pathv[i]);
                globfree(&found);
                if (decided > 0)
                    store(&mark, mark.size, CUT);
                store(&last, at, damage);
                log_says("");
                check_start(&last, at, damage, decided);
            }
        stop_listening();
        teardown(NULL);
        setup(NULL);
    }
}

/* A file before the last is checked when it is read, not when the spool is opened. */
static void test_older_file_damaged_at_every_octet_costs_that_record_alone(void **state)
{
    struct file first;
    struct spool *spool;

    (void)state;
    make(0);
    snprintf(first.path, sizeof first.path, "%s/live/%020d.seg", folder, 1);
    load(&first);
    for (off_t at = 0; at < first.size; at++) {
        int lost = 0;

        store(&first, at, ALL_BITS);
        spool = open_spool(SEGMENT);
        assert_int_equal(place_of(spool), ROWS);
        for (int row = ROWS; row >= 1; row--)
            lost += row_at(spool, (uint64_t)row) != row;
        for (int row = 1; row <= ROWS; row++)
            lost += row_at(spool, (uint64_t)row) != row;
        assert_true(lost == 0 || lost == 2); /* the damaged record, counted twice */
        spool_close(spool);
    }
}

static void test_mark_damaged_at_every_octet_is_never_too_high(void **state)
{
    struct file mark;

    (void)state;
    make(6);
    snprintf(mark.path, sizeof mark.path, "%s/live/acked", folder);
    load(&mark);
    listen_to_log();
    for (enum damage damage = CUT; damage <= ALL_BITS; damage++)
        for (off_t at = 0; at < mark.size; at++) {
            struct spool *spool;

            store(&mark, at, damage);
            spool = open_spool(SEGMENT);
            assert_true(log_says("event=spool_mark_unreadable"));
            assert_int_equal(ledger_next_open(spool_ledger(spool), 1), 1);
            assert_int_equal(spool_next(spool), ROWS + 1);
            spool_close(spool);
        }
    stop_listening();
}

/* Total size of all record files, including those set aside. */
static off_t octets_of_files(void)
{
    char pattern[128];
    struct stat stat_of;
    off_t octets = 0;
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s/live/*.seg*", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        octets += stat(found.gl_pathv[i], &stat_of) == 0 ? stat_of.st_size : 0;
    globfree(&found);
    return octets;
}

static void test_stream_file_damaged_at_every_octet_deletes_no_record(void **state)
{
    struct file name;

    (void)state;
    listen_to_log();
    name.size = 1;
    for (off_t at = 0; at < name.size; at++) {
        struct spool *spool;
        off_t octets;

        make(0);
        octets = octets_of_files();
        snprintf(name.path, sizeof name.path, "%s/live/stream", folder);
        load(&name);
        store(&name, at, ONE_BIT);
        spool = open_spool(SEGMENT);
        assert_true(log_says("event=spool_") || row_at(spool, ROWS) == ROWS);
        assert_int_equal(octets_of_files(), octets);
        spool_close(spool);
        teardown(NULL);
        setup(NULL);
    }
    stop_listening();
}

static void test_reject_store_damaged_at_every_octet_keeps_the_others(void **state)
{
    struct file store_of;
    struct error error = {0};
    struct spool *spool;

    (void)state;
    make(0);
    spool = open_spool(SEGMENT);
    for (uint64_t seq = 1; seq <= 4; seq++)
        assert_int_equal(spool_refuse(spool, seq, "value", "call_type", "no", &error), 0);
    spool_close(spool);
    snprintf(store_of.path, sizeof store_of.path, "%s/live/refused.rec", folder);
    load(&store_of);
    listen_to_log();
    for (enum damage damage = CUT; damage <= ALL_BITS; damage++)
        for (off_t at = 0; at < store_of.size; at++) {
            uint64_t whole = (uint64_t)(at / (store_of.size / 4));

            store(&store_of, at, damage);
            spool = open_spool(SEGMENT);
            assert_true(log_says("event=refused_") || at % (store_of.size / 4) == 0);
            assert_int_equal(spool_refused_count(spool, 1, 4), damage == CUT ? whole : 3);
            assert_int_equal(spool_refused_count(spool, whole + 1, whole + 1), 0);
            /* a record that is refused again is kept again */
            assert_int_equal(spool_refuse(spool, whole + 1, "value", "", "no", &error), 0);
            spool_close(spool);
            spool = open_spool(SEGMENT);
            assert_int_equal(spool_refused_count(spool, whole + 1, whole + 1), 1);
            spool_close(spool);
        }
    stop_listening();
}

/* ---- A full disk ---- */

static void limit_files(off_t octets)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = octets < 0 ? limit.rlim_max : (rlim_t)octets;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* segment_octets decides whether the write appends to a file or begins a new one. */
static void fill_disk_at_every_octet(uint64_t segment_octets, off_t from, off_t to)
{
    for (off_t limit = from; limit < to; limit++) {
        struct spool *spool = open_spool(segment_octets);
        struct error error = {0};
        uint64_t next = spool_next(spool);

        for (int crash = 0; crash < 2; crash++) {
            assert_int_equal(spool_append(spool, "{\"row\": 9}", 10), next);
            limit_files(limit);
            assert_int_equal(spool_commit(spool, "place=9\n", &error), ERR_IO);
            assert_int_equal(spool_commit(spool, "place=9\n", &error), ERR_IO);
            assert_string_not_equal(error.reason, "");
            limit_files(-1);
            assert_int_equal(spool_next(spool), next);
            assert_int_equal(place_of(spool), 8);
            assert_int_equal(row_at(spool, 8), 8);
            if (crash > 0)
                break;
            spool_close(spool); /* read the records from disk instead of memory */
            spool = open_spool(segment_octets);
        }
        assert_int_equal(spool_commit(spool, "place=9\n", &error), 0);
        assert_int_equal(row_at(spool, next), 9);
        spool_close(spool);
        teardown(NULL);
        setup(NULL);
        spool = open_spool(1 << 20);
        append(spool, 1, 7, "place=7\n");
        assert_int_equal(spool_append(spool, "{\"row\": 8}", 10), 8);
        assert_int_equal(spool_commit(spool, "place=8\n", &error), 0);
        spool_close(spool);
    }
}

static off_t prepare(void)
{
    struct file last;
    struct error error = {0};
    struct spool *spool = open_spool(1 << 20);

    append(spool, 1, 7, "place=7\n");
    assert_int_equal(spool_append(spool, "{\"row\": 8}", 10), 8);
    assert_int_equal(spool_commit(spool, "place=8\n", &error), 0);
    spool_close(spool);
    segment_files(last.path, sizeof last.path);
    load(&last);
    return last.size;
}

static void test_disk_full_at_every_octet_of_an_append_keeps_the_batch(void **state)
{
    off_t size = prepare();

    (void)state;
    fill_disk_at_every_octet(1 << 20, size, size + EVENT + 2 * COMMIT);
}

static void test_disk_full_at_every_octet_of_a_new_file_keeps_the_batch(void **state)
{
    (void)state;
    prepare();
    fill_disk_at_every_octet(100, 0, 2 * COMMIT + EVENT + 2 * COMMIT);
}

static void test_full_disk_makes_room_of_what_is_decided_one_file_at_a_time(void **state)
{
    struct spool *spool = open_spool(SEGMENT);
    struct error error = {0};
    size_t files;

    (void)state;
    for (int i = 0; i < 40; i++)
        append(spool, 1 + i, 1, "");
    files = segment_files(NULL, 0);
    assert_int_equal(spool_acknowledge(spool, 1, 30), 0);
    spool_tidy(spool);
    assert_int_equal(segment_files(NULL, 0), files); /* decided, but young, and no room is needed */
    for (size_t left = files - 1; left > 2; left--) {
        char body[600] = "";

        assert_int_equal(spool_append(spool, body, sizeof body), 41);
        limit_files(500);
        assert_int_equal(spool_commit(spool, "", &error), ERR_IO);
        limit_files(-1);
        spool_tidy(spool);
        spool_tidy(spool);
        if (spool_first(spool) > 30)
            break;
        assert_true(segment_files(NULL, 0) <= left + 1);
        spool_close(spool);
        spool = open_spool(SEGMENT);
    }
    assert_true(spool_first(spool) > 1);
    assert_body(spool, 31);
    assert_body(spool, 40);
    spool_close(spool);
}

int main(void)
{
#define DAMAGE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        DAMAGE_TEST(test_last_file_damaged_at_every_octet_costs_no_row),
        DAMAGE_TEST(test_older_file_damaged_at_every_octet_costs_that_record_alone),
        DAMAGE_TEST(test_mark_damaged_at_every_octet_is_never_too_high),
        DAMAGE_TEST(test_stream_file_damaged_at_every_octet_deletes_no_record),
        DAMAGE_TEST(test_reject_store_damaged_at_every_octet_keeps_the_others),
        DAMAGE_TEST(test_disk_full_at_every_octet_of_an_append_keeps_the_batch),
        DAMAGE_TEST(test_disk_full_at_every_octet_of_a_new_file_keeps_the_batch),
        DAMAGE_TEST(test_full_disk_makes_room_of_what_is_decided_one_file_at_a_time),
    };

    signal(SIGXFSZ, SIG_IGN);
    log_init("test", LOG_LEVEL_WARN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
