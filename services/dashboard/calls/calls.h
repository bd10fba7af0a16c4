/* calls: what lists and figures share. */
#ifndef LIAISON_DASHBOARD_CALLS_H
#define LIAISON_DASHBOARD_CALLS_H

#include "exchange.h"

/* Check of a route: what the parameters say together. */
int calls_check(struct exchange *exchange, struct fault *fault);
/* In this transaction each execution gets a plan of its own: filters that are not asked for are
 * null, and a plan that serves them all serves none. */
void calls_plan(struct db_job *job);

#endif
