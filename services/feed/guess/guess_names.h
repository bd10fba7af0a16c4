/*
 * guess_names: the role of a column, by the words of its name. No state, no allocation; any thread.
 */
#ifndef LIAISON_FEED_GUESS_NAMES_H
#define LIAISON_FEED_GUESS_NAMES_H

#include "guess_words.h"

/* The roles of columns. The times come first. */
enum guess_role {
    GUESS_RECEIVED,
    GUESS_DISPATCHED,
    GUESS_EN_ROUTE,
    GUESS_ON_SCENE,
    GUESS_CLEARED,
    GUESS_CLOSED,
    GUESS_WHEN, /* a time without a known meaning */
    GUESS_INCIDENT,
    GUESS_REPORT,
    GUESS_CALL_TYPE,
    GUESS_FINAL_TYPE,
    GUESS_PRIORITY,
    GUESS_DISPOSITION,
    GUESS_ADDRESS,
    GUESS_CROSS,
    GUESS_PLACE_NAME,
    GUESS_MUNICIPALITY,
    GUESS_BEAT,
    GUESS_LATITUDE,
    GUESS_LONGITUDE,
    GUESS_UNIT,
    GUESS_ROLES
};

/* The parts of an address, in the order in which they are joined. */
enum guess_part {
    GUESS_HOUSE,
    GUESS_PREFIX,
    GUESS_STREET,
    GUESS_SUFFIX,
    GUESS_POST,
    GUESS_APARTMENT,
    GUESS_PARTS
};

enum { GUESS_EXPLICIT = 30 }; /* from this score on the name is unambiguous */

/* How well a column's name fits the role. 0: not at all; an unknown word lowers the score. */
int guess_words_score(const char *name, enum guess_role role);
/* The milestone that a name means, and the score; 0, and GUESS_WHEN, if it means none. */
int guess_names_time(const char *name, enum guess_role *role);
/* Whether the name means another time than a milestone: a birth, an upload, a change of the record;
 * or a duration. */
bool guess_words_is_other_time(const char *name);
/* Whether the name means a position, in whatever unit: a coordinate, an easting. */
bool guess_words_is_position(const char *name);
/* The part of an address that the name means, or GUESS_PARTS. */
enum guess_part guess_names_part(const char *name);
/* Whether two names are the same except for date and time: "Call Date", "Call Time". */
bool guess_names_are_pair(const char *date, const char *clock);

#endif
