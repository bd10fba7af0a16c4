#include "token.h"

#include <sodium.h>
#include <string.h>

enum { TOKEN_BYTES = 32, HASH_BYTES = 32 };

void token_hash(const char *text, char hash[TOKEN_HASH_HEX])
{
    unsigned char digest[HASH_BYTES];

    crypto_generichash(digest, sizeof digest, (const unsigned char *)text, strlen(text), NULL, 0);
    hash[0] = '\\';
    hash[1] = 'x';
    sodium_bin2hex(hash + 2, TOKEN_HASH_HEX - 2, digest, sizeof digest);
}

void token_make(struct token *token)
{
    unsigned char secret[TOKEN_BYTES];

    randombytes_buf(secret, sizeof secret);
    sodium_bin2base64(token->text, sizeof token->text, secret, sizeof secret,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    token_hash(token->text, token->hash);
    sodium_memzero(secret, sizeof secret);
}
