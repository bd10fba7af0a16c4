/*
 * metrics: GET /metrics in Prometheus's text format 0.0.4, on an address and port of its own, which
 * the page's clients do not reach. Off unless metrics.listen is set. On another address than
 * loopback it wants TLS and a bearer token; with a token it wants that on loopback too.
 *
 * On the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_METRICS_H
#define LIAISON_DASHBOARD_METRICS_H

#include "service.h"

struct metrics;

/* 0, or negative: the settings do not fit together. */
int metrics_check(const struct service_config *config, struct error *error);
/* service->watch must stay. NULL with error->code 0: it is off. */
struct metrics *metrics_open(struct service *service, struct error *error);
/* Closes everything that keeps the loop running. metrics may be NULL. */
void metrics_stop(struct metrics *metrics);
/* Call after the loop has run out. metrics may be NULL. */
void metrics_free(struct metrics *metrics);

#endif
