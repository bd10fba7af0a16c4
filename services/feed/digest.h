/*
 * digest: 128 bits that stand for a text, and an index that finds numbered things by them. The
 * things are the caller's; the index owns its memory. On one thread.
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

/* Of a text; what keeps digests of different things apart ("": nothing does). */
struct digest digest_of(const char *what, const void *text, size_t size);
bool digest_same(const struct digest *a, const struct digest *b);
/* As lower-case hexadecimals, and back; text need not end there. false: it is none. */
void digest_write(char out[DIGEST_HEX + 1], const struct digest *digest);
bool digest_read(struct digest *digest, const char *text);

struct digest_index;

/* For things 0 to room - 1. NULL: no memory. */
struct digest_index *digest_index_new(int room);
void digest_index_free(struct digest_index *index);
/* The thing of that key, the latest put; -1: none. */
int digest_index_find(const struct digest_index *index, const struct digest *key);
/* A thing that is not in it. */
void digest_index_put(struct digest_index *index, int thing, const struct digest *key);
/* A thing that is in it. */
void digest_index_drop(struct digest_index *index, int thing);
/* Nothing is in it. */
void digest_index_clear(struct digest_index *index);

#endif
