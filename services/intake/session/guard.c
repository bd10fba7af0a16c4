/* The fortified recv() of libc's header is inline, and would conflict with the definition here. */
#undef _FORTIFY_SOURCE

#include "guard.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IN_FRONT_OF_LIBC __attribute__((visibility("default")))

enum {
    GUARD_FDS = 65536,          /* a connection of a higher number is refused */
    GUARD_FORGET = 1024,        /* octets that each connection is forgiven in a second */
    GUARD_PARTS = 4,            /* a connection may hold 1 part of what is left */
    GUARD_ROUTING = 5 + 33 + 2, /* the routing id, which the peer did not send */
};

struct slot {
    atomic_bool counted;
    atomic_int_least64_t held;
};

static struct slot slots[GUARD_FDS];
static atomic_int_least64_t held_by_all;
static atomic_int port, dropped, highest;
static int64_t most_each = INT64_MAX, most_all = INT64_MAX;
static _Thread_local bool is_loop;

void guard_open(uint64_t each, uint64_t all)
{
    most_each = (int64_t)each;
    most_all = (int64_t)all;
    is_loop = true;
}

void guard_listen(int local_port)
{
    atomic_store(&port, local_port);
}

/* The result is never below 0: octets of an earlier connection with the same number do not
 * count. */
static void subtract(struct slot *slot, int64_t octets)
{
    int64_t held = atomic_load(&slot->held), less;

    do
        less = held < octets ? held : octets;
    while (!atomic_compare_exchange_weak(&slot->held, &held, held - less));
    atomic_fetch_sub(&held_by_all, less);
}

static void begin(int fd, bool counted)
{
    int seen = atomic_load(&highest);

    subtract(&slots[fd], INT64_MAX);
    atomic_store(&slots[fd].counted, counted);
    while (counted && fd > seen && !atomic_compare_exchange_weak(&highest, &seen, fd))
        ;
}

static bool is_over(const struct slot *slot)
{
    int64_t left = most_all - atomic_load(&held_by_all), most = left / GUARD_PARTS;

    if (most > most_each)
        most = most_each;
    if (most < GUARD_LEAST)
        most = GUARD_LEAST;
    return atomic_load(&slot->held) > most;
}

void guard_taken(const struct zsock_message *message)
{
    zmq_msg_t *last = (zmq_msg_t *)&message->frame[message->count - 1];
    int fd = zmq_msg_get(last, ZMQ_SRCFD);

    if (fd >= 0 && fd < GUARD_FDS && message->carried > GUARD_ROUTING)
        subtract(&slots[fd], (int64_t)message->carried - GUARD_ROUTING);
}

void guard_gone(int fd)
{
    if (fd >= 0 && fd < GUARD_FDS)
        subtract(&slots[fd], INT64_MAX);
}

int guard_tick(void)
{
    for (int fd = 0, last = atomic_load(&highest); fd <= last; fd++)
        if (atomic_load(&slots[fd].held) > 0)
            subtract(&slots[fd], GUARD_FORGET);
    return atomic_exchange(&dropped, 0);
}

uint64_t guard_held(void)
{
    return (uint64_t)atomic_load(&held_by_all);
}

/* ---- On libzmq's thread ---- */

static int port_of(int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;

    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        return -1;
    return at.ss_family == AF_INET    ? ntohs(((struct sockaddr_in *)&at)->sin_port)
           : at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
                                      : -1;
}

IN_FRONT_OF_LIBC int accept4(int listener, struct sockaddr *address, socklen_t *size, int flags)
{
    int fd = (int)syscall(SYS_accept4, listener, address, size, flags);

    if (fd >= GUARD_FDS) {
        close(fd);
        errno = EMFILE;
        return -1;
    }
    if (fd >= 0)
        begin(fd, atomic_load(&port) != 0 && port_of(fd) == atomic_load(&port));
    return fd;
}

IN_FRONT_OF_LIBC ssize_t recv(int fd, void *data, size_t size, int flags)
{
    struct slot *slot = !is_loop && fd >= 0 && fd < GUARD_FDS ? &slots[fd] : NULL;

    if (slot && !atomic_load_explicit(&slot->counted, memory_order_relaxed))
        slot = NULL;
    if (slot && is_over(slot)) {
        atomic_fetch_add(&dropped, 1);
        begin(fd, true);
        errno = ECONNRESET;
        return -1;
    }
    ssize_t got = syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
    if (slot && got > 0) {
        atomic_fetch_add(&slot->held, got);
        atomic_fetch_add(&held_by_all, got);
    }
    return got;
}
