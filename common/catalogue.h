/*
 * catalogue: the texts that people read: call types, states, relations, times. They stand in
 * common/words/en.json (one file for each language), which is compiled in. The page imports the
 * same file. A text has placeholders by name: "{n} units {state}". No state; any thread.
 */
#ifndef COMMON_CATALOGUE_H
#define COMMON_CATALOGUE_H

#include <stddef.h>

struct catalogue_word {
    const char *key, *text;
};

/* Generated from common/words/en.json by deploy/words-to-c.awk. */
extern const struct catalogue_word catalogue_words[];
extern const size_t catalogue_word_count;

/* The text of a key, or NULL. */
const char *catalogue_text(const char *key);
/* The text of "group.code", or NULL. */
const char *catalogue_code(const char *group, const char *code);
struct catalogue_value {
    const char *name, *value;
};

/* Writes the text of a key into out. Each placeholder is replaced by the value of its name, or by
 * nothing if there is no such value. A text that does not fit is cut at the end of a character. A
 * key that does not exist gives "". Returns out. */
char *catalogue_fill(char *out, size_t size, const char *key, const struct catalogue_value *values,
                     size_t count);

#endif
