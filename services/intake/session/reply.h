/*
 * reply: sends answers and credit to the agent of an open session. A peer that is gone, or that
 * does not read, raises ON_PEER_GONE in its session.
 */
#ifndef INTAKE_REPLY_H
#define INTAKE_REPLY_H

#include "intake_router_private.h"

/* A heartbeat for agents that wait for answers while the database is slow: repeats the credit to
 * each agent that was sent nothing for silent_us microseconds. */
void reply_alive(struct router *router, int64_t silent_us);
/* Raises the limit and sends it, if the session needs it and may have it. */
void reply_credit(struct router *router, struct session *session);

#endif
