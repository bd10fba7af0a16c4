/* liaison-dashboard: the district's page, its API and its live stream. */
#include "config.h"
#include "daemon.h"
#include "dashboard.h"
#include "log.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct dashboard {
    struct service_config config;
    struct service service;
    int argc;
    char **argv;
};

static int start_cb(void *ctx, struct daemon *daemon, struct error *error)
{
    struct dashboard *dashboard = ctx;

    return dashboard_open(&dashboard->service, &daemon->loop, &dashboard->config, error);
}

static int reload_cb(void *ctx, struct error *error)
{
    const struct dashboard *dashboard = ctx;
    static struct service_config again;
    int err = config_again(dashboard->argc, dashboard->argv, &again, service_config_rows,
                           service_config_count, error);

    return err ? err : daemon_log("dashboard", again.log_level, error);
}

static void stop_cb(void *ctx)
{
    struct dashboard *dashboard = ctx;

    dashboard_stop(&dashboard->service);
}

static void free_cb(void *ctx)
{
    struct dashboard *dashboard = ctx;

    dashboard_free(&dashboard->service);
}

int main(int argc, char **argv)
{
    static const struct daemon_hooks hooks = {
        .start = start_cb, .reload = reload_cb, .stop = stop_cb, .free = free_cb};
    static struct dashboard dashboard;
    static struct daemon daemon;
    struct error error = {0};

    int more = config_main_checked(argc, argv, "liaison-dashboard", &dashboard.config,
                                   service_config_rows, service_config_count, service_config_check);
    if (more != 0)
        return more > 0 ? 0 : 2;
    dashboard.argc = argc;
    dashboard.argv = argv;
    if (daemon_log("dashboard", dashboard.config.log_level, &error) != 0) {
        fprintf(stderr, "liaison-dashboard: %s %s\n", error.field, error.reason);
        return 2;
    }
    /* No statement of the dashboard is long enough to be worth compiling. A conninfo with options
     * overrides this. */
    setenv("PGOPTIONS", "-c jit=off", 0);
    if (sodium_init() < 0)
        return 1;
    if (daemon_run(&daemon, &hooks, &dashboard, &error) != 0) {
        char quoted[200];
        log_error("start", "field=%s reason=%s", error.field,
                  log_quote(error.reason, quoted, sizeof quoted));
    }
    return daemon.status;
}
