/*
 * rotation: the files that a path led to before it led to the one of today: calls.csv.1, calls.csv-
 * 20261120, calls-2026-11-20.csv, packed or not, in the same folder. What was written to them after
 * the last reading must be read before the file of today. Links are not followed. Blocks for the
 * disk.
 */
#ifndef LIAISON_FEED_ROTATION_H
#define LIAISON_FEED_ROTATION_H

#include "file_mark.h"

enum { ROTATION_MAX = 64, ROTATION_PATH = 1400 };

struct rotation {
    size_t count, next; /* next: of those to read */
    struct rotated {
        char path[ROTATION_PATH];
        uint64_t changed;
    } file[ROTATION_MAX];
    struct stat read[ROTATION_MAX]; /* files that were read to their end, the latest */
    size_t read_count;
    bool found; /* the file of the mark is among them, or is what the path leads to */
};

/*
 * Looks for the file that was read, and for those of the path's family that were written after it:
 * the oldest first. later: the
 * others too, and not the rest of that file alone. mark: of the file that was read. With a mark of
 * nothing, or where the path still leads to that file, there is none.
 */
void rotation_find(struct rotation *rotation, const char *path, const struct file_mark *mark,
                   bool later);
/* The file was read to its end: unless it changes, it is not to be read again. */
void rotation_note_read(struct rotation *rotation, const struct stat *stat);
/* Whether a file of that name may have been what the path led to. */
bool rotation_is_of(const char *path, const char *name);

#endif
