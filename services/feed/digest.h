/*
 * digest: a hash of 128 bits of a text, and an index that finds numbered items by it. The caller
 * owns the items; the index owns its memory. On one thread.
 */
#ifndef LIAISON_FEED_DIGEST_H
#define LIAISON_FEED_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST = 16, DIGEST_HEX = 2 * DIGEST };

/* All zero: none. */
struct digest {
    unsigned char octets[DIGEST];
};

/* The digest of a text. what separates digests of different kinds; it may be "". */
struct digest digest_of(const char *what, const void *text, size_t size);
bool digest_same(const struct digest *a, const struct digest *b);
/* Writes a digest as lower-case hexadecimal digits, and reads it back; text need not end there.
 * False: it is not a digest. */
void digest_write(char out[DIGEST_HEX + 1], const struct digest *digest);
bool digest_read(struct digest *digest, const char *text);

struct digest_index;

/* For items 0 to room - 1. NULL: no memory. */
struct digest_index *digest_index_new(int room);
void digest_index_free(struct digest_index *index);
/* The item of that key that was put last; -1: there is none. */
int digest_index_find(const struct digest_index *index, const struct digest *key);
/* Adds an item that is not in the index. */
void digest_index_put(struct digest_index *index, int thing, const struct digest *key);
/* Removes an item that is in the index. */
void digest_index_drop(struct digest_index *index, int thing);
/* Removes all items. */
void digest_index_clear(struct digest_index *index);

#endif
