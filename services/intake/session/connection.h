/*
 * connection: the TCP connections of the ROUTER, known by their descriptors, because libzmq tells
 * neither whose a connection is before its first message nor lets a ROUTER end one. One that is
 * silent for CONNECTION_SILENT_S, or was condemned, is shut down; the descriptor stays libzmq's,
 * which then closes it.
 *
 * Connections that have not shown a key are bounded by address and in all. Beyond a bound the
 * oldest of them is shut: who has a key shows it within milliseconds, who has none holds the
 * connection open. An address from which a key was shown may have more, and in a shortage of
 * descriptors those of other addresses go first. On the loop's thread.
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
    CONNECTION_SILENT_S = QUOTA_HANDSHAKES_S, /* the time of a handshake, both */
    CONNECTION_ASLEEP_S = 60,                 /* after its session was forgotten */
    CONNECTION_STRIKES = 64,
    CONNECTION_KNOWN = 8, /* times as many silent connections for an address that showed a key */
    CONNECTION_ADDRESSES = 4096, /* remembered without a connection */
};

TAILQ_HEAD(connection_list, connection);

/* An address: of IPv6 its first 64 bits, which one subscriber has. */
struct address {
    struct in6_addr key;
    struct connection_list silent; /* the oldest first */
    int silent_count;
    bool known; /* a key was shown from there */
    UT_hash_handle hh;
};

struct connection {
    int fd;
    struct quota *quota;     /* NULL: nothing was heard yet */
    struct address *address; /* while silent; else NULL */
    bool of_known;           /* which of the two lists of silent ones it is in */
    TAILQ_ENTRY(connection) link, of_address;
    int64_t deadline; /* monotonic microseconds; 0: none */
    int64_t minute;   /* of the strikes */
    bool asleep;      /* the deadline is for its silence: a word ends it */
    bool cut;
    int strikes; /* what the page does not allow, and HELLOs, in that minute */
    UT_hash_handle hh;
};

struct connections {
    struct connection *by_fd;
    struct address *by_address;
    struct connection_list silent[2]; /* of addresses that showed no key, and that did */
    int silent_count;
    int most_silent, most_by_address; /* 0: no limit */
    int cut;                          /* since it was asked */
    int crowded;                      /* of these, because there were too many */
    int port; /* of the ROUTER: a descriptor with another local port is never touched */
};

/* Bounds on connections that are silent yet: in all, and of one address. */
void connections_init(struct connections *connections, int most_silent, int most_by_address);
void connections_accepted(struct connections *connections, int fd, int64_t now);
/* The agency has spoken on it. Counts it in the quota. */
void connections_heard(struct connections *connections, int fd, struct quota *quota);
/* Its session was forgotten because it was silent: to be cut if it stays so. */
void connections_asleep(struct connections *connections, int fd, int64_t now);
/* To be cut at that time, unless it goes by itself. */
void connections_condemn(struct connections *connections, int fd, int64_t at);
/* Counts a message that costs us and is nobody's gain. From CONNECTION_STRIKES a minute on: false,
 * it is to be dropped without a word, and the connection is cut at once. */
bool connections_strike(struct connections *connections, int fd, int64_t now);
void connections_closed(struct connections *connections, int fd);
/* Cuts what is due; returns how many were cut since it was called last. */
int connections_cut(struct connections *connections, int64_t now);
void connections_free(struct connections *connections);

#endif
