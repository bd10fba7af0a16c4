/*
 * journal: lines that must agree with the spool. A line counts once the spool's checkpoint has a
 * mark behind it: lines are written and synced before the spool commits, and lines that a crash
 * left after the mark are cut off at the next start. So the journal always agrees with the spool.
 *
 * File: DIR/NAME.N, where N rises when the journal is rewritten because most of it is stale. The
 * previous file is kept, because a checkpoint may still refer to it. Owns its descriptor and
 * buffer. On one thread; blocks for the disk.
 */
#ifndef LIAISON_FEED_JOURNAL_H
#define LIAISON_FEED_JOURNAL_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_mark { /* the journal's end, as a checkpoint holds it */
    uint64_t file, size;
};

struct journal {
    int dir, fd; /* dir < 0: in memory only, nothing is written */
    char name[64];
    struct journal_mark mark; /* as on disk */
    char *pending;            /* lines not yet written */
    size_t pending_size, pending_room;
};

/* Called with each line, without its line end; it may change the line. */
typedef void (*journal_line_cb)(void *ctx, char *line);

/* Opens MODE.WHAT in dir, which the caller owns; dir < 0: in memory only, and mark is not used.
 * Reads the lines up to the mark. It starts whatever it finds; missing lines are logged. */
int journal_open(struct journal *journal, int dir, const char *mode, const char *what,
                 const struct journal_mark *mark, journal_line_cb line_cb, void *ctx,
                 struct error *error);
void journal_close(struct journal *journal);

/* line ends in '\n'. ERR_NOMEM. */
int journal_add(struct journal *journal, const char *line, size_t size);
/* Makes the added lines durable. On failure they are kept, and the call can be repeated. */
int journal_sync(struct journal *journal, struct error *error);
/* Begins a new file: the caller must add all lines that are still valid again. */
int journal_renew(struct journal *journal, struct error *error);

#endif
