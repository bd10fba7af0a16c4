/*
 * transport: what one worker sends with: a libcurl handle and the connection that it keeps for the
 * next message. A connection is used again after a clean end alone: after anything else the handle
 * is thrown away, so that no late answer is taken for the answer to another message.
 *
 * The whole of one message has one deadline, however many exchanges it takes.
 *
 * On the worker's thread; hurry and abandon are set from the loop's.
 */
#ifndef NOTIFY_TRANSPORT_H
#define NOTIFY_TRANSPORT_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* How the workers of a provider are told to end soon. */
struct transport_stop {
    atomic_bool hurry;   /* what has sent nothing of its message yet ends */
    atomic_bool abandon; /* everything ends */
};

struct transport {
    CURL *curl; /* NULL: made when it is needed */
    const struct transport_stop *stop;
    void *shared;        /* by all workers of the provider (channel.h); NULL: nothing */
    int64_t deadline_us; /* of the message */
    bool (*pointless)(const void *ctx);
    const void *ctx;
};

void transport_open(struct transport *transport, const struct transport_stop *stop, void *shared);
/* A message begins, and may take so long. */
void transport_start(struct transport *transport, int timeout_s);
/* A handle with the options that all share, for one exchange; NULL without memory. */
CURL *transport_handle(struct transport *transport);
/* While the exchange waits, pointless is asked whether it is not worth waiting any longer. */
void transport_watch(struct transport *transport, bool (*pointless)(const void *ctx),
                     const void *ctx);
/* Whether the last exchange was made over a connection from an earlier message. */
bool transport_reused(const struct transport *transport);
/* The exchange has ended. Unless clean, connection and handle are thrown away. */
void transport_end(struct transport *transport, bool clean);
void transport_close(struct transport *transport);

/* Instead of curl_easy_cleanup, for a handle of any protocol: the server is waited for no more.
 * how: SHUT_RD, or SHUT_RDWR, after which the server gets no good-bye either. */
void transport_discard(CURL *curl, int how);

#endif
