/*
 * reject: the file of rows that the agent refused: time, input, line, field, code and reason,
 * separated by tabs; never the row or a part of it. Rows that a restart reads again are not written
 * twice, because the file is first truncated to the size in the checkpoint. At 64 MiB a new file is
 * begun, and the old one kept as NAME.1. Lines wait in memory until they are on disk. Not
 * thread-safe.
 */
#ifndef LIAISON_FEED_REJECT_H
#define LIAISON_FEED_REJECT_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reject {
    char path[1024 + 32];
    int fd; /* -1: not open */
    uint64_t size;
    char *lines; /* not yet written */
    size_t lines_size, lines_room;
    bool dirty; /* written, and not yet synced */
};

/* known: the size by the checkpoint; the rest is cut off. */
int reject_open(struct reject *reject, const char *path, uint64_t known, struct error *error);
/* Does nothing if it is all zeros, or closed already. */
void reject_close(struct reject *reject);
int reject_add(struct reject *reject, const char *input, uint64_t line, const struct error *why);
/* Makes added lines durable. On failure the lines are kept, and the call can be repeated. */
int reject_sync(struct reject *reject, struct error *error);

#endif
