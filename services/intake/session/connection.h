/*
 * connection: the TCP connections of the ROUTER, identified by their descriptors. libzmq does not
 * say which peer a connection belongs to before its first message, and does not let a ROUTER close
 * a connection. This module shuts down a connection that is silent for CONNECTION_SILENT_S or was
 * condemned. libzmq keeps the descriptor and then closes it.
 *
 * Connections without a key yet are limited by address and in total. At a limit the oldest of them
 * is shut down: an agent shows its key within milliseconds, while a stranger holds the connection
 * open. An address from which a key was shown may have more of them, and if descriptors run short,
 * connections of other addresses are shut down first. All calls on the loop's thread.
 */
#ifndef INTAKE_CONNECTION_H
#define INTAKE_CONNECTION_H

#include "quota.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

enum {
    CONNECTION_SILENT_S = QUOTA_HANDSHAKES_S, /* both are the time for a handshake */
    CONNECTION_ASLEEP_S = 60,                 /* time after its session was forgotten */
    CONNECTION_STRIKES = 64,
    CONNECTION_KNOWN = 8,        /* factor: silent connections of an address that showed a key */
    CONNECTION_ADDRESSES = 4096, /* addresses that are remembered without a connection */
};

TAILQ_HEAD(connection_list, connection);

/* An address; for IPv6 its first 64 bits, which belong to one subscriber. */
struct address {
    struct in6_addr key;
    struct connection_list silent; /* the oldest first */
    int silent_count;
    bool known; /* a key was shown from there */
    UT_hash_handle hh;
};

struct connection {
    int fd;
    struct quota *quota;     /* NULL: no message has come yet */
    struct address *address; /* while silent; else NULL */
    bool of_known;           /* which of the two lists of silent ones it is in */
    TAILQ_ENTRY(connection) link, of_address;
    int64_t deadline; /* monotonic microseconds; 0: none */
    int64_t minute;   /* of the strikes */
    bool asleep;      /* the deadline is for its silence: a message removes it */
    bool cut;
    int strikes; /* violations of the protocol, and HELLOs, in that minute */
    UT_hash_handle hh;
};

struct connections {
    struct connection *by_fd;
    struct address *by_address;
    struct connection_list silent[2]; /* of addresses that showed no key, and that did */
    int silent_count;
    int most_silent, most_by_address; /* 0: no limit */
    int cut;                          /* since the last query */
    int crowded;                      /* of these, those that were too many */
    int port; /* of the ROUTER: a descriptor with another local port is never touched */
};

/* Limits of connections that are still silent: in total, and of one address. */
void connections_init(struct connections *connections, int most_silent, int most_by_address);
void connections_accepted(struct connections *connections, int fd, int64_t now);
/* The agency has sent a message on it. Counts it in the quota. */
void connections_heard(struct connections *connections, int fd, struct quota *quota);
/* Its session was forgotten because it was silent: the connection is cut if it stays silent. */
void connections_asleep(struct connections *connections, int fd, int64_t now);
/* Cuts it at that time, unless the peer closes it before. */
void connections_condemn(struct connections *connections, int fd, int64_t at);
/* Counts a message that costs work and has no use. Returns false from CONNECTION_STRIKES a minute
 * on: the caller drops the message without an answer, and the connection is cut at once. */
bool connections_strike(struct connections *connections, int fd, int64_t now);
void connections_closed(struct connections *connections, int fd);
/* Cuts connections whose deadline has passed; returns how many were cut since the last call. */
int connections_cut(struct connections *connections, int64_t now);
void connections_free(struct connections *connections);

#endif
