/*
 * reject: the file that says which rows the agent refused: time, input, line, field, code and
 * reason, separated by tabs; never the row or anything of it. What a restart reads again is not
 * written twice: the file is cut back to what the checkpoint knows. At 64 MiB it is begun anew and
 * the old one kept as NAME.1. Lines wait in memory until the disk has taken them. Not thread-safe.
 */
#ifndef LIAISON_FEED_REJECT_H
#define LIAISON_FEED_REJECT_H

#include "fault.h"

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

/* known: the size by the checkpoint; what is behind it goes. */
int reject_open(struct reject *reject, const char *path, uint64_t known, struct fault *fault);
/* Nothing happens to one of zeros, or that was closed. */
void reject_close(struct reject *reject);
int reject_add(struct reject *reject, const char *input, uint64_t line, const struct fault *why);
/* Makes durable what was added. On failure it is still whole, and the call can be repeated. */
int reject_sync(struct reject *reject, struct fault *fault);

#endif
