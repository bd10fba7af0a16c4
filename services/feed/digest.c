/* See digest.h. */
#include "digest.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 65536 };

struct digest_index {
    int slots[SLOTS]; /* index of the first thing, or -1 */
    struct {
        struct digest key;
        int next; /* index of the next thing in the slot, or -1 */
    } thing[];
};

struct digest digest_of(const char *what, const void *text, size_t size)
{
    struct digest digest;

    crypto_generichash(digest.octets, sizeof digest.octets, text, size, (const unsigned char *)what,
                       strlen(what));
    return digest;
}

bool digest_same(const struct digest *a, const struct digest *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

void digest_write(char out[DIGEST_HEX + 1], const struct digest *digest)
{
    sodium_bin2hex(out, DIGEST_HEX + 1, digest->octets, DIGEST);
}

bool digest_read(struct digest *digest, const char *text)
{
    size_t size;

    return strlen(text) >= DIGEST_HEX &&
           sodium_hex2bin(digest->octets, DIGEST, text, DIGEST_HEX, NULL, &size, NULL) == 0 &&
           size == DIGEST;
}

static int slot_of(const struct digest *key)
{
    uint16_t at;

    memcpy(&at, key->octets, sizeof at);
    return at;
}

struct digest_index *digest_index_new(int room)
{
    struct digest_index *index = malloc(sizeof *index + (size_t)room * sizeof index->thing[0]);

    if (index)
        digest_index_clear(index);
    return index;
}

void digest_index_free(struct digest_index *index)
{
    free(index);
}

int digest_index_find(const struct digest_index *index, const struct digest *key)
{
    int at = index->slots[slot_of(key)];

    while (at >= 0 && !digest_same(&index->thing[at].key, key))
        at = index->thing[at].next;
    return at;
}

void digest_index_put(struct digest_index *index, int thing, const struct digest *key)
{
    int *slot = &index->slots[slot_of(key)];

    index->thing[thing].key = *key;
    index->thing[thing].next = *slot;
    *slot = thing;
}

void digest_index_drop(struct digest_index *index, int thing)
{
    int *at = &index->slots[slot_of(&index->thing[thing].key)];

    while (*at != thing)
        at = &index->thing[*at].next;
    *at = index->thing[thing].next;
}

void digest_index_clear(struct digest_index *index)
{
    memset(index->slots, 0xff, sizeof index->slots);
}
