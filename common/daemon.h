/*
 * daemon: what every service does alike. It owns the loop, and it handles
 *   SIGTERM and SIGINT   drain: take no more, let what has begun end, stop. A second signal kills.
 *   SIGHUP               reload: the settings that may change while the service runs.
 *   readiness, watchdog  READY=1 once everything is open, beats while the loop turns, STOPPING=1 at
 *                        the end (watchdog.h).
 *   the log's level      from the settings, at the start and at each reload.
 * A main reads its settings and gives a struct daemon_hooks that opens and closes its modules. What
 * all services are to offer, as an endpoint for metrics, belongs here.
 *
 * One daemon a process, on the loop's thread.
 */
#ifndef LIAISON_DAEMON_H
#define LIAISON_DAEMON_H

#include "fault.h"
#include "watchdog.h"

#include <stdbool.h>
#include <uv.h>

struct daemon;

struct daemon_hooks {
    /* Opens the modules on daemon->loop. Negative: the daemon stops, and daemon_run returns it. */
    int (*start)(void *ctx, struct daemon *daemon, struct fault *fault);
    /* SIGHUP: reads the settings again. Negative: they are as before, and the fault is logged.
     * NULL: SIGHUP ends the process, as it does by default. */
    int (*reload)(void *ctx, struct fault *fault);
    /* SIGTERM or SIGINT: takes no more, and calls daemon_stop when nothing is in flight. NULL:
     * daemon_stop is called at once, with status 0. */
    void (*drain)(void *ctx);
    /* Closes all handles that start opened, as far as it came; the loop then runs out. Once. */
    void (*stop)(void *ctx);
    /* The loop has run out: frees the rest. What it closes on the loop is waited for. */
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

/* Runs the service until it has stopped. 0, and the exit status in daemon->status; or what start
 * returned. SIGPIPE is ignored. */
int daemon_run(struct daemon *daemon, const struct daemon_hooks *hooks, void *ctx,
               struct fault *fault);
/* Ends the service from within. The first call counts. */
void daemon_stop(struct daemon *daemon, int status);
/* Logs as this service from this level on: debug, info, warn or error. */
int daemon_log(const char *service, const char *level, struct fault *fault);

#endif
