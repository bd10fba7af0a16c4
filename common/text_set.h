/*
 * text_set: lists of words ("dob|date|susp*"), compiled once into tables by their first letter, so
 * that the time for a hostile text is bounded. Private to common/text_*.c. A list is constant once
 * made, any thread may read it, and it lives as long as the program.
 *
 * "stem*" is a word that begins with stem; ":no" matches after ':' or '=' only; "#" is a number. A
 * word of a text may be spelled in pieces: "d.o.b", "non-citizen", "i c e".
 */
#ifndef LIAISON_TEXT_SET_H
#define LIAISON_TEXT_SET_H

#include "text_fold.h"

struct text_set;

/* Compiles size octets of alternatives. Call it from one thread at a time, at the start. It ends
 * the program if there is not enough space: the lists are constants, and a test compiles them
 * all. */
const struct text_set *text_set_make(const char *alternatives, size_t size);

/* How many words at i the matching alternative has; 0 if none matches. */
size_t text_set_match(const struct text_set *set, const struct text_words *words, size_t i);

/* Whether any alternative can begin with this folded character. */
bool text_set_may_begin(const struct text_set *set, unsigned char folded);

#endif
