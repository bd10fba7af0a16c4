/*
 * text_same: whether two codes are read as the same by a person, however each is written: without
 * regard to case, white space, punctuation, accents and characters that are not shown, and with
 * look-alikes of other scripts as the Latin letters that they look like (text_fold.h). Digits that
 * do not touch stay apart: "10-16" is "10 16", and not "101-6". Letters that look like no Latin one
 * are compared as they are.
 *
 * A struct text_key owns nothing. Safe on any thread.
 */
#ifndef LIAISON_TEXT_SAME_H
#define LIAISON_TEXT_SAME_H

#include <stdbool.h>
#include <stddef.h>

enum { TEXT_KEY_MAX = 1536 };

struct text_key {
    size_t size;
    unsigned char letter[TEXT_KEY_MAX]; /* folded characters; a space between digits */
};

/* Returns 0; ERR_SIZE if the text is too long to be compared; ERR_VALUE if it has nothing that a
 * person reads in Latin letters and digits, or has other letters too. */
int text_key(struct text_key *key, const char *text);
bool text_key_is(const struct text_key *key, const struct text_key *other);
/* Whether the other begins with the key. */
bool text_key_begins(const struct text_key *key, const struct text_key *other);

#endif
