/*
 * token: the secret in an acknowledgement link. 32 random bytes, of which the database keeps only
 * the hash: who reads the database cannot acknowledge.
 */
#ifndef NOTIFY_TOKEN_H
#define NOTIFY_TOKEN_H

enum { TOKEN_TEXT = 44, TOKEN_HASH_HEX = 67 };

struct token {
    char text[TOKEN_TEXT];     /* base64url without padding, as in the link */
    char hash[TOKEN_HASH_HEX]; /* BLAKE2b-256 of text, as PostgreSQL reads a bytea: "\\x..." */
};

void token_make(struct token *token);
/* The hash of a token's text, as it stands in notify.token. */
void token_hash(const char *text, char hash[TOKEN_HASH_HEX]);

#endif
