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

/* ---- For text_person.c ---- */

#define TEXT_LIST_ENUM(name, words) TEXT_LIST_##name,
enum text_list { TEXT_LIST_ROWS(TEXT_LIST_ENUM) TEXT_LISTS };

/* How many words at i match an entry of the list; 0 if no entry matches. */
size_t text_word_is(const struct text_words *words, size_t i, enum text_list list);

/* A date of birth that a word at i announces (or that stands before it), and the name beside it. */
bool text_find_birth_date(const struct text_words *words, size_t i, struct text_span *span);
/* A name that a word at i announces. */
bool text_find_name(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span);

#endif
