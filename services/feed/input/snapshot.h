/*
 * snapshot: what the last version of an export held, where each version is the whole of it
 * ([source] kind = snapshot): a digest of each row with that of its incident. A row that stands in
 * it just so is not told again; an incident that a version no longer has is counted, and never made
 * an event. While a version is read, what it has joins what the last one had, so that a crash in
 * the middle tells nothing twice and forgets nothing.
 *
 * Bounded: beyond SNAPSHOT_MAX rows a row is told again in each version, which harms nobody. Kept
 * in a journal (see journal.h), or in memory only. Owns its memory. On one thread.
 */
#ifndef LIAISON_FEED_SNAPSHOT_H
#define LIAISON_FEED_SNAPSHOT_H

#include "digest.h"
#include "journal.h"

enum { SNAPSHOT_MAX = 262144 };

struct snapshot;

/* dir < 0: in memory only, and mark is not used. */
struct snapshot *snapshot_open(int dir, const char *mode, const struct journal_mark *mark,
                               struct fault *fault);
void snapshot_free(struct snapshot *snapshot);

/* Another version begins, or the same again. */
void snapshot_begin(struct snapshot *snapshot);
/* Whether the row is known; if it is not, it is from now on. incident: "" if it has none. */
bool snapshot_knows(struct snapshot *snapshot, const char *incident, const char *row, size_t size);
/* The version is read whole: forgets what it does not have. Returns of how many incidents nothing
 * is left; 0 when it is called again. */
uint64_t snapshot_end(struct snapshot *snapshot);
/* Forgets all: each row is told again. */
void snapshot_forget(struct snapshot *snapshot);

/* Writes down what has changed and says how far. Before the spool's commit. */
int snapshot_sync(struct snapshot *snapshot, struct journal_mark *mark, struct fault *fault);
/* Whether there is anything to write down. */
bool snapshot_is_dirty(const struct snapshot *snapshot);

#endif
