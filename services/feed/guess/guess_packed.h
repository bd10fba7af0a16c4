/*
 * guess_packed: several values in one cell, divided by the same mark in all rows, become columns of
 * the sample, which the proposal makes by [split]. Part of guess. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_PACKED_H
#define LIAISON_FEED_GUESS_PACKED_H

#include "guess_private.h"

/*
 * Splits columns whose name and values are divided by the same mark, and the only column of a
 * table; with force, all columns whose values are divided. Returns how many columns it added, or
 * ERR_NOMEM.
 */
int guess_packed_take(struct guess *guess, bool force);
/* Whether a column of the sample is a part of another. */
bool guess_packed_is_part(const struct guess *guess, size_t column);
/* Whether a column was split. */
bool guess_packed_is_whole(const struct guess *guess, size_t column);
/* The mark that divides all these lines alike, but not into columns; NULL if there is none. */
const char *guess_packed_mark(const char *const *text, size_t count, size_t *parts);

#endif
