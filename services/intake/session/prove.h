/* prove: compares the accounts that agents have told, a step at a time, each agency in its turn. */
#ifndef INTAKE_PROVE_H
#define INTAKE_PROVE_H

#include "intake_router_private.h"

/* Steps of a second: so much of a core a thousand accounts of one agency may take at most. */
enum { PROVE_STEPS = 20 };

/* Goes on with what is to be compared, as long as steps are left. */
void router_prove(struct router *router);

#endif
