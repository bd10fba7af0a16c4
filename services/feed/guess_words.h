/*
 * guess_words: what words tell. A column's name against tables of synonyms (what the field is, and
 * whether it is about a person, free text or immigration status), and the words of a value against
 * short lists (call types, streets, towns). Nothing is kept; no memory is taken. Any thread.
 */
#ifndef LIAISON_FEED_GUESS_WORDS_H
#define LIAISON_FEED_GUESS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

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

/* Why a column stays in the building whatever else it is. */
enum guess_private { GUESS_OPEN, GUESS_PERSON, GUESS_FREE_TEXT, GUESS_IMMIGRATION };

enum guess_list {
    GUESS_CALL_WORDS,
    GUESS_STREET_WORDS,
    GUESS_TOWN_WORDS,
    GUESS_STATUS_WORDS,
    GUESS_GIVEN_WORDS,
    GUESS_PLACE_WORDS /* of what may be named after a person */
};

/* How well a column's name says the role: 0 not at all; 10 one word of it, more for more. */
int guess_words_score(const char *name, enum guess_role role);
enum guess_private guess_words_private(const char *name);
/* A time that is no milestone of a call: of a birth, an upload, a change of the record. */
bool guess_words_is_other_time(const char *name);
/* A position by its name, in whatever unit: a coordinate, an easting. */
bool guess_words_is_position(const char *name);
/* Whether a word of the text stands in the list. */
bool guess_words_in(const char *text, enum guess_list list);

#endif
