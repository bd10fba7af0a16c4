/*
 * clock: the one source of time, so that a test can set it. wall is microseconds since 1970 UTC and
 * may jump; mono never goes back; leases, retries and time-outs use it. The environment variable
 * LIAISON_CLOCK_OFFSET_S (seconds, may be negative) shifts wall, for tests.
 */
#ifndef LIAISON_CLOCK_H
#define LIAISON_CLOCK_H

#include <stdint.h>

int64_t clock_wall_us(void);
int64_t clock_mono_us(void);
/* Replaces both sources (NULL: the real ones). For unit tests; not thread-safe. */
void clock_inject(int64_t (*wall)(void), int64_t (*mono)(void));

#endif
