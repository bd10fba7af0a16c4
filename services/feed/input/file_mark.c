/* See file_mark.h. */
#include "file_mark.h"

#include "clock.h"
#include "packed.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 16, SETTLED_S = 5 };

_Static_assert(sizeof(crypto_generichash_state) <= sizeof((struct file_reading *)0)->state,
               "the digest's state fits");

void file_reading_begin(struct file_reading *reading)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, 16);
    *reading = (struct file_reading){0};
    memcpy(reading->state, &state, sizeof state);
}

void file_reading_add(struct file_reading *reading, const char *data, size_t size)
{
    crypto_generichash_state state;

    memcpy(&state, reading->state, sizeof state);
    crypto_generichash_update(&state, (const unsigned char *)data, size);
    memcpy(reading->state, &state, sizeof state);
    reading->octets += size;
}

void file_reading_digest(const struct file_reading *reading, char out[33])
{
    crypto_generichash_state state;
    unsigned char digest[16];

    memcpy(&state, reading->state, sizeof state);
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(out, 33, digest, sizeof digest);
}

uint64_t file_changed(const struct stat *stat)
{
    return (uint64_t)stat->st_mtim.tv_sec * 1000000000 + (uint64_t)stat->st_mtim.tv_nsec;
}

bool file_mark_is(const struct file_mark *mark, const struct stat *stat)
{
    return mark->inode != 0 && mark->inode == stat->st_ino && mark->device == stat->st_dev;
}

/* Reads the beginning of a file, at most so many octets of its content. False: it cannot be read.
 */
static bool read_beginning(const char *path, uint64_t most, struct file_reading *reading)
{
    char data[PIECE];
    struct stat of;
    struct packed *file;
    int got = 1, fd;

    file_reading_begin(reading);
    if (stat(path, &of) != 0 || !S_ISREG(of.st_mode) || (fd = file_open(path, FILE_FOLLOWED)) < 0)
        return false;
    file = packed_open(fd);
    while (file && got > 0 && reading->octets < most) {
        uint64_t left = most - reading->octets;

        got = packed_read(file, data, left < PIECE ? (int)left : PIECE);
        if (got > 0)
            file_reading_add(reading, data, (size_t)got);
    }
    packed_close(file);
    close(fd);
    return true;
}

void file_mark_beginning(struct file_mark *mark, const char *path, const struct stat *stat)
{
    struct file_reading reading;

    read_beginning(path, FILE_MARK_BEGINNING, &reading);
    *mark = (struct file_mark){.device = stat->st_dev,
                               .inode = stat->st_ino,
                               .octets = reading.octets,
                               .changed = file_changed(stat)};
    file_reading_digest(&reading, mark->digest);
}

bool file_mark_matches(const struct file_mark *mark, const char *path)
{
    struct file_reading reading;
    char digest[33];

    if (mark->octets == 0 || !read_beginning(path, mark->octets, &reading))
        return false;
    file_reading_digest(&reading, digest);
    return reading.octets == mark->octets && strcmp(digest, mark->digest) == 0;
}

bool file_is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           file_changed(a) == file_changed(b) && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int file_open(const char *path, enum file_role role)
{
    static const int flags[] = {
        [FILE_ONCE] = 0, [FILE_FOLLOWED] = O_NONBLOCK, [FILE_IN_FOLDER] = O_NONBLOCK | O_NOFOLLOW};
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags[role]);
    struct stat stat = {0};

    if (fd < 0)
        return -1;
    if (fstat(fd, &stat) == 0 &&
        (S_ISREG(stat.st_mode) || (role == FILE_ONCE && !S_ISDIR(stat.st_mode))))
        return fd;
    errno = S_ISDIR(stat.st_mode) ? EISDIR : EINVAL;
    close(fd);
    return -1;
}

bool file_ends_in_a_line(const char *path, uint64_t octets)
{
    int fd = file_open(path, FILE_FOLLOWED);
    char last = '\n', first[2] = "";

    if (fd >= 0 && octets > 1 && pread(fd, first, 2, 0) == 2 && memcmp(first, "\x1f\x8b", 2) != 0 &&
        pread(fd, &last, 1, (off_t)octets - 1) != 1)
        last = '\0';
    if (fd >= 0)
        close(fd);
    return last == '\n' || last == '\r';
}

bool file_is_settled(const struct stat *stat)
{
    int64_t age = clock_wall_us() / 1000000 - stat->st_ctim.tv_sec;

    return age < 0 || age >= SETTLED_S;
}

bool file_has_stood(struct file_watch *watch, const struct stat *now, int64_t us)
{
    if (!file_is_unchanged(now, &watch->seen)) {
        watch->seen = *now;
        watch->since = clock_mono_us();
    }
    return clock_mono_us() - watch->since >= us;
}
