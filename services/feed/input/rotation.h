/*
 * rotation: rotated files: the files that a path led to earlier: calls.csv.1, calls.csv-20261120,
 * calls-2026-11-20.csv, compressed or not, in the same folder. What was written to them after the
 * last reading must be read before the current file. A further rotation may rename or pack them
 * while they wait to be read, so each is remembered by its inode and its beginning, and not by its
 * name. Links are not followed. Blocks for the disk.
 */
#ifndef LIAISON_FEED_ROTATION_H
#define LIAISON_FEED_ROTATION_H

#include "file_mark.h"

enum { ROTATION_MAX = 64, ROTATION_PATH = 1400 };
#define ROTATION_GONE "rotated file" /* in place of a path that is not known */

struct rotation {
    size_t count, next; /* next: the next one to read */
    struct rotated {
        char path[ROTATION_PATH]; /* where it was seen last */
        uint64_t order;           /* they are read in this order */
        struct file_mark mark;    /* of its beginning */
    } file[ROTATION_MAX];
    struct stat read[ROTATION_MAX]; /* the latest files that were read to their end */
    size_t read_count;
    bool found; /* the file of the mark is among them, or the path leads to it */
};

/*
 * Looks for the rest of the file that was read, and for rotated files of the path that were written
 * after it, the oldest first. later: include the other files, and not only the rest of that file.
 * mark: of the file that was read; of an empty file its time alone tells which files are later. If
 * no file was read, there is none.
 */
void rotation_find(struct rotation *rotation, const char *path, const struct file_mark *mark,
                   bool later);
/* Opens the file before `next` under the name that it has now, and copies its path to `now`. -1 and
 * errno; ROTATION_GONE if it is gone. path: the followed one. */
int rotation_open(struct rotation *rotation, const char *path, char now[ROTATION_PATH]);
/* The file was read to its end: it is not read again unless it changes. */
void rotation_note_read(struct rotation *rotation, const struct stat *stat);
/* Whether a file of that name may be a rotated file of the path. */
bool rotation_is_of(const char *path, const char *name);

#endif
