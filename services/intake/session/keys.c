#include "keys.h"

#include "errors.h"

#include <stdio.h>
#include <stdlib.h>

const struct key *keys_find(const struct keys *keys, const char *z85)
{
    struct key *key;

    HASH_FIND_STR(keys->by_z85, z85, key);
    return key;
}

int keys_add(struct keys *keys, const char *z85, int agency_id, const char *agency, bool revoked)
{
    struct key *key = calloc(1, sizeof *key);

    if (!key)
        return ERR_NOMEM;
    snprintf(key->z85, sizeof key->z85, "%s", z85);
    snprintf(key->agency, sizeof key->agency, "%s", agency);
    key->agency_id = agency_id;
    key->revoked = revoked;
    key->limits = (struct limits){KEY_DEFAULT, KEY_DEFAULT, KEY_DEFAULT};
    HASH_ADD_STR(keys->by_z85, z85, key);
    return 0;
}

void keys_limit(struct keys *keys, const char *z85, const struct limits *limits)
{
    struct key *key;

    HASH_FIND_STR(keys->by_z85, z85, key);
    if (key)
        key->limits = *limits;
}

void keys_free(struct keys *keys)
{
    struct key *key = keys->by_z85, *next;

    HASH_CLEAR(hh, keys->by_z85); /* the table; its items stay linked */
    for (; key; key = next) {
        next = key->hh.next;
        free(key);
    }
}
