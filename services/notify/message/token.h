/*
 * token: the secret in the link of a message, of which the database keeps only a digest
 * (link_key.h): who reads the database cannot acknowledge.
 */
#ifndef NOTIFY_TOKEN_H
#define NOTIFY_TOKEN_H

#include "link_key.h"

struct token {
    char text[LINK_TOKEN_TEXT]; /* as in the link */
    char hash[LINK_HASH_TEXT];
};

void token_make(struct token *token, const struct link_key *key);

#endif
