/* upkeep: what the router does once a second: see router_tick in router.h. */
#ifndef INTAKE_UPKEEP_H
#define INTAKE_UPKEEP_H

#include "intake_router_private.h"

/* Signs of life and records wanted again: in one job of the database. */
void router_upkeep(struct router *router);
/* The open session of a stream; NULL: there is none here. */
struct session *router_find_stream(const struct router *router, int stream_no);

#endif
