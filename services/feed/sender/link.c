/* See link.h. */
#include "link.h"

#include <stdlib.h>
#include <string.h>

enum {
    HANDSHAKE_MS = 5000,
    QUEUE = 10000,
    KEEPALIVE_S = 60,
    RETRY_MS = 500,
    RETRY_MAX_MS = 10000,
    LINGER_MS = 300 /* so that BYE is still sent */
};

struct feed_link {
    struct zsock *sock;
    link_event_cb event_cb;
    link_message_cb message_cb;
    void *ctx;
    bool connected, up;
};

static void readable_cb(void *ctx, struct zsock_message *message)
{
    struct feed_link *link = ctx;

    link->message_cb(link->ctx, message);
}

static void monitor_cb(void *ctx, int event, unsigned value)
{
    struct feed_link *link = ctx;
    bool was_connected = link->connected, was_up = link->up;

    switch (event) {
    case ZMQ_EVENT_CONNECTED:
        link->connected = true;
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        link->up = true;
        link->event_cb(link->ctx, LINK_UP, 0);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        link->event_cb(link->ctx, LINK_REFUSED, value);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        link->connected = false;
        link->event_cb(link->ctx, LINK_NO_HANDSHAKE, value);
        break;
    case ZMQ_EVENT_DISCONNECTED: /* also follows a failed handshake, which was reported already */
        link->connected = link->up = false;
        if (was_up)
            link->event_cb(link->ctx, LINK_DOWN, 0);
        else if (was_connected)
            link->event_cb(link->ctx, LINK_NO_HANDSHAKE, 0);
        break;
    case ZMQ_EVENT_CLOSED: /* an attempt to connect failed */
        link->event_cb(link->ctx, LINK_UNREACHABLE, value);
        break;
    default:
        break;
    }
}

static void set_int(void *handle, int option, int value)
{
    zmq_setsockopt(handle, option, &value, sizeof value);
}

static int set_options(const struct feed_link *link, const struct link_options *options,
                       struct error *error)
{
    const struct {
        int option;
        const char *key;
    } keys[] = {{ZMQ_CURVE_SERVERKEY, options->server_key},
                {ZMQ_CURVE_PUBLICKEY, options->public_key},
                {ZMQ_CURVE_SECRETKEY, options->secret_key}};
    void *handle = zsock_handle(link->sock);

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (zmq_setsockopt(handle, keys[i].option, keys[i].key, LINK_KEY) != 0)
            return error_set(error, ERR_VALUE, "", "libzmq does not take the keys: are they Z85?");
    set_int(handle, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set_int(handle, ZMQ_LINGER, LINGER_MS);
    set_int(handle, ZMQ_SNDHWM, QUEUE);
    set_int(handle, ZMQ_RCVHWM, QUEUE);
    set_int(handle, ZMQ_TCP_KEEPALIVE, 1);
    set_int(handle, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_S);
    set_int(handle, ZMQ_RECONNECT_IVL, RETRY_MS);
    set_int(handle, ZMQ_RECONNECT_IVL_MAX, RETRY_MAX_MS);
    return 0;
}

struct feed_link *link_open(uv_loop_t *loop, void *zmq_context, const struct link_options *options,
                            link_event_cb event_cb, link_message_cb message_cb, void *ctx,
                            struct error *error)
{
    struct feed_link *link = calloc(1, sizeof *link);
    int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                 ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

    if (!link) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    link->event_cb = event_cb;
    link->message_cb = message_cb;
    link->ctx = ctx;
    link->sock = zsock_open(loop, zmq_context, ZMQ_DEALER, readable_cb, link, error);
    if (link->sock && set_options(link, options, error) == 0 &&
        zsock_monitor(link->sock, events, monitor_cb, link, error) == 0 &&
        zsock_connect(link->sock, options->endpoint, error) == 0)
        return link;
    link_close(link);
    return NULL;
}

/* A closed zsock calls back no more, so the link can be freed at once. */
void link_close(struct feed_link *link)
{
    if (!link)
        return;
    zsock_close(link->sock);
    free(link);
}

int link_send(struct feed_link *link, enum wire_command command, const struct zsock_part *parts,
              size_t count)
{
    return wire_send(link->sock, NULL, command, parts, count);
}
