/*
 * zsock: one ZeroMQ socket on a libuv loop. ZMQ_FD is edge-triggered and does not say in which
 * direction the socket is ready; this module hides that. After every wake-up and after every send
 * it queries ZMQ_EVENTS until there is nothing to read. In one iteration of the loop it reads at
 * most a budget of messages and octets, so that no socket starves others.
 *
 * All calls on the loop's thread. The readable callback may close the socket.
 */
#ifndef LIAISON_ZSOCK_H
#define LIAISON_ZSOCK_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>
#include <zmq.h>

struct zsock;

enum { ZSOCK_MAX_FRAMES = 9 }; /* eight and a routing id */

/* A received message. Frames are closed by zsock after the callback returns. A message of more than
 * ZSOCK_MAX_FRAMES frames arrives with overlong set and no frames beyond the limit. */
struct zsock_message {
    size_t count;
    size_t carried; /* octets of all its frames as ZMTP carries them, including those beyond the
                       limit */
    bool overlong;
    zmq_msg_t frame[ZSOCK_MAX_FRAMES];
};

struct zsock_part {
    const void *data;
    size_t size;
};

typedef void (*zsock_readable_cb)(void *ctx, struct zsock_message *message);

/* Makes a socket of the type in the ZeroMQ context; set options on zsock_handle before zsock_bind
 * or zsock_connect. LINGER is 0 unless set otherwise. */
struct zsock *zsock_open(uv_loop_t *loop, void *zmq_context, int type, zsock_readable_cb readable,
                         void *ctx, struct error *error);
void *zsock_handle(struct zsock *sock);
int zsock_bind(struct zsock *sock, const char *endpoint, struct error *error);
int zsock_connect(struct zsock *sock, const char *endpoint, struct error *error);
/* Never blocks: 0, or ERR_STATE when the peer is gone or its pipe is full. */
int zsock_send(struct zsock *sock, const struct zsock_part *parts, size_t count);
/* Closes the socket at once; memory is freed when libuv has closed the watcher. */
void zsock_close(struct zsock *sock);

/* Watches the socket's connection (zmq_socket_monitor): event is ZMQ_EVENT_*, value as documented
 * there (the ZAP status for ZMQ_EVENT_HANDSHAKE_FAILED_AUTH). Once per socket. */
int zsock_monitor(struct zsock *sock, int events,
                  void (*monitor_cb)(void *ctx, int event, unsigned value), void *ctx,
                  struct error *error);

#endif
