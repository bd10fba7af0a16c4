/*
 * identity: generates incident numbers for a source that has none. The number is a digest of the
 * key columns that the mapping names, with an ordinal among rows of equal key and different
 * content: "x-KKKKKKKKKKKKKKKKKKKK" for the first, "x-KKKKKKKKKKKKKKKKKKKK-2" for the second. A row
 * that equals an earlier row in every mapped column gets the same number.
 *
 * Numbers depend only on the rows of the input and their order. So they are the same when the input
 * is read again from its beginning, as after a restart. Memory is bounded: the last half million
 * rows at least are remembered, about 50 MB at the most.
 *
 * Not thread-safe.
 */
#ifndef LIAISON_FEED_IDENTITY_H
#define LIAISON_FEED_IDENTITY_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

enum { IDENTITY_NUMBER = 40 }; /* octets of a number, with its NUL */

struct identity;

struct identity *identity_new(void);
void identity_free(struct identity *identity);
/* Forgets all rows, because another input begins. */
void identity_reset(struct identity *identity);

struct identity_text {
    const char *text;
    size_t size;
};

/*
 * The number of a row by its key texts and all its texts. *repeated: the row equals one before it.
 */
int identity_number(struct identity *identity, const struct identity_text *key, size_t key_count,
                    const struct identity_text *all, size_t all_count, char number[IDENTITY_NUMBER],
                    bool *repeated);

#endif
