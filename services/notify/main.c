/* liaison-notify: wires configuration, loop and service. */
#include "channel.h"
#include "log.h"
#include "service.h"
#include "settings.h"
#include "watchdog.h"

#include <curl/curl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct program {
    uv_loop_t loop;
    uv_signal_t signals[2];
    struct watchdog watchdog;
    struct service *service;
};

static void signal_cb(uv_signal_t *handle, int number)
{
    struct program *program = handle->data;

    log_info("stopping", "signal=%d", number);
    service_stop(program->service);
    watchdog_close(&program->watchdog);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&program->signals[i], NULL);
}

static void watch_signals(struct program *program)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    for (int i = 0; i < 2; i++) {
        uv_signal_init(&program->loop, &program->signals[i]);
        program->signals[i].data = program;
        uv_signal_start(&program->signals[i], signal_cb, numbers[i]);
    }
}

static int run(const struct settings *settings)
{
    struct program program;
    struct fault fault = {0};
    char threads[16];
    int status = 1;

    /* Each message on its way waits on a thread of its own. */
    snprintf(threads, sizeof threads, "%d", settings->in_flight);
    setenv("UV_THREADPOOL_SIZE", threads, 1);
    uv_loop_init(&program.loop);
    program.service = service_open(&program.loop, settings, &fault);
    if (!program.service) {
        fprintf(stderr, "liaison-notify: %s %s\n", fault.field, fault.reason);
        goto out;
    }
    watch_signals(&program);
    watchdog_open(&program.watchdog, &program.loop);
    watchdog_ready(&program.watchdog);
    log_info("started", "version=" LIAISON_VERSION " channels_live=%u channels_replay=%u",
             channels_available(settings, LANE_LIVE), channels_available(settings, LANE_REPLAY));
    uv_run(&program.loop, UV_RUN_DEFAULT);
    service_free(program.service);
    log_info("stopped", "%s", "");
    status = 0;
out:
    uv_loop_close(&program.loop);
    return status;
}

/* Takes --check out of the arguments: here a check is more than that the file can be read. */
static bool take_check(int *argc, char **argv)
{
    int kept = 0;
    bool found = false;

    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--check") == 0)
            found = true;
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return found;
}

int main(int argc, char **argv)
{
    static struct settings settings;
    struct fault fault = {0};
    enum log_level level = LOG_LEVEL_INFO;
    bool check = take_check(&argc, argv);

    int done =
        config_main(argc, argv, "liaison-notify", &settings, settings_rows, settings_row_count);
    if (done)
        return done > 0 ? 0 : 2;
    if (log_level_parse(settings.log_level, &level) != 0)
        fault_set(&fault, ERR_VALUE, "log.level", "must be debug, info, warn or error");
    else
        settings_resolve(&settings, &fault);
    if (fault.code != 0) {
        fprintf(stderr, "liaison-notify: %s %s\n", fault.field, fault.reason);
        return 2;
    }
    if (check) {
        puts("liaison-notify: the configuration is good");
        return 0;
    }
    log_init("notify", level);
    signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "liaison-notify: libsodium or libcurl does not start\n");
        return 1;
    }
    int status = run(&settings);
    curl_global_cleanup();
    return status;
}
