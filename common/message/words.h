/*
 * words: what a message is made of. The codes of a call become the words of the catalogue, and the
 * facts of a notice become the values that every text of a message may name by a placeholder: so a
 * district's own text may use what the text that it stands for uses (docs/notify.md).
 *
 * A few types must not hide behind their class ("fight reported" says more than "violence
 * reported").
 */
#ifndef COMMON_WORDS_H
#define COMMON_WORDS_H

#include "notice.h"

#include <stddef.h>
#include <stdio.h>

enum { WORDS_MOST = 40, WORDS_SIZE = 120 };

/* The values by name. They borrow from the notice, which outlives them. A value that is not known
 * has words that say so, or is "": no text loses its sense by it. */
struct words {
    const struct catalogue *from;
    struct catalogue_value values[WORDS_MOST];
    size_t count;
    char what[WORDS_SIZE], units[WORDS_SIZE], span[WORDS_SIZE], open[WORDS_SIZE], Open[WORDS_SIZE];
};

void words_open(struct words *words, const struct notice *notice);
/* Gives a value, or another one. It is borrowed. */
void words_set(struct words *words, const char *name, const char *value);
/* The texts of a key with the values: to a stream, or into out, which it returns. */
void words_say(const struct words *words, const char *key, FILE *out);
char *words_fill(const struct words *words, const char *key, char *out, size_t size);
/* As words_fill, and the value of this name from now on. */
void words_name(struct words *words, const char *name, const char *key, char *out, size_t size);

/* "fight reported", "welfare call"; "police call" for what must not be named, and for the unknown.
 */
const char *words_what(const struct catalogue *from, const struct facts *facts);
/* The same in fewest words: "fight". */
const char *words_bare(const struct catalogue *from, const struct facts *facts);
/* "at", "next to", "near": goes before the school's name. */
const char *words_relation(const struct catalogue *from, const char *relation);
/* "2 units on the way"; "" where no unit is known. Returns out. */
const char *words_units(const struct catalogue *from, const struct facts *facts, char *out,
                        size_t size);
/* "45 s", "12 min", "3 h", "2 days". Returns out. */
const char *words_span(const struct catalogue *from, int64_t seconds, char *out, size_t size);
/* Nobody has said that the call is at the school; its words may mean it. */
bool words_uncertain(const struct facts *facts);
/* How the place was found: "inside the campus outline". */
const char *words_method(const struct catalogue *from, const char *method);
/* The name of a class, type or disposition (group) in the language; in English, and where that
 * language has none of a class, the name of the database. "" if there is none. */
const char *words_name_of(const struct catalogue *from, const char *group, const char *code,
                          const char *name);
/* The text with its first letter in upper case. Returns out. */
char *words_upper_first(const char *text, char *out, size_t size);

#endif
