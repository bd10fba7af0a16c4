/*
 * catalogue: the texts that people read: call types, states, relations, times. They stand in
 * common/words, one file for each language, and are compiled in; the page imports en.json too. A
 * text has placeholders by name: "{n} units {state}".
 *
 * English has every text. Another language has those that messages use (tests/integration/
 * test_words.py); what it lacks is said in English. A district may say single texts in its own
 * words, which then stand before both. No state; any thread.
 */
#ifndef COMMON_CATALOGUE_H
#define COMMON_CATALOGUE_H

#include <stddef.h>
#include <stdio.h>

enum language { LANGUAGE_ENGLISH, LANGUAGE_SPANISH, LANGUAGES };

/* "en", "es". */
const char *language_code(enum language language);
/* English if there is no such language; NULL and "" are none. */
enum language language_of(const char *code);

struct catalogue_word {
    const char *key, *text;
};

/* In which words somebody is told. Zeroed, it is English as it stands in the file. */
struct catalogue {
    enum language language;
    const struct catalogue_word *own; /* the district's, the caller's; in no order */
    size_t own_count;
};

struct catalogue_value {
    const char *name, *value;
};

/* All that a language has, in the order of the keys. */
const struct catalogue_word *catalogue_all(enum language language, size_t *count);
/* The text of a key, or NULL. */
const char *catalogue_text(const struct catalogue *words, const char *key);
/* The text of "group.code", or NULL. */
const char *catalogue_code(const struct catalogue *words, const char *group, const char *code);

/* Writes the text of a key into out. Each placeholder is replaced by the value of its name, or by
 * nothing if there is no such value; a value that ends in a point ends a sentence with it. A text
 * that does not fit is cut at the end of a character. A key that does not exist gives "". Returns
 * out. */
char *catalogue_fill(char *out, size_t size, const struct catalogue *words, const char *key,
                     const struct catalogue_value *values, size_t count);
/* The same, to a stream, of any length. */
void catalogue_print(FILE *out, const struct catalogue *words, const char *key,
                     const struct catalogue_value *values, size_t count);

/* The next placeholder of a text: *name and its length; returns what follows it, or NULL if there
 * is none. What has no closing brace is a placeholder to the end. */
const char *catalogue_slot(const char *text, const char **name, size_t *length);

#endif
