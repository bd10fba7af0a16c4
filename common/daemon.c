#include "daemon.h"

#include "log.h"

#include <signal.h>

int daemon_log(const char *service, const char *level, struct error *error)
{
    enum log_level parsed;

    if (log_level_parse(level, &parsed) != 0)
        return error_set(error, ERR_VALUE, "log.level", "must be debug, info, warn or error");
    log_init(service, parsed);
    return 0;
}

/* The daemon ends by itself from here on: signals have their default effect again. */
static void end_running(struct daemon *daemon)
{
    for (int i = 0; i < daemon->signal_count; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    daemon->signal_count = 0;
    if (daemon->watched)
        watchdog_close(&daemon->watchdog);
    daemon->watched = false;
}

void daemon_stop(struct daemon *daemon, int status)
{
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    daemon->status = status;
    end_running(daemon);
    daemon->hooks->stop(daemon->ctx);
}

static void end_cb(uv_signal_t *signal, int number)
{
    struct daemon *daemon = signal->data;

    log_info("stop", "signal=%d", number);
    end_running(daemon);
    if (daemon->hooks->drain)
        daemon->hooks->drain(daemon->ctx);
    else
        daemon_stop(daemon, 0);
}

static void reload_cb(uv_signal_t *signal, int number)
{
    struct daemon *daemon = signal->data;
    struct error error = {0};
    char quoted[2 * sizeof error.reason];

    (void)number;
    if (daemon->hooks->reload(daemon->ctx, &error) == 0)
        log_info("reload", "%s", "");
    else
        log_error("reload", "field=%s reason=%s", error.field,
                  log_quote(error.reason, quoted, sizeof quoted));
}

static void listen_for(struct daemon *daemon, int number, uv_signal_cb cb)
{
    uv_signal_t *signal = &daemon->signals[daemon->signal_count++];

    uv_signal_init(&daemon->loop, signal);
    signal->data = daemon;
    uv_signal_start(signal, cb, number);
}

static void watch_signals(struct daemon *daemon)
{
    listen_for(daemon, SIGTERM, end_cb);
    listen_for(daemon, SIGINT, end_cb);
    if (daemon->hooks->reload)
        listen_for(daemon, SIGHUP, reload_cb);
}

/* The watchdog begins after the start has ended, however long that takes. */
static void begin_watchdog(struct daemon *daemon)
{
    watchdog_open(&daemon->watchdog, &daemon->loop);
    daemon->watched = true;
    watchdog_ready(&daemon->watchdog);
}

int daemon_run(struct daemon *daemon, const struct daemon_hooks *hooks, void *ctx,
               struct error *error)
{
    *daemon = (struct daemon){.hooks = hooks, .ctx = ctx};
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&daemon->loop) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    watch_signals(daemon);
    int err = hooks->start(ctx, daemon, error);
    if (err)
        daemon_stop(daemon, 1);
    else if (!daemon->stopping)
        begin_watchdog(daemon);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    hooks->free(ctx);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    uv_loop_close(&daemon->loop);
    return err;
}
