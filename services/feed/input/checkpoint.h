/*
 * checkpoint: how far the source has been read, and what came of it. It is committed with the
 * events it speaks of, so that neither a row is lost nor one read twice. Text of "key=value" lines.
 */
#ifndef LIAISON_FEED_CHECKPOINT_H
#define LIAISON_FEED_CHECKPOINT_H

#include "day.h"
#include "file_mark.h"
#include "journal.h"

struct checkpoint {
    char name[256]; /* of the input, without its path */
    char head[33];  /* digest of its first head_size octets, to know a copy of it again */
    uint64_t head_size;
    uint64_t octets; /* of the file when it was finished; 0 while it is read */
    uint64_t offset; /* behind the last row that was dealt with */
    uint64_t read, rejected, withheld, dropped, records;
    uint64_t first, last;  /* sequences of its records; 0 if none */
    uint64_t rejects_size; /* of the reject file */
    uint64_t done;         /* read to its end */
    struct file_mark mark; /* what was read of it, to know it again */
    uint64_t vanished;     /* snapshot: incidents that a version no longer had */
    /* A file that grows: the day (UTC, since 1970), what the counts were as it began, and the last
     * sequence of the spool then. */
    uint64_t day, day_read, day_rejected, day_dropped, day_records, day_last, day_vanished;
    /* Read again from its beginning, because records of again_from to again were gone; it is there
     * at the octet again_until. again_from stays: the lowest sequence that the file accounts for.
     */
    uint64_t again, again_from, again_until;
    uint64_t replayed;                     /* replay: events dealt with, in order of time */
    int64_t replay_began;                  /* wall clock, microseconds */
    struct journal_mark known, seen, rows; /* how far what is remembered beside the spool reaches */
    struct day http;                       /* what came in over HTTP */
};

int checkpoint_write(const struct checkpoint *checkpoint, char *out, size_t room);
/* An empty text is an empty checkpoint; unknown keys are passed over. */
int checkpoint_read(struct checkpoint *checkpoint, const char *text);
/* Adds an item's counts to those of the items before it. */
void checkpoint_add(struct checkpoint *totals, const struct checkpoint *item);

#endif
