#include "token.h"

void token_make(struct token *token, const struct link_key *key)
{
    link_token_make(token->text);
    link_hash(key, token->text, token->hash);
}
