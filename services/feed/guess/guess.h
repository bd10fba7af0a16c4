/*
 * guess: proposes a mapping file for an export that was never seen. Columns are known by their
 * names and by what their values look like; each choice is written with how sure it is and why, and
 * at the end stands what a person must decide. The proposal is always a mapping that can be loaded.
 * Columns about persons, free text and immigration status are named as left out, whatever else they
 * match. No value of the sample is ever written. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_H
#define LIAISON_FEED_GUESS_H

#include "fault.h"

#include <stdio.h>

enum { GUESS_ROWS = 5000 }; /* of the sample, unless the operator says otherwise */

/* Writes the proposal for a sample. 0 or negative; nothing is written on a fault. */
int guess_run(const char *path, size_t rows, const char *zone, FILE *out, struct fault *fault);

#endif
