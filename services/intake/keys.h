/*
 * keys: which public key is which agency's, as the database had it when last loaded. Revoked keys
 * stay in the table, so that their holder can be told why.
 */
#ifndef INTAKE_KEYS_H
#define INTAKE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <uthash.h>

struct key {
    char z85[41];
    int agency_id;
    char agency[40]; /* slug */
    bool revoked;
    UT_hash_handle hh;
};

struct keys {
    struct key *by_z85;
};

const struct key *keys_find(const struct keys *keys, const char *z85);
int keys_add(struct keys *keys, const char *z85, int agency_id, const char *agency, bool revoked);
void keys_free(struct keys *keys);

#endif
