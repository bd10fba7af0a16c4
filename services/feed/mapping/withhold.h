/*
 * withhold: the call types that the agency does not send at all: a file with one type a line, in
 * UTF-8 ("#" begins a comment line, "*" at a line's end stands for any rest). They are compared
 * with the types as a person reads them (common/text_same.h). A line that could match nothing is an
 * error, and so is a "*" elsewhere, so that no type is sent because of how the file was written or
 * saved.
 *
 * An event without a type counts as the last type of its incident, as far as it was seen since the
 * start (about WITHHOLD_KNOWN incidents). Not thread-safe.
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
    bool *met;       /* one for each type: an event had it */
    uint64_t *known; /* digests of incidents that are withheld */
};

/* path "": none. */
int withhold_load(struct withhold *withhold, const char *path, struct error *error);
void withhold_free(struct withhold *withhold);
/* Whether the event must not be sent. */
bool withhold_event(struct withhold *withhold, const struct event *event);
/* Prints the lines of the file that have matched no event so far. */
void withhold_print_unmet(const struct withhold *withhold, FILE *out);

#endif
