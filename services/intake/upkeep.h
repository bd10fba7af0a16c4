/* upkeep: what the router does once a second: see router_tick in router.h. */
#ifndef INTAKE_UPKEEP_H
#define INTAKE_UPKEEP_H

#include "reply.h"

/* Signs of life, accounts to compare, records wanted again: in one job of the database. */
void router_upkeep(struct router *router);

#endif
