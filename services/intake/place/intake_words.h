/*
 * intake_words: splits a text into upper-case words, and measures the distance of two words. For
 * address and school_name. Pure functions, any thread.
 */
#ifndef INTAKE_INTAKE_WORDS_H
#define INTAKE_INTAKE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MAX = 24, WORD_SIZE = 48 };

struct words {
    size_t count;
    char word[WORDS_MAX][WORD_SIZE];
};

struct words_pair {
    const char *from, *to;
};

/* Words consist of letters and digits. Apostrophes are removed; any other character is a space.
 * Letters beyond ASCII are kept. What does not fit is cut. */
void words_split(const char *text, size_t size, struct words *words);
/* Appends the word to the text in out (which may be empty), after a space. False if it does not
 * fit: out stays as it is then. */
bool words_append(char *out, size_t size, const char *word);
/* The words from first on, with single spaces, as many as fit. */
void words_join(const struct words *words, size_t first, size_t end, char *out, size_t size);
void words_remove(struct words *words, size_t at, size_t count);
/* The second of the pair whose first is the word, or NULL. The pairs are sorted by their firsts. */
const char *words_look(const struct words_pair *pairs, size_t count, const char *word);
bool words_are_digits(const char *word);

/* Insertions, deletions, substitutions and neighbours exchanged; more than most is most + 1.
 * *substituted: whether the shortest way replaces a letter by another. */
int words_distance(const char *a, const char *b, int most, bool *substituted);

#endif
