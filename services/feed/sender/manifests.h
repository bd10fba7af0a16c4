/*
 * manifests: the agent's statements about its sources that intake has not confirmed yet. Each is
 * the JSON of a MANIFEST; they are kept in DIR/manifests, a line each, until intake has answered.
 * Not thread-safe.
 */
#ifndef LIAISON_FEED_MANIFESTS_H
#define LIAISON_FEED_MANIFESTS_H

#include "errors.h"
#include "spool.h"

#include <stddef.h>
#include <stdint.h>

enum { MANIFEST_MAX = 768, MANIFESTS_MAX = 64 };

struct manifest {
    char source[121]; /* a file's name, or a day */
    uint64_t read, rejected, duplicate, records;
    uint64_t first, last;       /* 0 if no record */
    uint64_t again_from, again; /* gone records of this range have been read again; 0: none */
    uint64_t vanished;          /* incidents that were missing in a version of a snapshot */
    uint64_t unread;            /* 1: the source had more content, which is lost */
};

struct manifests {
    int dir;
    size_t count;
    struct manifest item[MANIFESTS_MAX];
};

void manifests_open(struct manifests *manifests, int dir);
/* Adds a manifest, durably. A manifest of the same source and first sequence is replaced; the
 * oldest is dropped if there are too many. */
int manifests_add(struct manifests *manifests, const struct manifest *manifest,
                  struct error *error);
/* Intake has confirmed the first count manifests. */
int manifests_confirm(struct manifests *manifests, size_t count, struct error *error);
/* Writes a manifest as JSON, with the stream digest unless that is NULL; returns its octets. */
int manifest_write(const struct manifest *manifest, const struct spool_digest *covered,
                   char out[MANIFEST_MAX]);

#endif
