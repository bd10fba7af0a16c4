/*
 * manifest: what an agent says of its source, and its account of the stream (docs/protocol.md,
 * MANIFEST). Owns nothing but itself; safe on any thread.
 */
#ifndef INTAKE_MANIFEST_H
#define INTAKE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

struct manifest {
    char source[121];
    char digest[129];  /* hexadecimal, or empty */
    uint32_t withheld; /* facts that were taken out of source */
    int64_t read, rejected, duplicate, records, first, last;
    /* The agent's account: digest is of the sequences from counts_from to through; 0: none told. */
    int64_t through, counts_from;
    int64_t again_from, again; /* gone, and read again from the source */
    uint64_t account;
};

/* Reads one of JSON. NULL if it is not as the protocol says; else the caller's to free. */
struct manifest *manifest_parse(const char *json, size_t size);

#endif
