/*
 * nearest: finds the known name that a mistyped one may have meant, for error messages. Case does
 * not count, nor whether words are parted by '_', '-' or ' '.
 */
#ifndef LIAISON_NEAREST_H
#define LIAISON_NEAREST_H

struct nearest {
    const char *word;  /* what was written; the caller sets it, and name to NULL */
    const char *name;  /* the likeliest so far; NULL: none is near enough to have been meant */
    unsigned distance; /* letters added, left out, changed or swapped; only where name is set */
};

/* Compares the word with another known name, which must live as long as the search. */
void nearest_try(struct nearest *nearest, const char *name);

#endif
