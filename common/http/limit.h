/*
 * limit: how many requests one address may make of a service that listens, as a token bucket for
 * each address. Memory is bounded: when the table is full, the address that was quiet for longest
 * makes room. On the loop's thread.
 */
#ifndef LIAISON_LIMIT_H
#define LIAISON_LIMIT_H

#include <stdbool.h>

struct limit;

/* per_s tokens come in a second, up to burst. */
struct limit *limit_new(unsigned per_s, unsigned burst);
void limit_free(struct limit *limit);
/* Takes a token. False: none is left; *wait_s says after how many seconds one will be. */
bool limit_take(struct limit *limit, const char *address, int *wait_s);

#endif
