/*
 * text_find: where in a folded text something stands that must not be kept. Private to
 * common/text_*.c. Safe on any thread.
 */
#ifndef LIAISON_TEXT_FIND_H
#define LIAISON_TEXT_FIND_H

#include "text_check.h"
#include "text_fold.h"

/* Words [first, end) are a fact of a kind. */
struct text_span {
    enum text_kind kind;
    size_t first, end;
};

/* The next fact at or behind word from; false if there is none. */
bool text_find(const struct text_words *words, size_t from, enum text_field field,
               struct text_span *span);

/* ---- For text_person.c ---- */

/* How many words at i the alternatives ("dob|date|susp*") take: 0 if none of them stands there. A
 * word may be spelled in pieces: "d.o.b", "non-citizen", "i c e". */
size_t text_word_is(const struct text_words *words, size_t i, const char *alternatives);

/* A date of birth that a word at i announces (or that stands before it), and the name beside it. */
bool text_find_birth_date(const struct text_words *words, size_t i, struct text_span *span);
/* A name that a word at i announces. */
bool text_find_name(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span);

#endif
