/*
 * known: the last known state of each incident that EIDO documents speak of, so that the next one
 * can be compared with it. Bounded: of KNOWN_MAX incidents the one untouched for longest makes
 * room; what has been untouched for KNOWN_DAYS is forgotten at the next start. Kept in a journal
 * (see journal.h), or in memory only.
 *
 * A state is one of our events, with no more in it than the dictionary names; it is kept encoded.
 * An incident whose type the agency withholds is remembered as a digest of its id and nothing else.
 * Owns its memory. On one thread.
 */
#ifndef LIAISON_FEED_KNOWN_H
#define LIAISON_FEED_KNOWN_H

#include "digest.h"
#include "event.h"
#include "journal.h"

enum { KNOWN_MAX = 8192, KNOWN_DAYS = 30 };

struct known_incident {
    struct digest key;           /* known_key_of its tracking id */
    struct digest merged, split; /* the other incident, as its documents name it */
    bool numbered;               /* by the agency itself */
    bool withheld;               /* and then there is no state */
    bool dirty;                  /* to be written down */
    char *state;                 /* an encoded event */
    size_t size;
    uint64_t touched; /* rises */
    int64_t seen_s;   /* wall clock */
};

struct known;

/* dir < 0: in memory only, and mark is not used. */
struct known *known_open(int dir, const char *mode, const struct journal_mark *mark,
                         struct fault *fault);
void known_free(struct known *known);
/* All of it, in memory. */
void known_forget(struct known *known);

/* A digest of a tracking id's unique part. */
struct digest known_key_of(const char *tracking);

/* NULL if it is not known. Valid until the next known_put. */
struct known_incident *known_find(struct known *known, const struct digest *key);
/* The one of that key, new if need be. NULL: no memory. */
struct known_incident *known_put(struct known *known, const struct digest *key);
/* Decodes its state; false if it has none, or none that can be read. */
bool known_state(const struct known_incident *incident, struct event *state);
/* Keeps the state; NULL forgets it. ERR_NOMEM. */
int known_keep(struct known *known, struct known_incident *incident, const struct event *state)
    __attribute__((nonnull(1, 2)));
/* Calls back for each incident that was merged into this one or split from it. */
void known_each_joined(struct known *known, const struct digest *to,
                       void (*cb)(void *ctx, struct known_incident *incident), void *ctx);

/* Writes down what has changed and says how far. Before the spool's commit. */
int known_sync(struct known *known, struct journal_mark *mark, struct fault *fault);

#endif
