/* calls: what lists and figures share. */
#ifndef LIAISON_DASHBOARD_CALLS_H
#define LIAISON_DASHBOARD_CALLS_H

#include "exchange.h"

/* Check of a route: whether its parameters are consistent. */
int calls_check(struct exchange *exchange, struct error *error);
/* Makes PostgreSQL plan each execution in this transaction: filters that are not used are null, and
 * no generic plan suits all combinations. */
void calls_plan(struct db_job *job);

#endif
