/*
 * text_set: lists of words ("dob|date|susp*"), compiled once into tables by their first letter, so
 * that a hostile text costs little. Private to common/text_*.c. Constant once made; any thread may
 * read. A list lives as long as the program.
 *
 * "stem*" is a word that begins so; ":no" stands behind ':' or '=' only; "#" is a number. A word of
 * a text may be spelled in pieces: "d.o.b", "non-citizen", "i c e".
 */
#ifndef LIAISON_TEXT_SET_H
#define LIAISON_TEXT_SET_H

#include "text_fold.h"

struct text_set;

/* Compiles size octets of alternatives. Calls come from one thread at a time, at the start. Ends
 * the program where there is no space: the lists are constants, and a test compiles them all. */
const struct text_set *text_set_make(const char *alternatives, size_t size);

/* How many words at i the alternatives take: 0 if none of them stands there. */
size_t text_set_match(const struct text_set *set, const struct text_words *words, size_t i);

/* Whether any alternative can begin with this folded character. */
bool text_set_may_begin(const struct text_set *set, unsigned char folded);

#endif
