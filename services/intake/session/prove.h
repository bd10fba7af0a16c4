/* prove: compares the stream digests that agents have sent, a step at a time, the agencies in
 * turn. */
#ifndef INTAKE_PROVE_H
#define INTAKE_PROVE_H

#include "intake_router_private.h"

/* Steps per second. They bound the CPU time that a thousand digests of one agency can take. */
enum { PROVE_STEPS = 20 };

/* Continues the comparison as long as steps are left. */
void router_prove(struct router *router);

#endif
