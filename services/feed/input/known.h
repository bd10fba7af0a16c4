/*
 * known: the last known state of each incident that EIDO documents speak of, so that the next one
 * can be compared with it. Bounded: beyond KNOWN_MAX incidents the least recently used one is
 * dropped; incidents that were not used for KNOWN_DAYS are forgotten at the next start. Kept in a
 * journal (see journal.h), or in memory only.
 *
 * A state is an encoded event, with no more in it than the dictionary names. Of an incident whose
 * type the agency withholds only a digest of its id is kept. Owns its memory. On one thread.
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
    bool numbered;               /* it has the agency's number */
    bool withheld;               /* its type is withheld; there is no state then */
    bool dirty;                  /* must be written */
    char *state;                 /* an encoded event */
    size_t size;
    uint64_t touched; /* rises */
    int64_t seen_s;   /* wall clock */
};

struct known;

/* dir < 0: in memory only, and mark is not used. */
struct known *known_open(int dir, const char *mode, const struct journal_mark *mark,
                         struct error *error);
void known_free(struct known *known);
/* Forgets all incidents, in memory. */
void known_forget(struct known *known);

/* A digest of a tracking id's unique part. */
struct digest known_key_of(const char *tracking);

/* NULL if it is not known. Valid until the next known_put. */
struct known_incident *known_find(struct known *known, const struct digest *key);
/* The incident of that key; made if it is new. NULL: no memory. */
struct known_incident *known_put(struct known *known, const struct digest *key);
/* Decodes its state; false if it has no readable state. */
bool known_state(const struct known_incident *incident, struct event *state);
/* Keeps the state; NULL forgets it. 0 or ERR_NOMEM. */
int known_keep(struct known *known, struct known_incident *incident, const struct event *state)
    __attribute__((nonnull(1, 2)));
/* Calls back for each incident that was merged into this one or split from it. */
void known_each_joined(struct known *known, const struct digest *to,
                       void (*cb)(void *ctx, struct known_incident *incident), void *ctx);

/* Writes the changes, and sets mark to the end of the journal. Call before the spool's commit. */
int known_sync(struct known *known, struct journal_mark *mark, struct error *error);

#endif
