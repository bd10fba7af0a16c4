#include "link_key.h"

#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HASH_OCTETS = 32, SECRET_LEAST = 32 };

int link_key_read(struct link_key *key, const char *path, const char *setting, struct error *error)
{
    char text[512];

    memset(key, 0, sizeof *key);
    if (path[0] == '\0')
        return 0;
    int rc = config_secret(path, text, sizeof text, error);
    if (rc == 0 && strlen(text) < SECRET_LEAST)
        rc = error_set(error, ERR_SIZE, setting, "needs %d characters or more", SECRET_LEAST);
    if (rc != 0) {
        snprintf(error->field, sizeof error->field, "%s", setting);
        return rc;
    }
    crypto_generichash(key->octets, sizeof key->octets, (const unsigned char *)text, strlen(text),
                       NULL, 0);
    key->is_set = true;
    sodium_memzero(text, sizeof text);
    return 0;
}

/* Telephones find the end of an address in a text at the end of a word: a "-" there would not be
 * opened. */
void link_token_make(char text[LINK_TOKEN_TEXT])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    for (size_t i = 0; i < LINK_TOKEN_TEXT - 1; i++)
        text[i] = letters[randombytes_uniform(sizeof letters - 1)];
    text[LINK_TOKEN_TEXT - 1] = '\0';
}

void link_hash(const struct link_key *key, const char *text, char hash[LINK_HASH_TEXT])
{
    unsigned char digest[HASH_OCTETS];
    bool keyed = key && key->is_set;

    crypto_generichash(digest, sizeof digest, (const unsigned char *)text, strlen(text),
                       keyed ? key->octets : NULL, keyed ? sizeof key->octets : 0);
    hash[0] = '\\';
    hash[1] = 'x';
    sodium_bin2hex(hash + 2, LINK_HASH_TEXT - 2, digest, sizeof digest);
}

/* No token has a blank in it, so that no digest of a link begins like its key's mark. */
void link_key_marks(const struct link_key *keys, size_t count, bool bare, char out[LINK_MARKS_TEXT])
{
    char hash[LINK_HASH_TEXT];
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        link_hash(&keys[i], "link key", hash);
        used += (size_t)snprintf(out + used, LINK_MARKS_TEXT - used, "%c%.16s", i ? ',' : '{',
                                 keys[i].is_set ? hash + 2 : "none");
    }
    snprintf(out + used, LINK_MARKS_TEXT - used, "%s}", bare ? ",none" : "");
}
