/*
 * limit: limits the requests of each address to a service that listens, by a token bucket for each
 * address. Memory is bounded: when the table is full, the address with the oldest request is
 * dropped. All calls on the loop's thread.
 */
#ifndef LIAISON_LIMIT_H
#define LIAISON_LIMIT_H

#include <stdbool.h>

struct limit;

/* per_s tokens are added each second, up to burst. */
struct limit *limit_new(unsigned per_s, unsigned burst);
void limit_free(struct limit *limit);
/* Takes a token. False: none is left; *wait_s is the number of seconds until there is one. */
bool limit_take(struct limit *limit, const char *address, int *wait_s);

#endif
