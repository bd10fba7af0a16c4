/*
 * link_key: the tokens of the links in messages, and the key under which the database keeps their
 * digests. Notify makes a token, and the dashboard finds it again: both have the key, the database
 * has not. Who has a copy of the database can neither open a link nor try tokens out. Any thread.
 */
#ifndef COMMON_LINK_KEY_H
#define COMMON_LINK_KEY_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    LINK_TOKEN_TEXT = 17, /* 16 letters and digits: 95 random bits */
    LINK_HASH_TEXT = 67,  /* as PostgreSQL reads a bytea: "\\x..." */
    LINK_KEY_OCTETS = 32,
    LINK_KEYS_MOST = 2, /* the present one, and the one before */
    LINK_MARKS_TEXT = LINK_KEYS_MOST * 17 + 7,
};

struct link_key {
    bool is_set; /* false: digests have no key */
    unsigned char octets[LINK_KEY_OCTETS];
};

/* Reads the key of a file of 32 characters or more; "": none is set. 0 or the error filled, which
 * names the setting. */
int link_key_read(struct link_key *key, const char *path, const char *setting, struct error *error);

void link_token_make(char text[LINK_TOKEN_TEXT]);
/* The digest of a token's text: BLAKE2b-256, keyed if the key is set (NULL: it is not). */
void link_hash(const struct link_key *key, const char *text, char hash[LINK_HASH_TEXT]);
/* What tells each of up to LINK_KEYS_MOST keys from others and says nothing of it ("none" for one
 * that is not set), as an array of PostgreSQL. bare: digests without a key are known too. */
void link_key_marks(const struct link_key *keys, size_t count, bool bare,
                    char out[LINK_MARKS_TEXT]);

#endif
