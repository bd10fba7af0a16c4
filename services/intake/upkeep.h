/* upkeep: what the router does once a second: see router_tick in router.h. */
#ifndef INTAKE_UPKEEP_H
#define INTAKE_UPKEEP_H

#include "reply.h"

#endif
