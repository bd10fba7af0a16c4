/*
 * guess_made: the fields that a proposal makes from columns by [split] and [join]: a time from a
 * date and a clock, an address from its parts, a position from one text. Part of guess. Not
 * thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_MADE_H
#define LIAISON_FEED_GUESS_MADE_H

#include "guess_private.h"

/* Names of zones that follow times, by the bits of struct guess_told. */
extern const char *const guess_zone_names[];

/* Adds a made field. Returns its index, or -1 if there is no room. The name gets a suffix if a
 * column or another made field has it. */
int guess_made_join(struct guess *guess, const char *name, const struct guess_source *part,
                    size_t parts, const char *why);
int guess_made_split(struct guess *guess, const char *name, struct guess_source from,
                     enum guess_making making, const char *mark, const char *why);
/* A column, without the zone after its time and the clock after its date. */
struct guess_source guess_made_time(struct guess *guess, int column);

/* Removes the names of zones from the times of a column of the table; returns the names as bits. */
unsigned guess_made_take_zones(struct guess_table *table, size_t column);
/* Joins an address from columns for street number, direction, name, type and apartment. */
void guess_made_address(struct guess *guess);
/* Uses a column of intersections as the address of rows without one. */
void guess_made_crossing(struct guess *guess);
/* Splits latitude and longitude in one text. */
void guess_made_position(struct guess *guess);
/* Joins two columns of cross streets. */
void guess_made_cross_streets(struct guess *guess);
/* Splits off the first of several units in one text. */
void guess_made_unit(struct guess *guess);
/* Writes the sections [split] and [join]. */
void guess_made_write(const struct guess *guess, FILE *out);
/* The name that the mapping uses for a role or a source. */
const char *guess_made_name(const struct guess *guess, struct guess_source source);

#endif
