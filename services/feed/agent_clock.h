/*
 * agent_clock: the current time, for rows whose time seems to be in the future. The machine's clock
 * may be wrong, and a row that is refused for that is lost for good. So intake's clock, which comes
 * with WELCOME and PONG, counts too: now is the later of the two. There is one in the program; on
 * one thread.
 */
#ifndef LIAISON_FEED_AGENT_CLOCK_H
#define LIAISON_FEED_AGENT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Microseconds since 1970. */
int64_t agent_clock_now(void);
/* Whether intake has sent its clock since the start. */
bool agent_clock_is_known(void);
/* Takes intake's clock, which was just received. A time before 2020 is ignored. A difference of
 * more than a minute is logged, once until it changes. */
void agent_clock_hear(int64_t intake_us);

#endif
