/*
 * keys: the public keys of the agencies, as last loaded from the database. Revoked keys stay in the
 * table, so that intake can send their holder the reason.
 */
#ifndef INTAKE_KEYS_H
#define INTAKE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

/* Limits of an agency. KEY_DEFAULT: the value of the settings; 0: no limit. */
struct limits {
    int64_t connections;
    int64_t octets_s, records_s; /* received per second */
};
enum { KEY_DEFAULT = -1 };

struct key {
    char z85[41];
    int agency_id;
    char agency[40]; /* slug */
    bool revoked;
    struct limits limits; /* of the agency */
    UT_hash_handle hh;
};

struct keys {
    struct key *by_z85;
};

const struct key *keys_find(const struct keys *keys, const char *z85);
int keys_add(struct keys *keys, const char *z85, int agency_id, const char *agency, bool revoked);
/* Sets the limits of a key that was added; they are KEY_DEFAULT at first. */
void keys_limit(struct keys *keys, const char *z85, const struct limits *limits);
void keys_free(struct keys *keys);

#endif
