/*
 * connection: the TCP connections of the ROUTER, known by their descriptors, because libzmq tells
 * neither whose a connection is before its first message nor lets a ROUTER end one. One that is
 * silent for CONNECTION_SILENT_S, or was condemned, is shut down; the descriptor stays libzmq's,
 * which then closes it. On the loop's thread.
 */
#ifndef INTAKE_CONNECTION_H
#define INTAKE_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

enum { CONNECTION_SILENT_S = 15, CONNECTION_STRIKES = 64 };

struct quota;

struct connection {
    int fd;
    struct quota *quota; /* NULL: nothing was heard yet */
    int64_t deadline;    /* monotonic microseconds; 0: none */
    int64_t minute;      /* of the strikes */
    bool cut;
    int strikes; /* what the page does not allow, and HELLOs, in that minute */
    UT_hash_handle hh;
};

struct connections {
    struct connection *by_fd;
    int cut;  /* since it was asked */
    int port; /* of the ROUTER: a descriptor with another local port is never touched */
};

void connections_accepted(struct connections *connections, int fd, int64_t now);
/* The agency has spoken on it. Counts it in the quota. */
void connections_heard(struct connections *connections, int fd, struct quota *quota);
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
