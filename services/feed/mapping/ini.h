/*
 * ini: a small INI file with its line numbers, for mapping files. Unlike libinih it keeps ':' in
 * keys and ';' in values, takes lines of any length, and keeps each entry's line, so that an error
 * can name it.
 *
 *   [section]
 *   # comment (a line of its own; ';' begins one too)
 *   key = value            spaces at both ends are taken off
 *   key = "value "         quotes keep them
 *
 * The struct owns all texts. Not thread-safe.
 */
#ifndef LIAISON_FEED_INI_H
#define LIAISON_FEED_INI_H

#include "errors.h"

#include <stddef.h>

struct ini_entry {
    char *section;
    char *key;
    char *value;
    int line;
};

struct ini {
    struct ini_entry *entry; /* in the order of the file */
    size_t count;
};

/* Reads a file. On failure ini is empty and the error names the line. */
int ini_load(struct ini *ini, const char *path, struct error *error);
void ini_free(struct ini *ini);

#endif
