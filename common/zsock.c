#include "zsock.h"

#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * ZMQ_FD only signals, once, that something may have changed. So zsock reads until ZMQ_EVENTS has
 * no POLLIN. When the budget of an iteration is used up, or a send may have consumed the edge, an
 * idle handle keeps the loop from sleeping, and the check continues in the next iteration.
 */
enum { ZSOCK_BUDGET = 256, ZSOCK_BUDGET_OCTETS = 131072 };

/* The overhead of a frame: CURVE's part, and ZMTP's header of a short or a long frame. */
enum { ZSOCK_CURVE = 33, ZSOCK_HEAD = 2, ZSOCK_LONG_HEAD = 9, ZSOCK_SHORT = 255 };

struct zsock {
    uv_loop_t *loop;
    void *context;
    void *handle;
    zsock_readable_cb readable;
    void *ctx;
    uv_poll_t poll;
    uv_idle_t again;
    int open_handles;
    bool closing;
    struct zsock *monitor;
    void (*monitor_cb)(void *ctx, int event, unsigned value);
    void *monitor_ctx;
};

static void again_cb(uv_idle_t *idle);

static int zmq_error(struct error *error, const char *what)
{
    return error_set(error, ERR_IO, "", "%s: %s", what, zmq_strerror(zmq_errno()));
}

static bool has_input(struct zsock *sock)
{
    int events = 0;
    size_t size = sizeof events;

    return zmq_getsockopt(sock->handle, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

static void look_again(struct zsock *sock)
{
    if (!sock->closing && sock->readable)
        uv_idle_start(&sock->again, again_cb);
}

static size_t carried(const zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame) + ZSOCK_CURVE;

    return size + (size > ZSOCK_SHORT ? ZSOCK_LONG_HEAD : ZSOCK_HEAD);
}

/* Receives one message; false when there is none. */
static bool receive(struct zsock *sock, struct zsock_message *message)
{
    int more = 1;
    zmq_msg_t spill = {0};

    message->count = message->carried = 0;
    message->overlong = false;
    while (more) {
        bool fits = message->count < ZSOCK_MAX_FRAMES;
        zmq_msg_t *frame = fits ? &message->frame[message->count] : &spill;

        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, sock->handle, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(frame);
            return message->count > 0;
        }
        more = zmq_msg_more(frame);
        message->carried += carried(frame);
        if (fits) {
            message->count++;
        } else {
            message->overlong = true;
            zmq_msg_close(frame);
        }
    }
    return true;
}

static void drain(struct zsock *sock)
{
    struct zsock_message message;
    size_t octets = 0;

    for (int i = 0; i < ZSOCK_BUDGET && octets < ZSOCK_BUDGET_OCTETS; i++) {
        bool got = !sock->closing && receive(sock, &message);

        /* Querying ZMQ_EVENTS is a system call: done only once nothing is left. */
        if (!got && (sock->closing || !has_input(sock))) {
            uv_idle_stop(&sock->again);
            return;
        }
        if (!got)
            continue;
        sock->readable(sock->ctx, &message);
        for (size_t f = 0; f < message.count; f++) {
            octets += zmq_msg_size(&message.frame[f]);
            zmq_msg_close(&message.frame[f]);
        }
    }
    look_again(sock);
}

static void again_cb(uv_idle_t *idle)
{
    drain(idle->data);
}

static void poll_cb(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    struct zsock *sock = poll->data;

    if (sock->readable)
        drain(sock);
    else
        has_input(sock); /* lets libzmq process its commands: peers that come and go */
}

struct zsock *zsock_open(uv_loop_t *loop, void *zmq_context, int type, zsock_readable_cb readable,
                         void *ctx, struct error *error)
{
    struct zsock *sock = calloc(1, sizeof *sock);
    if (!sock) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    sock->loop = loop;
    sock->context = zmq_context;
    sock->readable = readable;
    sock->ctx = ctx;
    sock->handle = zmq_socket(zmq_context, type);
    int fd;
    size_t size = sizeof fd;
    if (!sock->handle || zmq_getsockopt(sock->handle, ZMQ_FD, &fd, &size) != 0 ||
        uv_poll_init(loop, &sock->poll, fd) != 0) {
        zmq_error(error, "cannot open a ZeroMQ socket");
        if (sock->handle)
            zmq_close(sock->handle);
        free(sock);
        return NULL;
    }
    int linger = 0;
    zmq_setsockopt(sock->handle, ZMQ_LINGER, &linger, sizeof linger);
    uv_idle_init(loop, &sock->again);
    sock->poll.data = sock->again.data = sock;
    sock->open_handles = 2;
    uv_poll_start(&sock->poll, UV_READABLE, poll_cb);
    look_again(sock);
    return sock;
}

void *zsock_handle(struct zsock *sock)
{
    return sock->handle;
}

int zsock_bind(struct zsock *sock, const char *endpoint, struct error *error)
{
    if (zmq_bind(sock->handle, endpoint) != 0)
        return zmq_error(error, "cannot bind");
    look_again(sock);
    return 0;
}

int zsock_connect(struct zsock *sock, const char *endpoint, struct error *error)
{
    if (zmq_connect(sock->handle, endpoint) != 0)
        return zmq_error(error, "cannot connect");
    look_again(sock);
    return 0;
}

int zsock_send(struct zsock *sock, const struct zsock_part *parts, size_t count)
{
    int err = 0;

    for (size_t i = 0; i < count && !err; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);

        if (zmq_send(sock->handle, parts[i].data, parts[i].size, flags) < 0)
            err = ERR_STATE;
    }
    /* A send, successful or not, processes libzmq's commands and so may have consumed the edge of a
     * message that arrived. */
    look_again(sock);
    return err;
}

static void closed_cb(uv_handle_t *handle)
{
    struct zsock *sock = handle->data;

    if (--sock->open_handles > 0)
        return;
    zmq_close(sock->handle); /* after the watcher of its descriptor is gone */
    free(sock);
}

void zsock_close(struct zsock *sock)
{
    if (!sock || sock->closing)
        return;
    sock->closing = true;
    if (sock->monitor) {
        zmq_socket_monitor(sock->handle, NULL, 0);
        zsock_close(sock->monitor);
    }
    uv_poll_stop(&sock->poll);
    uv_idle_stop(&sock->again);
    uv_close((uv_handle_t *)&sock->poll, closed_cb);
    uv_close((uv_handle_t *)&sock->again, closed_cb);
}

/* A monitor event: frame 0 holds a 16-bit event and a 32-bit value in the machine's own order. */
static void monitor_readable_cb(void *ctx, struct zsock_message *message)
{
    struct zsock *sock = ctx;
    uint16_t event;
    uint32_t value;
    const unsigned char *data = zmq_msg_data(&message->frame[0]);

    if (zmq_msg_size(&message->frame[0]) < 6)
        return;
    memcpy(&event, data, sizeof event);
    memcpy(&value, data + 2, sizeof value);
    if (!sock->closing)
        sock->monitor_cb(sock->monitor_ctx, event, value);
}

int zsock_monitor(struct zsock *sock, int events,
                  void (*monitor_cb)(void *ctx, int event, unsigned value), void *ctx,
                  struct error *error)
{
    char endpoint[64];

    snprintf(endpoint, sizeof endpoint, "inproc://monitor-%p", (void *)sock);
    if (zmq_socket_monitor(sock->handle, endpoint, events) != 0)
        return zmq_error(error, "cannot watch the socket");
    sock->monitor_cb = monitor_cb;
    sock->monitor_ctx = ctx;
    sock->monitor =
        zsock_open(sock->loop, sock->context, ZMQ_PAIR, monitor_readable_cb, sock, error);
    return sock->monitor ? zsock_connect(sock->monitor, endpoint, error) : ERR_IO;
}
