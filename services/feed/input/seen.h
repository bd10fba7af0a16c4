/*
 * seen: what came over HTTP before, so that a repeated request stores nothing twice: digests of the
 * latest SEEN_MAX events, and of Idempotency-Keys with their bodies. Kept in a journal (see
 * journal.h), or in memory only. Owns its memory. On one thread.
 */
#ifndef LIAISON_FEED_SEEN_H
#define LIAISON_FEED_SEEN_H

#include "digest.h"
#include "journal.h"

enum { SEEN_MAX = 65536 };

struct seen;

/* dir < 0: in memory only, and mark is not used. */
struct seen *seen_open(int dir, const char *mode, const struct journal_mark *mark,
                       struct error *error);
void seen_free(struct seen *seen);

/* The value that is kept under the key, or NULL. */
const struct digest *seen_find(const struct seen *seen, const struct digest *key);
/* Keeps value under a new key; the oldest entry is dropped if there is no room. 0 or ERR_NOMEM. */
int seen_add(struct seen *seen, const struct digest *key, const struct digest *value);

/* As known_sync. */
int seen_sync(struct seen *seen, struct journal_mark *mark, struct error *error);

#endif
