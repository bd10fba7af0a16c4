/*
 * guess_names: what a column is, by the words of its name. Nothing is kept; no memory is taken. Any
 * thread.
 */
#ifndef LIAISON_FEED_GUESS_NAMES_H
#define LIAISON_FEED_GUESS_NAMES_H

#include "guess_words.h"

/* What a column can be. The times come first. */
enum guess_role {
    GUESS_RECEIVED,
    GUESS_DISPATCHED,
    GUESS_EN_ROUTE,
    GUESS_ON_SCENE,
    GUESS_CLEARED,
    GUESS_CLOSED,
    GUESS_WHEN, /* a time, of what is not said */
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

/* What a part of an address is, in the order in which they are joined. */
enum guess_part {
    GUESS_HOUSE,
    GUESS_PREFIX,
    GUESS_STREET,
    GUESS_SUFFIX,
    GUESS_POST,
    GUESS_APARTMENT,
    GUESS_PARTS
};

enum { GUESS_EXPLICIT = 30 }; /* a score from which nothing else can be meant */

/* How well a column's name says the role: 0 not at all; a word that is not explained makes less. */
int guess_words_score(const char *name, enum guess_role role);
/* Of which milestone a name is, and how well it says so; 0, and GUESS_WHEN, if of none. */
int guess_names_time(const char *name, enum guess_role *role);
/* A time that is no milestone of a call: of a birth, an upload, a change of the record; or a length
 * of time. */
bool guess_words_is_other_time(const char *name);
/* A position by its name, in whatever unit: a coordinate, an easting. */
bool guess_words_is_position(const char *name);
/* Which part of an address the name says, or GUESS_PARTS. */
enum guess_part guess_names_part(const char *name);
/* Whether two names say the same but for date and time: "Call Date", "Call Time". */
bool guess_names_are_pair(const char *date, const char *clock);

#endif
