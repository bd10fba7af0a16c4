/*
 * guess_lists: short lists of words that show what a value is: call types, streets, towns, given
 * names. No state, no allocation; any thread.
 */
#ifndef LIAISON_FEED_GUESS_LISTS_H
#define LIAISON_FEED_GUESS_LISTS_H

#include <stdbool.h>

enum guess_list {
    GUESS_CALL_WORDS,
    GUESS_STREET_WORDS,
    GUESS_TOWN_WORDS,
    GUESS_STATUS_WORDS,
    GUESS_GIVEN_WORDS,
    GUESS_PLACE_WORDS /* things that may be named after a person */
};

/* Whether a word of the text is in the list. */
bool guess_lists_has(enum guess_list list, const char *text);

#endif
