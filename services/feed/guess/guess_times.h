/*
 * guess_times: finds the columns of a sample that are times, their format (a mapping has one for
 * all times), and what they mean. Part of guess. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_TIMES_H
#define LIAISON_FEED_GUESS_TIMES_H

#include "guess_private.h"

/* Fills the picks of the times, the format and the joined fields. ERR_MISSING if there is no
 * time. */
int guess_times_find(struct guess *guess, struct error *error);
/* Whether the column's name means a time or a day. */
bool guess_times_is_named(const struct guess *guess, const struct guess_told *told);
/* Chooses the time that orders the events, once the kind is known. */
void guess_times_order(struct guess *guess);
/* Whether the column of a milestone has zeros that the mapping reads as "not known". */
bool guess_times_has_zeros(const struct guess *guess, enum guess_role role);
/* Whether a column that has a format has that of the proposal. */
bool guess_times_is_of_format(const struct guess *guess, const struct guess_column *column);

#endif
