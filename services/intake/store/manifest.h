/*
 * manifest: an agent's statement about its source, with its stream digest (docs/protocol.md,
 * MANIFEST). Owns nothing but itself; safe on any thread.
 */
#ifndef INTAKE_MANIFEST_H
#define INTAKE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

struct manifest {
    char source[121];
    char digest[129];  /* hexadecimal, or empty */
    uint32_t withheld; /* facts that were removed from source */
    int64_t read, rejected, duplicate, records, first, last;
    /* The agent's stream digest: digest covers the sequences from counts_from to through; 0: not
     * sent. */
    int64_t through, counts_from;
    int64_t again_from, again; /* records that were gone, and were read again from the source */
    uint64_t agents_digest;    /* digest as a number */
};

/* Reads a manifest from JSON. NULL if it violates the protocol; else the caller frees it. */
struct manifest *manifest_parse(const char *json, size_t size);

#endif
