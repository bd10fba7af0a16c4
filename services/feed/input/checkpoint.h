/*
 * checkpoint: how far the source has been read, and the counts of the results. It is committed
 * together with the events that it covers, so that no row is lost or read twice. Text of
 * "key=value" lines.
 */
#ifndef LIAISON_FEED_CHECKPOINT_H
#define LIAISON_FEED_CHECKPOINT_H

#include "day.h"
#include "file_mark.h"
#include "journal.h"

struct checkpoint {
    char name[256]; /* of the input, without its path */
    char head[33];  /* digest of its first head_size octets, to recognise a copy of it */
    uint64_t head_size;
    uint64_t octets; /* size of the file when it was finished; 0 while it is read */
    uint64_t offset; /* end of the last row that was handled */
    uint64_t read, rejected, withheld, dropped, records;
    uint64_t first, last;  /* sequences of its records; 0 if none */
    uint64_t rejects_size; /* of the reject file */
    uint64_t done;         /* read to its end */
    struct file_mark mark; /* what was read of it, to recognise it */
    uint64_t vanished;     /* snapshot: incidents that were missing in a version */
    /* A file that grows: the day (UTC, since 1970), the counts at its beginning, and the last
     * sequence of the spool at that time. */
    uint64_t day, day_read, day_rejected, day_dropped, day_records, day_last, day_vanished;
    /* The file is read again from its beginning, because records from again_from to again were
     * gone; the second reading is complete at octet again_until. again_from stays: the lowest
     * sequence that the file covers. */
    uint64_t again, again_from, again_until;
    uint64_t replayed;                     /* replay: events handled, in order of time */
    int64_t replay_began;                  /* wall clock, microseconds */
    struct journal_mark known, seen, rows; /* ends of the journals that are kept beside the spool */
    struct day http;                       /* records that came over HTTP */
};

int checkpoint_write(const struct checkpoint *checkpoint, char *out, size_t room);
/* An empty text is an empty checkpoint; unknown keys are ignored. */
int checkpoint_read(struct checkpoint *checkpoint, const char *text);
/* Adds an item's counts to those of the items before it. */
void checkpoint_add(struct checkpoint *totals, const struct checkpoint *item);

#endif
