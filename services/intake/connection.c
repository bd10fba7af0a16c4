#include "connection.h"

#include "quota.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct connection *get(struct connections *connections, int fd)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (one)
        return one;
    one = calloc(1, sizeof *one);
    if (!one)
        abort(); /* a hundred octets for a connection that has them by the thousand */
    one->fd = fd;
    HASH_ADD_INT(connections->by_fd, fd, one);
    return one;
}

void connections_accepted(struct connections *connections, int fd, int64_t now)
{
    struct connection *one = get(connections, fd);

    /* Its first message may have come before this word of the monitor. */
    if (!one->quota)
        one->deadline = now + CONNECTION_SILENT_S * 1000000LL;
}

void connections_heard(struct connections *connections, int fd, struct quota *quota)
{
    if (fd < 0)
        return;
    struct connection *one = get(connections, fd);
    if (one->quota)
        return;
    one->quota = quota;
    one->quota->connections++;
    one->deadline = 0;
}

void connections_condemn(struct connections *connections, int fd, int64_t at)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (one && one->deadline == 0)
        one->deadline = at;
}

/* The monitor's words come later than what they tell: by now the number may be another file's. At
 * worst another agency's connection is cut, which connects again. */
static void shut(struct connections *connections, struct connection *one)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    int port = 0;

    if (one->cut)
        return;
    one->cut = true; /* the monitor tells when it has gone */
    connections->cut++;
    if (getsockname(one->fd, (struct sockaddr *)&at, &size) != 0)
        return;
    if (at.ss_family == AF_INET)
        port = ntohs(((struct sockaddr_in *)&at)->sin_port);
    else if (at.ss_family == AF_INET6)
        port = ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    if (port == connections->port)
        shutdown(one->fd, SHUT_RDWR);
}

bool connections_strike(struct connections *connections, int fd, int64_t now)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (!one)
        return true;
    if (now / 60000000 != one->minute)
        one->strikes = 0;
    one->minute = now / 60000000;
    if (++one->strikes <= CONNECTION_STRIKES)
        return true;
    shut(connections, one);
    return false;
}

static void forget(struct connections *connections, struct connection *one)
{
    if (one->quota)
        one->quota->connections--;
    HASH_DEL(connections->by_fd, one);
    free(one);
}

void connections_closed(struct connections *connections, int fd)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (one)
        forget(connections, one);
}

int connections_cut(struct connections *connections, int64_t now)
{
    for (struct connection *one = connections->by_fd; one; one = one->hh.next)
        if (one->deadline != 0 && now >= one->deadline)
            shut(connections, one);
    int count = connections->cut;
    connections->cut = 0;
    return count;
}

void connections_free(struct connections *connections)
{
    struct connection *one = connections->by_fd, *next;

    HASH_CLEAR(hh, connections->by_fd); /* the table; its items stay linked */
    for (; one; one = next) {
        next = one->hh.next;
        free(one);
    }
}
