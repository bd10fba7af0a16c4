/*
 * file_mark: by what a file that was read is known again: its device and inode, how much of it was
 * read, and a digest of that. A file is the same only if it begins with just what was read. Its
 * name says nothing: exports are renamed, replaced and written anew. Not thread-safe; reading
 * blocks for the disk.
 */
#ifndef LIAISON_FEED_FILE_MARK_H
#define LIAISON_FEED_FILE_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct file_mark {
    uint64_t device, inode; /* both 0: no file */
    uint64_t octets;        /* that were read, from the beginning; of a .gz: unpacked */
    uint64_t changed;       /* when it was last written as its reading began, ns since 1970 */
    char digest[33];        /* of those octets */
};

/* A digest of what has been read so far. */
struct file_reading {
    unsigned char state[384]; /* of libsodium, which wants it aligned while it works on it */
    uint64_t octets;
};

void file_reading_begin(struct file_reading *reading);
void file_reading_add(struct file_reading *reading, const char *data, size_t size);
void file_reading_digest(const struct file_reading *reading, char out[33]);

uint64_t file_changed(const struct stat *stat); /* nanoseconds since 1970 */
/* Whether it is the same file and nothing was written to it between the two. */
bool file_is_unchanged(const struct stat *a, const struct stat *b);
/* A file that is looked at now and then. */
struct file_watch {
    struct stat seen;
    int64_t since; /* monotonic: how long it has been so */
};
/* Whether it has been as it is now for so long, as far as was seen. */
bool file_has_stood(struct file_watch *watch, const struct stat *now, int64_t us);
/* Whether nobody has written to it or packed it for some seconds, by the time of its inode: gzip
 * sets the others back when it is done. One that lies ahead says nothing, and counts as long ago.
 */
bool file_is_settled(const struct stat *stat);
/* Whether the last line has its end. A packed file has none, and counts as one that has. */
bool file_ends_in_a_line(const char *path, uint64_t octets);
/* Whether it is that very file, whatever it holds by now. */
bool file_mark_is(const struct file_mark *mark, const struct stat *stat);
/* Whether the file begins with what was read. Reads all of that. False if nothing was read. */
bool file_mark_matches(const struct file_mark *mark, const char *path);
/* What a path is. A pipe that takes the place of a file would hold up the agent at its opening, so
 * it is opened only where the operator gave it to be read once. */
enum file_role {
    FILE_ONCE,      /* anything but a folder, through links */
    FILE_FOLLOWED,  /* a regular file, through links */
    FILE_IN_FOLDER, /* a regular file, and no link */
};

/* Opens for reading. -1 and errno. */
int file_open(const char *path, enum file_role role);

#endif
