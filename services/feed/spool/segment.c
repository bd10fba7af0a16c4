/* See segment.h. */
#include "segment.h"

#include "wire.h"

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME = 32, CHUNK = 4 * (RECORD_HEADER + RECORD_MAX) };

static void name_of(uint64_t first, char name[NAME])
{
    snprintf(name, NAME, "%020" PRIu64 ".seg", first);
}

static int add(struct segments *segments, struct segment segment)
{
    if (segments->count == segments->room) {
        size_t room = segments->room ? segments->room * 2 : 16;
        void *larger = reallocarray(segments->item, room, sizeof *segments->item);

        if (!larger)
            return ERR_NOMEM;
        segments->item = larger;
        segments->room = room;
    }
    segments->item[segments->count++] = segment;
    return 0;
}

static int compare_cb(const void *a, const void *b)
{
    uint64_t one = ((const struct segment *)a)->first, two = ((const struct segment *)b)->first;

    return (one > two) - (one < two);
}

static int list(struct segments *segments)
{
    int fd = openat(segments->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!dir)
        return ERR_IO;
    while (!err && (entry = readdir(dir))) {
        struct segment segment;
        struct stat stat;
        char name[NAME];

        if (sscanf(entry->d_name, "%20" SCNu64 ".seg", &segment.first) != 1)
            continue;
        name_of(segment.first, name);
        if (strcmp(name, entry->d_name) != 0 || fstatat(segments->dir, name, &stat, 0) != 0)
            continue;
        segment.octets = (uint64_t)stat.st_size;
        segment.changed = stat.st_mtime;
        err = add(segments, segment);
    }
    closedir(dir);
    if (!err && segments->count > 0)
        qsort(segments->item, segments->count, sizeof *segments->item, compare_cb);
    return err;
}

int segments_open(struct segments *segments, int dir, const unsigned char key[RECORD_KEY],
                  struct error *error)
{
    *segments = (struct segments){.dir = dir, .cursor.fd = -1};
    memcpy(segments->key, key, RECORD_KEY);
    segments->cursor.data = malloc(CHUNK);
    if (!segments->cursor.data)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (list(segments) != 0)
        return error_set(error, ERR_IO, "", "list the spool: %s", strerror(errno));
    return 0;
}

void segments_close(struct segments *segments)
{
    if (segments->cursor.fd >= 0)
        close(segments->cursor.fd);
    free(segments->cursor.data);
    free(segments->item);
    *segments = (struct segments){.cursor.fd = -1};
}

static int open_file(const struct segments *segments, uint64_t first, int flags)
{
    char name[NAME];

    name_of(first, name);
    return openat(segments->dir, name, flags | O_CLOEXEC, 0600);
}

static int cursor_begin(struct segments *segments, uint64_t first)
{
    if (segments->cursor.fd >= 0)
        close(segments->cursor.fd);
    segments->cursor.fd = open_file(segments, first, O_RDONLY);
    segments->cursor.first = segments->cursor.next_seq = first;
    segments->cursor.offset = segments->cursor.last_offset = segments->cursor.data_at = 0;
    segments->cursor.data_size = 0;
    return segments->cursor.fd < 0 ? ERR_IO : 0;
}

/* Reads the record at the cursor. If there is none (0 or negative), the cursor's data begins
 * there. */
static long cursor_get(struct segments *segments, struct record *record)
{
    uint64_t at = segments->cursor.offset - segments->cursor.data_at;
    long octets = 0;
    ssize_t got;

    if (segments->cursor.offset >= segments->cursor.data_at && at < segments->cursor.data_size)
        octets = record_get(record, segments->cursor.data + at, segments->cursor.data_size - at,
                            segments->key);
    if (octets <= 0) {
        got = files_read_at(segments->cursor.fd, segments->cursor.data, CHUNK,
                            (off_t)segments->cursor.offset);
        segments->cursor.data_at = segments->cursor.offset;
        segments->cursor.data_size = got > 0 ? (size_t)got : 0;
        octets =
            record_get(record, segments->cursor.data, segments->cursor.data_size, segments->key);
    }
    return octets;
}

/* Reads the next valid record and moves the cursor past it. Returns its octets, 0 at the end. */
static long cursor_step(struct segments *segments, struct record *record)
{
    for (;;) {
        long octets = cursor_get(segments, record);
        size_t size = segments->cursor.data_size, ahead;

        if (octets > 0) {
            segments->cursor.offset += (uint64_t)octets;
            return octets;
        }
        ahead = record_find(segments->cursor.data, size, segments->key);
        if (ahead < size)
            segments->cursor.offset += ahead;
        else if (size == CHUNK) /* a record that begins later may be incomplete here */
            segments->cursor.offset += CHUNK - (RECORD_HEADER + RECORD_MAX);
        else
            return 0;
    }
}

/* How many of the missing sequences first to last are not decided. */
static uint64_t count_missing(uint64_t first, uint64_t last, uint64_t decided)
{
    if (first <= decided)
        first = decided + 1;
    return last >= first ? last - first + 1 : 0;
}

size_t segment_put_commit(char out[CHECKPOINT_MAX], const char *checkpoint, uint64_t digest,
                          uint64_t digest_from)
{
    size_t size = strlen(checkpoint);
    unsigned char *numbers = (unsigned char *)out + size + 1;

    memcpy(out, checkpoint, size + 1);
    wire_put_u64(numbers, digest);
    wire_put_u64(numbers + 8, digest_from);
    return size + COMMIT_OVERHEAD;
}

static void take_digest(const struct record *commit, struct segment_end *end)
{
    size_t size = strnlen(commit->content, commit->size);

    if (commit->size != size + COMMIT_OVERHEAD)
        return;
    end->digest = wire_get_u64(commit->content + size + 1);
    end->digest_from = wire_get_u64(commit->content + size + 9);
}

int segments_scan(struct segments *segments, size_t i, uint64_t decided, struct segment_end *end,
                  char *checkpoint)
{
    uint64_t expected = segments->item[i].first, missing = 0, read = 0;
    struct record record;
    int err = cursor_begin(segments, segments->item[i].first);
    long octets;

    *end = (struct segment_end){0};
    *checkpoint = '\0';
    while (!err && (octets = cursor_step(segments, &record)) > 0) {
        read += (uint64_t)octets;
        if (record.type != RECORD_EVENT && record.type != RECORD_COMMIT)
            continue;
        missing += count_missing(expected, record.seq - 1, decided);
        expected = record.type == RECORD_EVENT ? record.seq + 1 : record.seq;
        if (record.type == RECORD_EVENT || record.size >= CHECKPOINT_MAX)
            continue;
        *end = (struct segment_end){.octets = segments->cursor.offset,
                                    .next = record.seq,
                                    .damaged = segments->cursor.offset - read,
                                    .missing = missing};
        take_digest(&record, end);
        if (missing > 0)
            continue;
        memcpy(checkpoint, record.content, record.size);
        checkpoint[record.size] = '\0';
    }
    segments->cursor.first = 0; /* its position may be cut off */
    segments->cursor.data_size = 0;
    return err;
}

int segments_write_fd(struct segments *segments, size_t i, uint64_t first, struct error *error)
{
    bool fresh = i == segments->count;
    int fd = open_file(segments, fresh ? first : segments->item[i].first,
                       fresh ? O_WRONLY | O_CREAT | O_TRUNC : O_WRONLY);

    if (fd < 0)
        return error_set(error, ERR_IO, "", "open a spool file: %s", strerror(errno));
    if (fresh &&
        (fsync(segments->dir) != 0 || add(segments, (struct segment){.first = first}) != 0)) {
        close(fd);
        return error_set(error, ERR_IO, "", "make a spool file: %s", strerror(errno));
    }
    return fd;
}

static void forget(struct segments *segments, size_t i)
{
    if (segments->cursor.first == segments->item[i].first) {
        segments->cursor.first = 0;
        segments->cursor.data_size = 0;
    }
    memmove(segments->item + i, segments->item + i + 1,
            (segments->count - i - 1) * sizeof *segments->item);
    segments->count--;
}

int segments_delete(struct segments *segments, size_t i)
{
    char name[NAME];

    name_of(segments->item[i].first, name);
    if (unlinkat(segments->dir, name, 0) != 0 && errno != ENOENT)
        return ERR_IO;
    forget(segments, i);
    return 0;
}

int segments_put_aside(struct segments *segments, size_t i)
{
    char name[NAME], aside[NAME + 8];

    name_of(segments->item[i].first, name);
    snprintf(aside, sizeof aside, "%s.lost", name);
    if (renameat(segments->dir, name, segments->dir, aside) != 0)
        return ERR_IO;
    forget(segments, i);
    return 0;
}

long segments_find(const struct segments *segments, uint64_t seq)
{
    size_t low = 0, high = segments->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (segments->item[middle].first <= seq)
            low = middle + 1;
        else
            high = middle;
    }
    return (long)low - 1;
}

int segments_read(struct segments *segments, uint64_t seq, const char **body, size_t *size)
{
    long i = segments_find(segments, seq);
    struct record record;

    if (i < 0)
        return ERR_ABSENT;
    if (segments->cursor.first == segments->item[i].first && seq + 1 == segments->cursor.next_seq)
        segments->cursor.offset = segments->cursor.last_offset;
    else if ((segments->cursor.first != segments->item[i].first ||
              seq < segments->cursor.next_seq) &&
             cursor_begin(segments, segments->item[i].first) != 0)
        return ERR_ABSENT;
    while (cursor_step(segments, &record) > 0) {
        if (record.type != RECORD_EVENT)
            continue;
        segments->cursor.next_seq = record.seq + 1;
        segments->cursor.last_offset = segments->cursor.offset - RECORD_HEADER - record.size;
        if (record.seq < seq)
            continue;
        *body = record.content;
        *size = record.size;
        return record.seq == seq ? 0 : ERR_ABSENT;
    }
    return ERR_ABSENT;
}
