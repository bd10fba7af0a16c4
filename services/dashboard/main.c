/* liaison-dashboard: the district's page, its API and its live stream. */
#include "config.h"
#include "log.h"
#include "service.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    static struct service_config config;
    static struct service service;
    struct fault fault = {0};
    enum log_level level;
    uv_loop_t loop;

    int more = config_main_checked(argc, argv, "liaison-dashboard", &config, service_config_rows,
                                   service_config_count, service_config_check);
    if (more != 0)
        return more > 0 ? 0 : 2;
    if (log_level_parse(config.log_level, &level) != 0) {
        fprintf(stderr, "liaison-dashboard: log.level must be debug, info, warn or error\n");
        return 2;
    }
    log_init("dashboard", level);
    signal(SIGPIPE, SIG_IGN);
    /* No statement of ours is long enough to be worth compiling. A conninfo with options of its own
     * goes before this. */
    setenv("PGOPTIONS", "-c jit=off", 0);
    if (sodium_init() < 0 || uv_loop_init(&loop) != 0)
        return 1;

    int result = service_open(&service, &loop, &config, &fault);
    if (result != 0) {
        char quoted[200];
        log_error("start", "field=%s reason=%s", fault.field,
                  log_quote(fault.reason, quoted, sizeof quoted));
        service_stop(&service);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    service_free(&service);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return result == 0 ? 0 : 1;
}
