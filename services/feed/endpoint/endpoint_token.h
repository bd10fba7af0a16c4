/*
 * endpoint_token: the tokens of the HTTP endpoint. The file has one token a line, up to
 * ENDPOINT_TOKENS, so that a new token can be given out before the old one is removed. Only its
 * owner may read it. Only digests of the tokens are in memory.
 */
#ifndef LIAISON_FEED_ENDPOINT_TOKEN_H
#define LIAISON_FEED_ENDPOINT_TOKEN_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

enum { ENDPOINT_TOKENS = 8, ENDPOINT_TOKEN_MIN = 32, ENDPOINT_TOKEN_DIGEST = 32 };

struct endpoint_tokens {
    size_t count;
    unsigned char digest[ENDPOINT_TOKENS][ENDPOINT_TOKEN_DIGEST];
};

int endpoint_tokens_read(struct endpoint_tokens *tokens, const char *path, struct error *error);
/* Whether the token is valid. authorization: the header, "Bearer TOKEN". The time it takes does not
 * depend on the token. */
bool endpoint_tokens_admit(const struct endpoint_tokens *tokens, const char *authorization);

#endif
