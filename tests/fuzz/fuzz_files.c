/* A followed file and what may happen to it: the input says when rows are written, the file is
 * renamed, rewritten, truncated, copied or deleted, and when the agent reads, dies and restarts.
 * Whenever the agent is idle, the spool is compared with the files: every row of the followed file
 * and of rotated ones was spooled; nothing was spooled that was never written; records spooled
 * twice are the same row. The clock is simulated, and advances only when the agent waits. */
#include "clock.h"
#include "fuzz.h"
#include "services/feed/input/pump.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 4000, ROTATIONS = 12, REST_POLLS = 60 };

static const char mapping_text[] = "[time]\nformat = rfc3339\n[key]\nincident = no\n"
                                   "[event]\nkind = call.received\n"
                                   "[fields]\noccurred_at = at\nplace.address = where\n";
static const char header[] = "no,at,where\n";

static struct {
    char dir[64], file[96], spool[96];
    struct feed_options feed;
    struct mapping mapping;
    struct withhold withhold;
    uv_loop_t loop;
    struct spool *read;
    struct recall recall;
    struct manifests manifests;
    struct pump *pump;
    int64_t passed_us; /* time since the beginning */
    int next_row;      /* the number of the next new row */
    int rotations;
    char half[160];  /* the rest of a line of which a part was written */
    bool owed[ROWS]; /* written, and still in a file */
    bool spooled[ROWS];
} m;

static int64_t now_cb(void)
{
    return FUZZ_NOW + m.passed_us;
}

/* Replaces libuv's function: instead of waiting, the simulated clock advances. */
int uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
    static int (*real)(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "uv_timer_start");
    m.passed_us += (int64_t)timeout * 1000;
    return real(timer, cb, 0, repeat);
}

static void empty_folder(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0) {
            char below[400];

            snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
            empty_folder(below);
            rmdir(below);
        }
    }
    if (dir)
        closedir(dir);
}

/* The agent. */

static void start(void)
{
    struct error error = {0};
    struct spool_options spool = {.dir = m.spool,
                                  .mode = "live",
                                  .keep_days = 7,
                                  .keep_octets = UINT64_C(1) << 30,
                                  .max_octets = UINT64_C(1) << 30};
    struct recall_options recall = {.spool_dir = m.spool, .mode = "live", .withhold = &m.withhold};
    struct pump_options pump = {.feed = &m.feed,
                                .mapping = &m.mapping,
                                .withhold = &m.withhold,
                                .recall = &m.recall,
                                .manifests = &m.manifests};

    m.read = pump.spool = spool_open(&spool, &error);
    fuzz_require(m.read && recall_open(&m.recall, &recall, m.read, &error) == 0, "the spool opens");
    manifests_open(&m.manifests, spool_dir(m.read));
    m.pump = pump_open(&m.loop, &pump, &error);
    fuzz_require(m.pump != NULL, "the agent starts");
}

static void stop(void)
{
    pump_close(m.pump);
    m.pump = NULL;
    uv_run(&m.loop, UV_RUN_DEFAULT);
    recall_close(&m.recall);
    spool_close(m.read);
    m.read = NULL;
}

static void let_read(int polls)
{
    for (; m.pump && polls > 0; polls--)
        uv_run(&m.loop, UV_RUN_NOWAIT);
}

/* The writer. */

/* Each change gets its own time stamp, as on a file system with a fine resolution. */
static void touch(const char *path)
{
    int64_t now;
    struct timespec times[2];

    m.passed_us += 1000;
    now = now_cb();
    times[0] = times[1] = (struct timespec){now / 1000000, now % 1000000 * 1000};
    utimensat(AT_FDCWD, path, times, 0);
}

static void write_file(int flags, const char *text, size_t size)
{
    int fd = open(m.file, O_WRONLY | O_CREAT | flags, 0600);

    fuzz_require(fd >= 0 && write(fd, text, size) == (ssize_t)size, "the writer can write");
    close(fd);
    touch(m.file);
}

/* An upper limit for the size of a row, which has two numbers, a time and an address. */
enum { ROW_SIZE = 160 };

static int put_row(char *out, int row)
{
    return snprintf(out, ROW_SIZE, "%d,2015-07-01T10:00:00Z,%d %.*s OAK AVE\n", row, row,
                    row * 7 % 60, "NORTHNORTHNORTHNORTHNORTHNORTHNORTHNORTHNORTHNORTHNORTHNORTH");
}

/* Makes count new rows. */
static size_t new_rows(char *out, int count)
{
    size_t size = 0;

    for (; count > 0 && m.next_row < ROWS; count--)
        size += (size_t)put_row(out + size, m.next_row++);
    return size;
}

static void finish_half(void)
{
    write_file(O_APPEND, m.half, strlen(m.half));
    m.half[0] = '\0';
}

static void append(int count, bool half)
{
    char text[64 * 160];
    size_t size, kept;

    finish_half();
    size = new_rows(text, count);
    kept = half && size > 20 ? 13 : 0;
    memcpy(m.half, text + size - kept, kept);
    m.half[kept] = '\0';
    write_file(O_APPEND, text, size - kept);
}

/* A new version of the file: the first `keep` octets of the old one, and new rows. */
static size_t version(char *out, size_t room, size_t keep, int count)
{
    int fd = open(m.file, O_RDONLY);
    ssize_t got = fd >= 0 && keep > 0 ? read(fd, out, keep < room ? keep : room) : 0;
    size_t size = got > 0 ? (size_t)got : 0;

    if (fd >= 0)
        close(fd);
    while (size > 0 && out[size - 1] != '\n')
        size--;
    if (size == 0)
        size = strlen(memcpy(out, header, strlen(header) + 1));
    return size + new_rows(out + size, count);
}

static void write_anew(size_t keep, int count, bool by_rename)
{
    static char text[1 << 20];
    size_t size = version(text, sizeof text / 2, keep, count);

    if (by_rename)
        finish_half();
    m.half[0] = '\0';
    if (by_rename)
        unlink(m.file); /* the agent keeps the old file open, as when another is renamed over it */
    write_file(O_TRUNC, text, size);
}

static void rotate(bool copied, int count)
{
    static char text[1 << 20];
    char old[128];
    size_t size;
    int fd;

    if (m.rotations == ROTATIONS)
        return;
    finish_half();
    /* Rows that are written and truncated again between two reads leave no trace. */
    if (copied && m.pump)
        let_read(REST_POLLS);
    size = version(text, sizeof text, sizeof text, 0);
    snprintf(old, sizeof old, "%s.%d", m.file, ++m.rotations);
    if (copied) {
        fd = open(old, O_WRONLY | O_CREAT | O_EXCL, 0600);
        fuzz_require(fd >= 0 && write(fd, text, size) == (ssize_t)size, "the copy is written");
        close(fd);
        touch(old);
    } else {
        rename(m.file, old);
    }
    write_anew(0, count, false);
}

/* Changes one row in the middle into another of the same length. */
static void edit(size_t where)
{
    static char text[1 << 20];
    size_t size;
    char *line, *comma;

    finish_half();
    size = version(text, sizeof text, sizeof text, 0);
    text[size - (size == sizeof text)] = '\0';
    line = memchr(text + where % size, '\n', size - where % size);
    comma = line ? strchr(line, ',') : NULL;
    if (!comma || comma - line < 5 || m.next_row < 1000 || m.next_row >= ROWS)
        return; /* only numbers with four digits have the same length */
    {
        char row[160];
        char *end = strchr(line + 1, '\n');
        int length = put_row(row, m.next_row);

        if (!end || end - line != length)
            return;
        memcpy(line + 1, row, (size_t)length);
        m.next_row++;
    }
    write_file(O_TRUNC, text, size);
}

/* Comparison of spool and files. */

static void note_spooled(uint64_t *from)
{
    const char *body;
    size_t size;

    for (; *from < spool_next(m.read); ++*from) {
        char expected[160], *address;
        json_t *event;
        int row;

        fuzz_require(spool_read(m.read, *from, &body, &size) == 0, "a record is in the spool");
        event = json_loadb(body, size, 0, NULL);
        row = atoi(json_string_value(json_object_get(event, "incident")));
        fuzz_require(row > 0 && row < m.next_row, "what was spooled was written");
        put_row(expected, row);
        address = strrchr(expected, ',') + 1;
        address[strcspn(address, "\n")] = '\0';
        for (char *at = address; (at = strstr(at, "  "));)
            memmove(at, at + 1, strlen(at));
        fuzz_require(
            strcmp(json_string_value(json_object_get(json_object_get(event, "place"), "address")),
                   address) == 0,
            "a row was spooled as it was written, whole");
        json_decref(event);
        m.spooled[row] = true;
    }
}

static void check_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    char why[120];

    while (file && fgets(line, sizeof line, file)) {
        int row = atoi(line);

        snprintf(why, sizeof why, "row %d of %.60s was spooled", row, strrchr(path, '/') + 1);
        if (row > 0 && strchr(line, '\n'))
            fuzz_require(m.spooled[row], why);
    }
    if (file)
        fclose(file);
}

static void check(uint64_t *from)
{
    char old[128];

    let_read(REST_POLLS * (m.rotations + 2));
    note_spooled(from);
    check_file(m.file);
    for (int i = 1; i <= m.rotations; i++) {
        snprintf(old, sizeof old, "%s.%d", m.file, i);
        check_file(old);
    }
}

static void prepare(void)
{
    struct error error = {0};
    char path[96];
    FILE *file;

    if (!m.dir[0]) {
        snprintf(m.dir, sizeof m.dir, "%s/fuzz_files.%d",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
        mkdir(m.dir, 0700);
        snprintf(path, sizeof path, "%s.map", m.dir);
        file = fopen(path, "w");
        fuzz_require(file != NULL, "the mapping is written");
        fputs(mapping_text, file);
        fclose(file);
        fuzz_require(mapping_load(&m.mapping, path, &error) == 0, "the mapping is good");
        unlink(path);
        snprintf(m.file, sizeof m.file, "%s/calls.csv", m.dir);
        snprintf(m.spool, sizeof m.spool, "%s/.spool", m.dir);
        uv_loop_init(&m.loop);
        strcpy(m.feed.input, m.file);
        strcpy(m.feed.mode, "live");
        strcpy(m.feed.spool_dir, m.spool);
        m.feed.follow = true;
    }
    empty_folder(m.dir);
    empty_folder(m.spool);
    m.next_row = 1;
    m.rotations = 0;
    m.half[0] = '\0';
    m.passed_us = 0;
    memset(m.spooled, 0, sizeof m.spooled);
}

static void act(unsigned what, unsigned much)
{
    if (getenv("FUZZ_TRACE"))
        fprintf(stderr, "op %u %u, next row %d\n", what % 12, much, m.next_row);
    switch (what % 12) {
    case 0:
    case 1:
        append((int)(much % 64), false);
        break;
    case 2:
        append((int)(much % 64), true);
        break;
    case 3:
        let_read((int)(much % 40));
        break;
    case 4:
        write_anew(much * 40, (int)(much % 50), false);
        break;
    case 5:
        write_anew(much * 40, (int)(much % 50), true);
        break;
    case 6:
        rotate(false, (int)(much % 50));
        break;
    case 7:
        rotate(true, (int)(much % 50));
        break;
    case 8:
        edit(much * 61);
        break;
    case 9:
        finish_half();
        unlink(m.file);
        let_read((int)(much % 8));
        write_anew(0, (int)(much % 50), false);
        break;
    case 10:
    case 11:
        if (m.pump)
            stop();
        else
            start();
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t from = 1;

    clock_inject(now_cb, now_cb);
    prepare();
    write_anew(0, 3, false);
    start();
    check(&from);
    for (size_t i = 0; i + 1 < size && i < 120; i += 2) {
        act(data[i], data[i + 1]);
        if (data[i] & 0x80 && m.pump)
            check(&from);
    }
    if (!m.pump)
        start();
    check(&from);
    stop();
    return 0;
}
