#include "connection.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

void connections_init(struct connections *connections, int most_silent, int most_by_address)
{
    *connections =
        (struct connections){.most_silent = most_silent, .most_by_address = most_by_address};
    TAILQ_INIT(&connections->silent[false]);
    TAILQ_INIT(&connections->silent[true]);
}

static struct connection *get(struct connections *connections, int fd)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (one)
        return one;
    one = calloc(1, sizeof *one);
    if (!one)
        abort(); /* 100 octets; a connection takes thousands */
    one->fd = fd;
    HASH_ADD_INT(connections->by_fd, fd, one);
    return one;
}

/* ---- Addresses, and silent connections ---- */

static struct in6_addr key_of(const struct sockaddr_storage *peer)
{
    struct in6_addr key = {0};

    if (peer->ss_family == AF_INET6) {
        const struct in6_addr *at = &((const struct sockaddr_in6 *)peer)->sin6_addr;

        memcpy(&key, at, IN6_IS_ADDR_V4MAPPED(at) ? 16 : 8);
    } else if (peer->ss_family == AF_INET) {
        key.s6_addr[10] = key.s6_addr[11] = 0xff; /* an IPv4-mapped IPv6 address */
        memcpy(&key.s6_addr[12], &((const struct sockaddr_in *)peer)->sin_addr, 4);
    }
    return key;
}

/* The address of the other end; NULL if it has gone already. */
static struct address *address_of(struct connections *connections, int fd)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    struct address *address;

    if (getpeername(fd, (struct sockaddr *)&peer, &size) != 0)
        return NULL;
    struct in6_addr key = key_of(&peer);
    HASH_FIND(hh, connections->by_address, &key, sizeof key, address);
    if (address)
        return address;
    address = calloc(1, sizeof *address);
    if (!address)
        abort(); /* bounded by the descriptors and CONNECTION_ADDRESSES */
    address->key = key;
    TAILQ_INIT(&address->silent);
    HASH_ADD(hh, connections->by_address, key, sizeof address->key, address);
    return address;
}

/* Forgets the address if nothing uses it and it need not be remembered. */
static void release(struct connections *connections, struct address *address)
{
    if (address->silent_count > 0 ||
        (address->known && HASH_COUNT(connections->by_address) <= CONNECTION_ADDRESSES))
        return;
    HASH_DEL(connections->by_address, address);
    free(address);
}

static void leave_silent(struct connections *connections, struct connection *one)
{
    struct address *address = one->address;

    if (!address)
        return;
    one->address = NULL;
    TAILQ_REMOVE(&connections->silent[one->of_known], one, link);
    TAILQ_REMOVE(&address->silent, one, of_address);
    connections->silent_count--;
    address->silent_count--;
    release(connections, address);
}

/* The monitor reports late: by now the number may belong to another file. So only a socket of our
 * port is shut. At worst that is another agency's connection, and the agent reconnects. */
static void shut(struct connections *connections, struct connection *one)
{
    struct sockaddr_storage at = {0};
    socklen_t size = sizeof at;
    int port = 0;

    if (one->cut)
        return;
    one->cut = true; /* the monitor reports when it has gone */
    connections->cut++;
    leave_silent(connections, one);
    if (getsockname(one->fd, (struct sockaddr *)&at, &size) != 0)
        return;
    if (at.ss_family == AF_INET)
        port = ntohs(((struct sockaddr_in *)&at)->sin_port);
    else if (at.ss_family == AF_INET6)
        port = ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    if (port == connections->port)
        shutdown(one->fd, SHUT_RDWR);
}

/* The oldest silent connection, preferably of an address that has shown no key. */
static struct connection *oldest(struct connections *connections)
{
    struct connection *one = TAILQ_FIRST(&connections->silent[false]);

    return one ? one : TAILQ_FIRST(&connections->silent[true]);
}

static void crowd_out(struct connections *connections, struct connection *one)
{
    connections->crowded++;
    shut(connections, one);
}

static void enter_silent(struct connections *connections, struct connection *one)
{
    struct address *address = address_of(connections, one->fd);

    if (!address)
        return;
    one->address = address;
    one->of_known = address->known;
    TAILQ_INSERT_TAIL(&connections->silent[one->of_known], one, link);
    TAILQ_INSERT_TAIL(&address->silent, one, of_address);
    connections->silent_count++;
    address->silent_count++;
    int most = connections->most_by_address * (address->known ? CONNECTION_KNOWN : 1);
    if (most > 0 && address->silent_count > most)
        crowd_out(connections, TAILQ_FIRST(&address->silent));
    else if (connections->most_silent > 0 && connections->silent_count > connections->most_silent)
        crowd_out(connections, oldest(connections));
}

void connections_accepted(struct connections *connections, int fd, int64_t now)
{
    struct connection *one = get(connections, fd);

    /* Its first message may have come before this event of the monitor. */
    if (one->quota || one->address)
        return;
    one->cut = false;
    one->deadline = now + CONNECTION_SILENT_S * 1000000LL;
    enter_silent(connections, one);
}

void connections_heard(struct connections *connections, int fd, struct quota *quota)
{
    if (fd < 0)
        return;
    struct connection *one = get(connections, fd);
    if (one->asleep)
        one->deadline = 0;
    one->asleep = false;
    if (one->quota)
        return;
    struct address *address = one->address ? one->address : address_of(connections, fd);
    if (address)
        address->known = true;
    if (one->address)
        leave_silent(connections, one);
    else if (address)
        release(connections, address);
    one->quota = quota;
    one->quota->connections++;
    one->deadline = 0;
}

void connections_asleep(struct connections *connections, int fd, int64_t now)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (!one || one->deadline != 0)
        return;
    one->deadline = now + CONNECTION_ASLEEP_S * 1000000LL;
    one->asleep = true;
}

void connections_condemn(struct connections *connections, int fd, int64_t at)
{
    struct connection *one;

    HASH_FIND_INT(connections->by_fd, &fd, one);
    if (one && (one->deadline == 0 || one->asleep)) {
        one->deadline = at;
        one->asleep = false;
    }
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
    leave_silent(connections, one);
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
    struct address *address = connections->by_address, *following;
    HASH_CLEAR(hh, connections->by_address);
    for (; address; address = following) {
        following = address->hh.next;
        free(address);
    }
}
