/*
 * packed: reads a file as it is, or unpacks it if it is gzip (of any number of members). Unlike
 * zlib's gzread it hands out all that stands before a damage, and it takes what stands behind the
 * last member for a damage too: rows that are appended to a packed file are not to be lost
 * unnoticed. Only zeros may stand there, as some media pad a file.
 *
 * The file stays the caller's. Not thread-safe; reading blocks for the disk.
 */
#ifndef LIAISON_FEED_PACKED_H
#define LIAISON_FEED_PACKED_H

#include <stdint.h>

struct packed;

enum packed_got {
    PACKED_END = 0,
    PACKED_FAILED = -1,  /* errno */
    PACKED_DAMAGED = -2, /* see packed_damage; nothing more comes */
};

/* NULL: no memory. */
struct packed *packed_open(int fd);
void packed_close(struct packed *packed);
/* Begins the same file again. */
void packed_rewind(struct packed *packed);
/* Octets (> 0), or a packed_got. */
int packed_read(struct packed *packed, char *data, int room);
/* What is wrong with the file, for a person; NULL: nothing so far. */
const char *packed_damage(const struct packed *packed);
/* How many octets of the file itself have been read. */
uint64_t packed_at(const struct packed *packed);

#endif
