/*
 * guess_words: the words of a column's name, and whether the name shows that the column is about a
 * person, free text or immigration status. "CallType_No", "CALLTYPENO" and "call type #" all become
 * call, type, number: a name without separators is cut into known words, and abbreviations are
 * expanded. No state, no allocation; any thread.
 */
#ifndef LIAISON_FEED_GUESS_WORDS_H
#define LIAISON_FEED_GUESS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { GUESS_WORDS_MAX = 16, GUESS_WORD_ROOM = 24, GUESS_SQUASHED_ROOM = 128 };

struct guess_words {
    char word[GUESS_WORDS_MAX][GUESS_WORD_ROOM];
    size_t count;
    char squashed[GUESS_SQUASHED_ROOM]; /* all words without separators */
};

/* Why a column is never sent, whatever else it is. */
enum guess_private { GUESS_OPEN, GUESS_PERSON, GUESS_FREE_TEXT, GUESS_IMMIGRATION };

/* The words of any text in lower case, cut at its separators. */
void guess_words_split(const char *text, struct guess_words *words);
/* The words of a column's name, cut and expanded. */
void guess_words_of_name(const char *name, struct guess_words *words);
bool guess_words_has(const struct guess_words *words, const char *word, size_t size);
/* Whether one of the words is in the list, which NULL ends. */
bool guess_words_has_one(const struct guess_words *words, const char *const *list);

enum guess_private guess_words_private(const char *name);

#endif
