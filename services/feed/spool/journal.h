/*
 * journal: lines that must agree with the spool. A line counts once the spool's checkpoint says how
 * far the journal reaches: it is written and synced before the spool commits, and what a crash left
 * behind that mark is cut off at the next start. So what a journal remembers and what was spooled
 * are never apart.
 *
 * File: DIR/NAME.N, where N rises when the journal is written anew because most of it is stale. The
 * file before the last is kept, for a checkpoint that still speaks of it. Owns its descriptor and
 * buffer. On one thread; blocks for the disk.
 */
#ifndef LIAISON_FEED_JOURNAL_H
#define LIAISON_FEED_JOURNAL_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_mark { /* what a checkpoint holds of it */
    uint64_t file, size;
};

struct journal {
    int dir, fd; /* dir < 0: in memory only, nothing is written */
    char name[64];
    struct journal_mark mark; /* as on disk */
    char *pending;            /* lines not yet written */
    size_t pending_size, pending_room;
};

/* Takes one line, without its end; it may be changed. */
typedef void (*journal_line_cb)(void *ctx, char *line);

/* MODE.WHAT in dir, which stays the caller's; dir < 0: in memory only, and mark is not used. Reads
 * the lines up to the mark; whatever it finds, it starts: what is missing is said in the log. */
int journal_open(struct journal *journal, int dir, const char *mode, const char *what,
                 const struct journal_mark *mark, journal_line_cb line_cb, void *ctx,
                 struct fault *fault);
void journal_close(struct journal *journal);

/* line ends in '\n'. ERR_NOMEM. */
int journal_add(struct journal *journal, const char *line, size_t size);
/* Makes the added lines durable. After a failure they are still there, and it can be repeated. */
int journal_sync(struct journal *journal, struct fault *fault);
/* From here on a new file: all lines that still hold are to be added again. */
int journal_renew(struct journal *journal, struct fault *fault);

#endif
