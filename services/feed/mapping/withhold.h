/*
 * withhold: the call types that the agency does not send at all: a file with one a line, in UTF-8
 * ("#" begins a comment line, "*" at a line's end stands for any rest). They are compared with the
 * types as a person reads them (common/text_same.h). A line that could match nothing is a fault,
 * a "*" elsewhere too, so that no type leaves because of how the file was written or saved.
 *
 * An event that says no type is of the last type that its incident had, as far as that was seen
 * since the start (WITHHOLD_KNOWN incidents, roughly). Not thread-safe.
 */
#ifndef LIAISON_FEED_WITHHOLD_H
#define LIAISON_FEED_WITHHOLD_H

#include "event.h"
#include "text_same.h"

#include <stdio.h>

enum { WITHHOLD_KNOWN = 65536 };

struct withhold {
    char **type;
    struct text_key *key; /* one for each, without the "*"; empty: compared as it is written */
    size_t count;
    bool *met;       /* one for each: an event had it */
    uint64_t *known; /* digests of incidents that are withheld */
};

/* path "": none. */
int withhold_load(struct withhold *withhold, const char *path, struct fault *fault);
void withhold_free(struct withhold *withhold);
/* Whether it is not to be sent. */
bool withhold_event(struct withhold *withhold, const struct event *event);
/* Prints those lines of the file that no event had so far. */
void withhold_print_unmet(const struct withhold *withhold, FILE *out);

#endif
