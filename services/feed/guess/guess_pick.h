/*
 * guess_pick: picks the column of each role except times, by its name, else by its values. Then it
 * chooses the key and the kind of the events. Part of guess. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_PICK_H
#define LIAISON_FEED_GUESS_PICK_H

#include "guess_private.h"

/* Call after guess_times_find. */
void guess_pick_columns(struct guess *guess);

#endif
