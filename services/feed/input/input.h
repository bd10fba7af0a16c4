/*
 * input: the octets of a source: a file (also gzipped), a file that grows, a file that is rewritten
 * as a whole, standard input, or a folder that is watched. An item is one export: a file, or all of
 * standard input. The folder's files are taken in the order of their names; when one is done it is
 * moved to done/ or refused/ below it; links in it are not followed.
 *
 * A file is recognised by what was read of it (file_mark.h). If it no longer begins with that, it
 * is another file, and is read from its beginning. On the loop's thread; reading a file blocks for
 * the disk.
 */
#ifndef LIAISON_FEED_INPUT_H
#define LIAISON_FEED_INPUT_H

#include "errors.h"
#include "file_mark.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct input;

enum { INPUT_HEAD = 4096 };

enum input_got {
    INPUT_LATER = 0,    /* nothing now; woken_cb will be called */
    INPUT_BEGIN = -100, /* another item begins: see input_name, input_head */
    INPUT_END = -101,   /* the item is read to its end */
    INPUT_DONE = -102,  /* there will be no more */
    INPUT_CHANGED =
        -103, /* the item is not what input_expect named: call input_rewind, and read it all */
    INPUT_VERSION =
        -104, /* of a snapshot: this version is read; the item continues with the next one */
};

struct input_options {
    const char *path; /* "-": standard input; "": no input */
    bool follow;      /* wait for more at the end of the file */
    bool snapshot;    /* the file is rewritten as a whole from time to time */
    bool once;        /* INPUT_DONE instead of waiting */
    bool patient;     /* a file that is not there yet is waited for */
    void (*woken_cb)(void *ctx);
    void *ctx;
};

struct input *input_open(uv_loop_t *loop, const struct input_options *options, struct error *error);
/* Frees it; handles are closed on the loop. */
void input_close(struct input *input);
/* Call before the first reading: names what an earlier run read last. If the path leads to another
 * file now, the rest of the earlier one is searched beside it (rotation.h), and read first. */
void input_recall(struct input *input, const struct file_mark *was, const char *name);

/* Reads: octets (> 0), an input_got, or a negative err with the error. */
int input_read(struct input *input, char *data, int room, struct error *error);
/* The item is finished (after INPUT_END, or before its end): continues with the next item. */
void input_next(struct input *input, bool accepted);
/* The item must begin with what was read before. If it does not, INPUT_CHANGED is returned before
 * any later octets. */
void input_expect(struct input *input, const struct file_mark *was);
/* Whether it is still comparing what was read before. */
bool input_is_expecting(const struct input *input);
/* Reads the item from its beginning; a followed file as it is open, wherever its path leads now. */
int input_rewind(struct input *input, struct error *error);
/* The item cannot be read now: leaves it, and looks for it again later. False for standard
 * input. */
bool input_leave(struct input *input);

/* The item cannot be read, or not further. True: it is a file that the path named before, and
 * nobody has written to it for some time: input_next continues with the file behind it. */
bool input_give_up(struct input *input);

/* Begins the item again from its first octet. False if that is impossible: standard input is gone,
 * and a folder's files were moved. */
bool input_restart(struct input *input);

/* Whether the input goes on after an unfit item, because other items follow. */
bool input_is_folder(const struct input *input);
/* Whether it waits for more at the end of the item. */
bool input_is_growing(const struct input *input);
bool input_is_snapshot(const struct input *input);
/* After INPUT_END: whether the file was rewritten, so that its last line may have been cut. */
bool input_was_cut(const struct input *input);
/* Whether the followed file has not been there for a while. */
bool input_is_missing(const struct input *input);
/* Whether the item is a file that the path led to before. */
bool input_is_rotated(const struct input *input);
/* Whether the file that input_recall named was not found, so that its rest is unknown. Returns true
 * once. */
bool input_has_lost(struct input *input);
const char *input_name(const struct input *input);
/* The first octets of the item's file as it is now, to recognise it; 0 for standard input. */
size_t input_head(struct input *input, const char **data);
/* What was read of the item so far. */
void input_mark(const struct input *input, struct file_mark *mark);
/* Whether the item's file is the one of the mark and unchanged; or whether it is the one of the
 * mark. */
bool input_is_unchanged(const struct input *input, const struct file_mark *was);
bool input_is_same_file(const struct input *input, const struct file_mark *was);
/* The size of the item's file as it stands now. */
uint64_t input_octets(const struct input *input);
/* How much of the file has been read, from 0 to 1; negative if that cannot be known. */
double input_share(const struct input *input);

#endif
