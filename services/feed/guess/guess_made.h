/*
 * guess_made: what a proposal makes from columns by [split] and [join]: a time from a date and a
 * clock, an address from its parts, a position from one text. Part of guess. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_MADE_H
#define LIAISON_FEED_GUESS_MADE_H

#include "guess_private.h"

/* Names of zones that stand behind times, by the bits of struct guess_told. */
extern const char *const guess_zone_names[];

/* Adds what is made; its place, or -1 if there is no room. The name gets another end if a column or
 * something made has it. */
int guess_made_join(struct guess *guess, const char *name, const struct guess_source *part,
                    size_t parts, const char *why);
int guess_made_split(struct guess *guess, const char *name, struct guess_source from,
                     enum guess_making making, const char *mark, const char *why);
/* A column, without the zone behind its time and the clock behind its date. */
struct guess_source guess_made_time(struct guess *guess, int column);

/* Takes the zone's name off the times of a column, in the table; which, as bits. */
unsigned guess_made_take_zones(struct guess_table *table, size_t column);
/* Street number, direction, name, type and apartment in columns of their own. */
void guess_made_address(struct guess *guess);
/* An intersection in a column of its own is the address of rows without one. */
void guess_made_crossing(struct guess *guess);
/* Latitude and longitude in one text. */
void guess_made_position(struct guess *guess);
/* The first of several units in one text. */
/* Of two cross streets in two columns, one. */
void guess_made_cross_streets(struct guess *guess);
void guess_made_unit(struct guess *guess);
/* Writes the sections [split] and [join]. */
void guess_made_write(const struct guess *guess, FILE *out);
/* What the mapping names for a role, or a source. */
const char *guess_made_name(const struct guess *guess, struct guess_source source);

#endif
