/* What the spool's tests share: a folder of their own, in memory where the system has such a place,
 * and a spool whose events say their own number. */
#ifndef LIAISON_SPOOL_BENCH_H
#define LIAISON_SPOOL_BENCH_H

#include "clock.h"
#include "services/feed/spool/spool.h"

#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static inline int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/test_feed_spool.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_cb(const char *path, const struct stat *stat_of, int type, struct FTW *at)
{
    (void)stat_of;
    (void)type;
    (void)at;
    return remove(path);
}

static inline int teardown(void **state)
{
    (void)state;
    clock_inject(NULL, NULL);
    return nftw(folder, remove_cb, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct spool *open_spool(uint64_t segment_octets)
{
    struct spool_options options = {.dir = folder,
                                    .mode = "live",
                                    .keep_days = 7,
                                    .keep_octets = 1 << 30,
                                    .max_octets = 1 << 20,
                                    .segment_octets = segment_octets};
    struct error error = {0};
    struct spool *spool = spool_open(&options, &error);

    assert_string_equal(error.reason, "");
    assert_non_null(spool);
    return spool;
}

static inline void append(struct spool *spool, int first, int count, const char *checkpoint)
{
    struct error error = {0};
    char body[64];

    for (int i = 0; i < count; i++) {
        int size = snprintf(body, sizeof body, "{\"event\": %d}", first + i);

        assert_int_equal(spool_append(spool, body, (size_t)size), first + i);
    }
    assert_int_equal(spool_commit(spool, checkpoint, &error), 0);
}

static inline void assert_body(struct spool *spool, uint64_t seq)
{
    char wanted[64];
    const char *body;
    size_t size;

    snprintf(wanted, sizeof wanted, "{\"event\": %d}", (int)seq);
    assert_int_equal(spool_read(spool, seq, &body, &size), 0);
    assert_int_equal(size, strlen(wanted));
    assert_memory_equal(body, wanted, size);
}

static inline size_t segment_files(char *last, size_t room)
{
    char pattern[128];
    glob_t found;
    size_t count;

    snprintf(pattern, sizeof pattern, "%s/live/*.seg", folder);
    glob(pattern, 0, NULL, &found);
    count = found.gl_pathc;
    if (count > 0 && last)
        snprintf(last, room, "%s", found.gl_pathv[count - 1]);
    globfree(&found);
    return count;
}

static inline void copy_file(const char *from, const char *to, off_t size)
{
    char *data = malloc((size_t)size + 1);
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_non_null(data);
    assert_int_equal(read(in, data, (size_t)size), size);
    assert_int_equal(write(out, data, (size_t)size), size);
    close(in);
    close(out);
    free(data);
}

#endif
