/*
 * door_token: who may knock. The file has one token a line, up to DOOR_TOKENS, so that a new one
 * can be given out before the old one is taken away; nobody but its owner may read it. Only digests
 * are in memory.
 */
#ifndef LIAISON_FEED_DOOR_TOKEN_H
#define LIAISON_FEED_DOOR_TOKEN_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { DOOR_TOKENS = 8, DOOR_TOKEN_MIN = 32, DOOR_TOKEN_DIGEST = 32 };

struct door_tokens {
    size_t count;
    unsigned char digest[DOOR_TOKENS][DOOR_TOKEN_DIGEST];
};

int door_tokens_read(struct door_tokens *tokens, const char *path, struct fault *fault);
/* authorization: the header, "Bearer TOKEN". Takes as long whichever token it is, or none. */
bool door_tokens_admit(const struct door_tokens *tokens, const char *authorization);

#endif
