/*
 * file_mark: recognises a file that was read: its device and inode, how much of it was read, and a
 * digest of that. A file is the same only if it begins with exactly what was read. Its name does
 * not count, because exports are renamed, replaced and rewritten. Not thread-safe; reading blocks
 * for the disk.
 */
#ifndef LIAISON_FEED_FILE_MARK_H
#define LIAISON_FEED_FILE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

enum { FILE_MARK_BEGINNING = 1 << 16 }; /* octets that are enough to tell exports apart */

struct file_mark {
    uint64_t device, inode; /* both 0: no file */
    uint64_t octets;        /* octets that were read, from the beginning; of a .gz: uncompressed */
    uint64_t changed;       /* time of its last change when reading began, ns since 1970 */
    char digest[33];        /* of those octets */
};

/* A digest of what has been read so far. */
struct file_reading {
    unsigned char state[384]; /* of libsodium, which needs it aligned while it is used */
    uint64_t octets;
};

void file_reading_begin(struct file_reading *reading);
void file_reading_add(struct file_reading *reading, const char *data, size_t size);
void file_reading_digest(const struct file_reading *reading, char out[33]);

uint64_t file_changed(const struct stat *stat); /* nanoseconds since 1970 */
/* Whether both are the same file, and nothing was written to it in between. */
bool file_is_unchanged(const struct stat *a, const struct stat *b);
/* A file that is checked repeatedly. */
struct file_watch {
    struct stat seen;
    int64_t since; /* monotonic: since when it has been unchanged */
};
/* Whether it has been unchanged for so long, as far as the checks have seen. */
bool file_has_stood(struct file_watch *watch, const struct stat *now, int64_t us);
/* Whether nobody has written to it or packed it for some seconds, by the time of its inode: gzip
 * sets the other times back when it is done. A time in the future counts as long ago. */
bool file_is_settled(const struct stat *stat);
/* Whether the last line has its line end. A compressed file counts as having one. */
bool file_ends_in_a_line(const char *path, uint64_t octets);
/* Whether it is the same device and inode, whatever its content. */
bool file_mark_is(const struct file_mark *mark, const struct stat *stat);
/* Marks a file that is still to be read, by the beginning of its content. stat: of the file. */
void file_mark_beginning(struct file_mark *mark, const char *path, const struct stat *stat);
/* Whether the file begins with what was read; reads that part again. False if nothing was read. */
bool file_mark_matches(const struct file_mark *mark, const char *path);
/* What a path must be. Opening a pipe in the place of a file would block the agent, so a pipe is
 * opened only if the operator named it to be read once. */
enum file_role {
    FILE_ONCE,      /* anything but a folder, through links */
    FILE_FOLLOWED,  /* a regular file, through links */
    FILE_IN_FOLDER, /* a regular file, and no link */
};

/* Opens for reading. -1 and errno. */
int file_open(const char *path, enum file_role role);

#endif
