/*
 * agent_clock: what time it is, for rows whose time seems to lie ahead. A machine's clock may be
 * wrong, and a row that is refused for that is lost for good. So the intake's clock, which comes
 * with WELCOME and PONG, counts too: now is the later of the two. One for the program; on one
 * thread.
 */
#ifndef LIAISON_FEED_AGENT_CLOCK_H
#define LIAISON_FEED_AGENT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Microseconds since 1970. */
int64_t agent_clock_now(void);
/* Whether the intake has told its clock since the start. */
bool agent_clock_is_known(void);
/* The intake's clock, just heard. One before 2020 says nothing. A difference of more than a minute
 * is told to the operator, once until it changes. */
void agent_clock_hear(int64_t intake_us);

#endif
