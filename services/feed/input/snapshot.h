/*
 * snapshot: the rows of the last version of an export whose versions are complete ([source] kind =
 * snapshot): a digest of each row with the digest of its incident. A row that the last version had
 * unchanged is not sent again. An incident that is missing in a version is counted, and never
 * becomes an event. While a version is read, its rows are added to those of the last one, so that a
 * crash in the middle neither repeats nor loses a row.
 *
 * Bounded: rows beyond SNAPSHOT_MAX are sent again in each version, which is harmless. Kept in a
 * journal (see journal.h), or in memory only. Owns its memory. On one thread.
 */
#ifndef LIAISON_FEED_SNAPSHOT_H
#define LIAISON_FEED_SNAPSHOT_H

#include "digest.h"
#include "journal.h"

enum { SNAPSHOT_MAX = 262144 };

struct snapshot;

/* dir < 0: in memory only, and mark is not used. */
struct snapshot *snapshot_open(int dir, const char *mode, const struct journal_mark *mark,
                               struct error *error);
void snapshot_free(struct snapshot *snapshot);

/* A version begins, or begins again. */
void snapshot_begin(struct snapshot *snapshot);
/* Whether the row is known; a new row is known from now on. incident: "" if it has none. */
bool snapshot_knows(struct snapshot *snapshot, const char *incident, const char *row, size_t size);
/* The version is read completely: forgets rows that it does not have. Returns how many incidents
 * have no row left; 0 when it is called again. */
uint64_t snapshot_end(struct snapshot *snapshot);
/* Forgets all rows: each row is sent again. */
void snapshot_forget(struct snapshot *snapshot);

/* Writes the changes, and sets mark to the end of the journal. Call before the spool's commit. */
int snapshot_sync(struct snapshot *snapshot, struct journal_mark *mark, struct error *error);
/* Whether there is anything to write. */
bool snapshot_is_dirty(const struct snapshot *snapshot);

#endif
