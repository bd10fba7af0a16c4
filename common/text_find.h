/*
 * text_find: finds the facts in a folded text that must not be kept. Private to common/text_*.c.
 * Safe on any thread.
 */
#ifndef LIAISON_TEXT_FIND_H
#define LIAISON_TEXT_FIND_H

#include "text_check.h"
#include "text_fold.h"
#include "text_rules.def"

/* Words [first, end) are a fact of a kind. */
struct text_span {
    enum text_kind kind;
    size_t first, end;
};

/* Compiles the lists, once. text_find calls it by itself; a caller that uses a list before
 * text_find must call it. */
void text_find_load(void);

/* Finds the next fact at or after word from; false if there is none. */
bool text_find(const struct text_words *words, size_t from, enum text_field field,
               struct text_span *span);

/* Whether the last words announce a date of birth that is not there. */
bool text_ends_with_dob(const struct text_words *words);

/* ---- For text_person.c and text_name.c ---- */

#define TEXT_LIST_ENUM(name, words) TEXT_LIST_##name,
enum text_list { TEXT_LIST_ROWS(TEXT_LIST_ENUM) TEXT_LISTS };

/* How many words at i match an entry of the list; 0 if no entry matches. */
size_t text_word_is(const struct text_words *words, size_t i, enum text_list list);

/* A date of birth that a word at i announces (or that stands before it), and the name beside it. */
bool text_find_birth_date(const struct text_words *words, size_t i, struct text_span *span);
/* The first of the words before i that are a name: JOHN SMITH DOB 1/2/90; i if there are none.
 * Where a number stands right before them they are a street. */
size_t text_name_before(const struct text_words *words, size_t i);
/* The word behind the name at end: a name behind a date of birth is a part of it. */
size_t text_name_behind(const struct text_words *words, size_t end);
/* Whether a word makes a place or a street of the one before it: LINCOLN HIGH, JOHN ST. */
bool text_is_of_place(const struct text_words *words, size_t end);
/* A name that a word at i announces. */
bool text_find_name(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span);

#endif
