/* health: GET /healthz, for whoever watches the service. 503 while a database is out of reach. */
#ifndef LIAISON_DASHBOARD_HEALTH_H
#define LIAISON_DASHBOARD_HEALTH_H

#include "exchange.h"

void health(struct exchange *exchange);

#endif
