/*
 * rotation: rotated files: the files that a path led to earlier: calls.csv.1, calls.csv-20261120,
 * calls-2026-11-20.csv, compressed or not, in the same folder. What was written to them after the
 * last reading must be read before the current file. Links are not followed. Blocks for the disk.
 */
#ifndef LIAISON_FEED_ROTATION_H
#define LIAISON_FEED_ROTATION_H

#include "file_mark.h"

enum { ROTATION_MAX = 64, ROTATION_PATH = 1400 };

struct rotation {
    size_t count, next; /* next: the next one to read */
    struct rotated {
        char path[ROTATION_PATH];
        uint64_t changed;
    } file[ROTATION_MAX];
    struct stat read[ROTATION_MAX]; /* the latest files that were read to their end */
    size_t read_count;
    bool found; /* the file of the mark is among them, or the path leads to it */
};

/*
 * Looks for the rest of the file that was read, and for rotated files of the path that were written
 * after it, the oldest first. later: include the other files, and not only the rest of that file.
 * mark: of the file that was read. With an empty mark, or if the path still leads to that file,
 * there is none.
 */
void rotation_find(struct rotation *rotation, const char *path, const struct file_mark *mark,
                   bool later);
/* The file was read to its end: it is not read again unless it changes. */
void rotation_note_read(struct rotation *rotation, const struct stat *stat);
/* Whether a file of that name may be a rotated file of the path. */
bool rotation_is_of(const char *path, const char *name);

#endif
