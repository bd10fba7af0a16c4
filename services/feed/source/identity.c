/* See identity.h. */
#include "identity.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST = 16, KEY_OCTETS = 10, GENERATION = 1 << 19 };

struct entry {
    uint8_t digest[DIGEST];
    uint32_t value; /* 0: free */
};

/* Open addressing; never more than half full. */
struct table {
    struct entry *entry;
    size_t room, count;
};

/* Two generations: when the young table is full it replaces the old one, whose entries are
 * forgotten. */
struct memory {
    struct table young, old;
};

struct identity {
    struct memory keys;     /* how many contents a key has */
    struct memory contents; /* the ordinal of a content */
};

static struct entry *place_of(const struct table *table, const uint8_t digest[DIGEST])
{
    uint64_t hash;
    size_t at;

    memcpy(&hash, digest, sizeof hash);
    for (at = hash & (table->room - 1); table->entry[at].value; at = (at + 1) & (table->room - 1))
        if (memcmp(table->entry[at].digest, digest, DIGEST) == 0)
            break;
    return &table->entry[at];
}

static int table_grow(struct table *table)
{
    struct table larger = {.room = table->room ? table->room * 2 : 1024, .count = table->count};

    larger.entry = calloc(larger.room, sizeof *larger.entry);
    if (!larger.entry)
        return ERR_NOMEM;
    for (size_t i = 0; i < table->room; i++)
        if (table->entry[i].value)
            *place_of(&larger, table->entry[i].digest) = table->entry[i];
    free(table->entry);
    *table = larger;
    return 0;
}

static uint32_t memory_get(const struct memory *memory, const uint8_t digest[DIGEST])
{
    uint32_t value = memory->young.room ? place_of(&memory->young, digest)->value : 0;

    return value || !memory->old.room ? value : place_of(&memory->old, digest)->value;
}

static int memory_set(struct memory *memory, const uint8_t digest[DIGEST], uint32_t value)
{
    struct entry *entry;

    if (memory->young.count == GENERATION) {
        free(memory->old.entry);
        memory->old = memory->young;
        memory->young = (struct table){0};
    }
    if (memory->young.count * 2 >= memory->young.room && table_grow(&memory->young) != 0)
        return ERR_NOMEM;
    entry = place_of(&memory->young, digest);
    memory->young.count += !entry->value;
    memcpy(entry->digest, digest, DIGEST);
    entry->value = value;
    return 0;
}

struct identity *identity_new(void)
{
    return calloc(1, sizeof(struct identity));
}

void identity_reset(struct identity *identity)
{
    free(identity->keys.young.entry);
    free(identity->keys.old.entry);
    free(identity->contents.young.entry);
    free(identity->contents.old.entry);
    *identity = (struct identity){0};
}

void identity_free(struct identity *identity)
{
    if (!identity)
        return;
    identity_reset(identity);
    free(identity);
}

/* Each text goes in with its length, so that "ab","c" and "a","bc" differ. */
static void add_texts(crypto_generichash_state *state, const struct identity_text *texts,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t size = texts[i].size;

        crypto_generichash_update(state, (const unsigned char *)&size, sizeof size);
        crypto_generichash_update(state, (const unsigned char *)texts[i].text, texts[i].size);
    }
}

static void digest_texts(uint8_t out[DIGEST], const uint8_t *begin, const struct identity_text *all,
                         size_t count)
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, DIGEST);
    if (begin)
        crypto_generichash_update(&state, begin, DIGEST);
    add_texts(&state, all, count);
    crypto_generichash_final(&state, out, DIGEST);
}

int identity_number(struct identity *identity, const struct identity_text *key, size_t key_count,
                    const struct identity_text *all, size_t all_count, char number[IDENTITY_NUMBER],
                    bool *repeated)
{
    uint8_t key_digest[DIGEST], content[DIGEST];
    char hex[2 * KEY_OCTETS + 1];
    uint32_t ordinal;

    digest_texts(key_digest, NULL, key, key_count);
    digest_texts(content, key_digest, all, all_count);
    ordinal = memory_get(&identity->contents, content);
    *repeated = ordinal != 0;
    if (!ordinal) {
        ordinal = memory_get(&identity->keys, key_digest) + 1;
        if (memory_set(&identity->keys, key_digest, ordinal) != 0 ||
            memory_set(&identity->contents, content, ordinal) != 0)
            return ERR_NOMEM;
    }
    sodium_bin2hex(hex, sizeof hex, key_digest, KEY_OCTETS);
    if (ordinal == 1)
        snprintf(number, IDENTITY_NUMBER, "x-%s", hex);
    else
        snprintf(number, IDENTITY_NUMBER, "x-%s-%u", hex, ordinal);
    return 0;
}
