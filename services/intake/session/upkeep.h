/* upkeep: the router's work of each second: see router_tick in intake_router.h. */
#ifndef INTAKE_UPKEEP_H
#define INTAKE_UPKEEP_H

#include "intake_router_private.h"

/* Writes heartbeats and reads records that are wanted again, in one database job. */
void router_upkeep(struct router *router);
/* The open session of a stream; NULL: this process has none. */
struct session *router_find_stream(const struct router *router, int stream_no);

#endif
