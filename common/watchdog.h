/*
 * watchdog: sends heartbeats to the supervisor of this process while its loop runs, so that a
 * process whose loop is stuck is terminated and started again. Only the running loop sends them.
 *
 * The environment decides, as in sd_notify(3) and sd_watchdog_enabled(3) of systemd:
 *   NOTIFY_SOCKET and WATCHDOG_USEC  READY=1, WATCHDOG=1 and STOPPING=1 go to that socket. systemd
 *                                    and deploy/stack/supervise.py listen there.
 *   WATCHDOG_USEC alone              nobody listens, as in a container: the process ends
 *                                    itself with WATCHDOG_EXIT when its loop has stood still for
 *                                    so long, and the container's restart policy starts it again.
 *   neither                          no watchdog.
 *
 * All calls on the loop's thread. The module uses alarm(2) and SIGALRM; no other part of the
 * process may use them.
 */
#ifndef LIAISON_WATCHDOG_H
#define LIAISON_WATCHDOG_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

enum { WATCHDOG_EXIT = 142 }; /* 128 and SIGALRM, as a shell would say it */

struct watchdog {
    uv_timer_t timer;
    bool beating; /* the timer is open */
    int fd;       /* to the listener; -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_size;
    unsigned alarm_s; /* 0: the listener terminates the process, not the alarm */
};

/* Starts the heartbeats: three in each interval that the environment asks for. The timer does not
 * keep the loop alive. A socket that cannot be used is logged, and the alarm takes its place. */
void watchdog_open(struct watchdog *watchdog, uv_loop_t *loop);
/* Everything is open and the loop is about to run. */
void watchdog_ready(const struct watchdog *watchdog);
/* The process is about to end by itself: no more heartbeats. Call once for each watchdog_open. */
void watchdog_close(struct watchdog *watchdog);

#endif
