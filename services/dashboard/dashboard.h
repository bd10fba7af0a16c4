/*
 * dashboard: liaison-dashboard as a whole: its settings, and the modules in the order in which they
 * are opened and closed. On the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_DASHBOARD_H
#define LIAISON_DASHBOARD_DASHBOARD_H

#include "service.h"

extern const struct config_row service_config_rows[];
extern const size_t service_config_count;
/* Checks of a struct service_config that the rows cannot express. */
int service_config_check(const void *config, struct error *error);

int dashboard_open(struct service *service, uv_loop_t *loop, const struct service_config *config,
                   struct error *error);
/* Ends everything that keeps the loop running, as far as it was opened; the loop then runs out, and
 * dashboard_free follows. */
void dashboard_stop(struct service *service);
void dashboard_free(struct service *service);

#endif
