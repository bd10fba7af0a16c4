/*
 * guess: proposes a mapping file for an export that was never seen. Columns are recognised by their
 * names and by their values. Each choice is written with its confidence and reason, and the file
 * ends with what a person must decide. The proposal is always a mapping that can be loaded. Columns
 * about persons, free text and immigration status are listed as left out, whatever else they match.
 * No value of the sample is ever written. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_H
#define LIAISON_FEED_GUESS_H

#include "errors.h"

#include <stdio.h>

enum { GUESS_ROWS = 5000 }; /* of the sample, unless the operator says otherwise */

/* Writes the proposal for a sample. 0 or negative; nothing is written on an error. */
int guess_run(const char *path, size_t rows, const char *zone, FILE *out, struct error *error);

#endif
