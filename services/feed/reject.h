/*
 * reject: the file that says which rows the agent refused: time, input, line, field, code and
 * reason, separated by tabs; never the row or anything of it. What a restart reads again is not
 * written twice: the file is cut back to what the checkpoint knows. At 64 MiB it is begun anew and
 * the old one kept as NAME.1.
 */
#ifndef LIAISON_FEED_REJECT_H
#define LIAISON_FEED_REJECT_H

#include "fault.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct reject {
    char path[1024 + 32];
    FILE *file;
    uint64_t size;
    bool dirty;
};

/* known: the size by the checkpoint; what is behind it goes. */
int reject_open(struct reject *reject, const char *path, uint64_t known, struct fault *fault);
void reject_close(struct reject *reject);
void reject_add(struct reject *reject, const char *input, uint64_t line, const struct fault *why);
/* Makes durable what was added. Returns the size. */
uint64_t reject_sync(struct reject *reject);

#endif
