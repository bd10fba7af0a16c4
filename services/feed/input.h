/*
 * input: where the octets of a source come from: a file (also gzipped), a file that grows, standard
 * input, or a folder that is watched. An item is one export: a file, or all of standard input. The
 * folder's files are taken in the order of their names; when one is done it is moved to done/ or
 * refused/ below it. On the loop's thread; reading a file blocks for the disk.
 */
#ifndef LIAISON_FEED_INPUT_H
#define LIAISON_FEED_INPUT_H

#include "fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct input;

enum { INPUT_HEAD = 4096 };

enum input_got {
    INPUT_LATER = 0,    /* nothing now; woken_cb comes */
    INPUT_BEGIN = -100, /* another item begins: see input_name, input_head */
    INPUT_END = -101,   /* the item is read to its end */
    INPUT_DONE = -102,  /* there will be no more */
};

struct input_options {
    const char *path; /* "-": standard input; "": nothing ever comes */
    bool follow;      /* wait for more at the end of the file */
    bool once;        /* INPUT_DONE instead of waiting */
    void (*woken_cb)(void *ctx);
    void *ctx;
};

struct input *input_open(uv_loop_t *loop, const struct input_options *options, struct fault *fault);
/* Frees it; handles are closed on the loop. */
void input_close(struct input *input);

/* Reads: octets (> 0), an input_got, or a negative err with the fault. */
int input_read(struct input *input, char *data, int room, struct fault *fault);
/* The item is dealt with (after INPUT_END, or in the middle of it): goes on with the next. */
void input_next(struct input *input, bool accepted);

/* The item begins again, from its first octet. False where that cannot be: standard input is gone,
 * and a folder's files were moved. */
bool input_restart(struct input *input);

/* Whether one unfit item is no reason to stop: there will be others. */
bool input_is_folder(const struct input *input);
/* Whether it waits for more at the end of the item. */
bool input_is_growing(const struct input *input);
const char *input_name(const struct input *input);
/* The first octets of the item's file as it stands now, to know it again; 0 for standard input. */
size_t input_head(struct input *input, const char **data);
/* The size of the item's file as it stands now. */
uint64_t input_octets(const struct input *input);
/* How much of the file has been read, from 0 to 1; negative if that cannot be known. */
double input_share(const struct input *input);

#endif
