/*
 * withhold: the call types that the agency does not send at all: a file with one a line ("#" begins
 * a comment line). Compared without regard to case. Not thread-safe.
 */
#ifndef LIAISON_FEED_WITHHOLD_H
#define LIAISON_FEED_WITHHOLD_H

#include "event.h"

struct withhold {
    char **type;
    size_t count;
};

/* path "": none. */
int withhold_load(struct withhold *withhold, const char *path, struct fault *fault);
void withhold_free(struct withhold *withhold);
bool withhold_event(const struct withhold *withhold, const struct event *event);

#endif
