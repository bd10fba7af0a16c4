/*
 * guess_pick: which column is what, but for times: by its name, else by its values; and what
 * follows from that, the key and the kind of the events. Part of guess. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_PICK_H
#define LIAISON_FEED_GUESS_PICK_H

#include "guess_private.h"

/* After the times. */
void guess_pick_columns(struct guess *guess);

#endif
