/*
 * daemon: what all services have in common. It owns the loop, and it handles
 *   SIGTERM and SIGINT   drain: accept no new work, finish the work in flight, stop. A second
 *                        signal kills.
 *   SIGHUP               reload: the settings that may change while the service runs.
 *   readiness, watchdog  READY=1 once everything is open, heartbeats while the loop runs,
 *                        STOPPING=1 at the end (watchdog.h).
 *   the log's level      from the settings, at the start and at each reload.
 * The main function of a service reads its settings and passes a struct daemon_hooks that opens and
 * closes its modules. Features of all services, such as an endpoint for metrics, belong here.
 *
 * There is one daemon in a process. All calls on the loop's thread.
 */
#ifndef LIAISON_DAEMON_H
#define LIAISON_DAEMON_H

#include "errors.h"
#include "watchdog.h"

#include <stdbool.h>
#include <uv.h>

struct daemon;

struct daemon_hooks {
    /* Opens the modules on daemon->loop. Negative: the daemon stops, and daemon_run returns it. */
    int (*start)(void *ctx, struct daemon *daemon, struct error *error);
    /* SIGHUP: reads the settings again. Negative: the settings stay as they were, and the error is
     * logged. NULL: SIGHUP ends the process, as it does by default. */
    int (*reload)(void *ctx, struct error *error);
    /* SIGTERM or SIGINT: accepts no new work, and calls daemon_stop when nothing is in flight.
     * NULL: daemon_stop is called at once, with status 0. */
    void (*drain)(void *ctx);
    /* Closes all handles that start opened, even if start failed half-way; the loop then runs out.
     * Called once. */
    void (*stop)(void *ctx);
    /* The loop has run out: frees the rest. The daemon waits for handles that are closed here. */
    void (*free)(void *ctx);
};

struct daemon {
    uv_loop_t loop;
    const struct daemon_hooks *hooks;
    void *ctx;
    uv_signal_t signals[3];
    int signal_count;
    struct watchdog watchdog;
    bool watched;  /* the watchdog is open */
    bool stopping; /* stop was called */
    int status;
};

/* Runs the service until it has stopped. Returns 0, with the exit status in daemon->status; or the
 * error that start returned. SIGPIPE is ignored. */
int daemon_run(struct daemon *daemon, const struct daemon_hooks *hooks, void *ctx,
               struct error *error);
/* Stops the service from within. Only the first call has an effect. */
void daemon_stop(struct daemon *daemon, int status);
/* Sets the service's name in the log, and the lowest level that is logged: debug, info, warn or
 * error. */
int daemon_log(const char *service, const char *level, struct error *error);

#endif
