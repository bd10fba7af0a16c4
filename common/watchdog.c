#include "watchdog.h"

#include "log.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BEATS = 3, US_PER_MS = 1000, US_PER_S = 1000000 };

/* A handler is needed because the kernel does not apply a signal's default action to the first
 * process of a container. It calls only functions that are safe in a signal handler. */
static void stood_still_cb(int number)
{
    static const char line[] = "error event=watchdog reason=loop_stands_still\n";

    (void)number;
    ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
    (void)ignored;
    _exit(WATCHDOG_EXIT);
}

/* A datagram that does not fit the queue is dropped: the next heartbeat replaces it. */
static void tell(const struct watchdog *watchdog, const char *text)
{
    if (watchdog->fd >= 0)
        (void)sendto(watchdog->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
                     (const struct sockaddr *)&watchdog->address, watchdog->address_size);
}

static void beat(const struct watchdog *watchdog)
{
    if (watchdog->alarm_s > 0)
        alarm(watchdog->alarm_s);
    tell(watchdog, "WATCHDOG=1");
}

static void beat_cb(uv_timer_t *timer)
{
    beat(timer->data);
}

/* The microseconds that the environment asks for; 0: none, or meant for another process. */
static unsigned long long asked_us(void)
{
    const char *interval = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

    if (interval == NULL || (pid != NULL && strtoll(pid, NULL, 10) != getpid()))
        return 0;
    return strtoull(interval, NULL, 10);
}

/* The listener's socket, named by a path or, from "@" on, in the abstract namespace. */
static void find_listener(struct watchdog *watchdog)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un *address = &watchdog->address;

    watchdog->fd = -1;
    if (name == NULL)
        return;
    size_t size = strlen(name);
    if ((name[0] == '/' || name[0] == '@') && size > 1 && size < sizeof address->sun_path)
        watchdog->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (watchdog->fd < 0) {
        log_warn("watchdog", "reason=notify_socket_unusable errno=%d", errno);
        return;
    }
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, name, size);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    watchdog->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
}

void watchdog_open(struct watchdog *watchdog, uv_loop_t *loop)
{
    unsigned long long us = asked_us();

    memset(watchdog, 0, sizeof *watchdog);
    find_listener(watchdog);
    if (us == 0)
        return;
    if (watchdog->fd < 0) {
        watchdog->alarm_s = us < US_PER_S ? 1 : (unsigned)(us / US_PER_S);
        sigaction(SIGALRM, &(struct sigaction){.sa_handler = stood_still_cb}, NULL);
    }
    uv_timer_init(loop, &watchdog->timer);
    watchdog->timer.data = watchdog;
    uint64_t every_ms = us / BEATS / US_PER_MS + 1;
    uv_timer_start(&watchdog->timer, beat_cb, every_ms, every_ms);
    uv_unref((uv_handle_t *)&watchdog->timer);
    watchdog->beating = true;
    beat(watchdog);
}

void watchdog_ready(const struct watchdog *watchdog)
{
    tell(watchdog, "READY=1");
}

void watchdog_close(struct watchdog *watchdog)
{
    tell(watchdog, "STOPPING=1");
    if (watchdog->alarm_s > 0)
        alarm(0);
    if (watchdog->beating)
        uv_close((uv_handle_t *)&watchdog->timer, NULL);
    watchdog->beating = false;
    if (watchdog->fd >= 0)
        close(watchdog->fd);
    watchdog->fd = -1;
}
