/*
 * words: the codes of a call as a message says them, from the catalogue. A few types must not hide
 * behind their class ("fight reported" says more than "violence reported").
 */
#ifndef NOTIFY_WORDS_H
#define NOTIFY_WORDS_H

#include "facts.h"

#include <stddef.h>

/* "fight reported", "welfare call"; "police call" for what must not be named, and for the unknown.
 */
const char *words_what(const struct facts *facts);
/* "at", "next to", "near": goes before the school's name. */
const char *words_relation(const char *relation);
/* "2 units on the way"; "" where no unit is known. Returns out. */
const char *words_units(const struct facts *facts, char *out, size_t size);
/* "45 s", "12 min", "3 h", "2 days". Returns out. */
const char *words_span(int64_t seconds, char *out, size_t size);
/* Nobody has said that the call is at the school; its words may mean it. */
bool words_uncertain(const struct facts *facts);
/* How the place was found: "inside the campus outline". */
const char *words_method(const char *method);

#endif
