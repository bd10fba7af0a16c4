/*
 * reply: what the intake says to the agent of an open session, and the credit that goes with it.
 * A peer that is gone, or that does not read, is ON_PEER_GONE to its session.
 */
#ifndef INTAKE_REPLY_H
#define INTAKE_REPLY_H

#include "intake_router_private.h"

/* A sign of life for agents that wait for their answers, as long as the database is slow: repeats
 * the credit to each that was told nothing for so long. */
void reply_alive(struct router *router, int64_t silent_us);
/* Raises the limit and tells it, where the session needs it and may have it. */
void reply_credit(struct router *router, struct session *session);

#endif
