/* See growing.h. */
#include "growing.h"

#include "clock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { SLICE = 1 << 20, PIECE = 1 << 16 };
/* Some file systems store the time of a change in whole seconds, so a comparison soon after a
 * change is repeated later. */
static const int64_t SETTLED_US = 3000000, PAUSE_US = 250000;
/* The pause grows with the file, so that comparing takes a small part of the time. */
static const uint64_t OCTETS_PER_PAUSE = 8 << 20;

void growing_open(struct growing *growing, int fd)
{
    *growing = (struct growing){.fd = fd};
    file_reading_begin(&growing->reading);
    fstat(fd, &growing->stat);
    growing->changed_at = clock_mono_us();
    growing->first_changed = file_changed(&growing->stat);
}

void growing_rewind(struct growing *growing)
{
    uint64_t first_changed = growing->first_changed;

    growing_open(growing, growing->fd);
    growing->first_changed = first_changed;
}

bool growing_continues(struct growing *growing, const struct file_mark *was)
{
    char digest[33];

    file_reading_digest(&growing->reading, digest);
    if (growing->reading.octets != was->octets || strcmp(digest, was->digest) != 0)
        return false;
    if (file_mark_is(was, &growing->stat) && was->changed < growing->first_changed)
        growing->first_changed = was->changed;
    return true;
}

void growing_close(struct growing *growing)
{
    if (growing->fd > 0) /* 0 is standard input */
        close(growing->fd);
    growing->fd = -1;
}

void growing_mark(const struct growing *growing, struct file_mark *mark)
{
    *mark = (struct file_mark){0};
    if (growing->fd <= 0)
        return;
    mark->device = growing->stat.st_dev;
    mark->inode = growing->stat.st_ino;
    mark->octets = growing->reading.octets;
    mark->changed = growing->first_changed;
    file_reading_digest(&growing->reading, mark->digest);
}

uint64_t growing_octets(const struct growing *growing)
{
    struct stat now;

    return growing->fd > 0 && fstat(growing->fd, &now) == 0 ? (uint64_t)now.st_size : 0;
}

static ssize_t read_at(const struct growing *growing, char *out, size_t size, uint64_t at)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = pread(growing->fd, out + have, size - have, (off_t)(at + have));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? got : (ssize_t)have;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

/* Whether the first and the latest octets are unchanged since they were read. */
static bool windows_hold(const struct growing *growing)
{
    char now[GROWING_WINDOW];
    uint64_t octets = growing->reading.octets;
    size_t head = octets < GROWING_WINDOW ? (size_t)octets : GROWING_WINDOW;

    return read_at(growing, now, head, 0) == (ssize_t)head &&
           memcmp(now, growing->head, head) == 0 &&
           read_at(growing, now, growing->tail_size, octets - growing->tail_size) ==
               (ssize_t)growing->tail_size &&
           memcmp(now, growing->tail, growing->tail_size) == 0;
}

static void take(struct growing *growing, const char *data, size_t size)
{
    uint64_t before = growing->reading.octets;
    size_t kept;

    if (before < GROWING_WINDOW) {
        size_t room = GROWING_WINDOW - (size_t)before;

        memcpy(growing->head + before, data, size < room ? size : room);
    }
    file_reading_add(&growing->reading, data, size);
    if (size >= GROWING_WINDOW) {
        memcpy(growing->tail, data + size - GROWING_WINDOW, GROWING_WINDOW);
        growing->tail_size = GROWING_WINDOW;
        return;
    }
    kept = growing->tail_size + size > GROWING_WINDOW ? GROWING_WINDOW - size : growing->tail_size;
    memmove(growing->tail, growing->tail + growing->tail_size - kept, kept);
    memcpy(growing->tail + kept, data, size);
    growing->tail_size = kept + size;
}

/* Notes whether the file has changed. False: it is shorter than what was read. */
static bool look(struct growing *growing)
{
    struct stat now;

    if (fstat(growing->fd, &now) != 0)
        return true; /* reading reports the error */
    if (now.st_size != growing->stat.st_size ||
        file_changed(&now) != file_changed(&growing->stat) ||
        now.st_ctim.tv_sec != growing->stat.st_ctim.tv_sec ||
        now.st_ctim.tv_nsec != growing->stat.st_ctim.tv_nsec) {
        growing->changed_at = clock_mono_us();
        growing->stat = now;
    }
    return (uint64_t)now.st_size >= growing->reading.octets;
}

static bool is_check_due(const struct growing *growing)
{
    int64_t now = clock_mono_us();

    if (growing->reading.octets == 0 || now < growing->rest_until)
        return false;
    return growing->checked_at <= growing->changed_at ||
           (growing->checked_at < growing->changed_at + SETTLED_US &&
            now >= growing->changed_at + SETTLED_US);
}

static void begin_check(struct growing *growing)
{
    growing->checking = true;
    growing->checked_at = clock_mono_us();
    growing->check_octets = growing->reading.octets;
    file_reading_begin(&growing->check);
    file_reading_digest(&growing->reading, growing->check_digest);
}

/* Compares the next slice. False: the file no longer has what was read. */
static bool check_slice(struct growing *growing)
{
    char data[PIECE], digest[33];

    for (uint64_t left = SLICE; left > 0 && growing->check.octets < growing->check_octets;) {
        uint64_t rest = growing->check_octets - growing->check.octets;
        size_t want = rest < PIECE ? (size_t)rest : PIECE;

        if (read_at(growing, data, want, growing->check.octets) != (ssize_t)want)
            return false;
        file_reading_add(&growing->check, data, want);
        left -= want < left ? want : left;
    }
    if (growing->check.octets < growing->check_octets)
        return true;
    growing->checking = false;
    growing->rest_until =
        clock_mono_us() + PAUSE_US * (int64_t)(1 + growing->check_octets / OCTETS_PER_PAUSE);
    file_reading_digest(&growing->check, digest);
    return strcmp(digest, growing->check_digest) == 0;
}

int growing_read(struct growing *growing, char *data, int room)
{
    ssize_t got = pread(growing->fd, data, (size_t)room, (off_t)growing->reading.octets);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : GROWING_FAILED;
    if (!look(growing))
        return GROWING_REWRITTEN;
    if (got > 0) {
        if (!windows_hold(growing))
            return GROWING_REWRITTEN;
        take(growing, data, (size_t)got);
        return (int)got;
    }
    if (!growing->checking && is_check_due(growing))
        begin_check(growing);
    return growing->checking && !check_slice(growing) ? GROWING_REWRITTEN : 0;
}

bool growing_holds(struct growing *growing)
{
    if (!look(growing))
        return false;
    begin_check(growing);
    while (growing->checking)
        if (!check_slice(growing))
            return false;
    return true;
}

bool growing_is_checking(const struct growing *growing)
{
    return growing->checking;
}
