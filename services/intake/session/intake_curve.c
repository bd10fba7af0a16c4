#include "intake_curve.h"

#include "zap.h"

#include <string.h>

/* libzmq names it only in its draft section, but has had it since 4.3.0. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

enum { CURVE_HANDSHAKE_MS = 5000, CURVE_HWM = 64, CURVE_BACKLOG = 1024 };

static const struct {
    int option, value;
} settings[] = {
    {ZMQ_CURVE_SERVER, 1},
    {ZMQ_ZAP_ENFORCE_DOMAIN, 1},
    {ZMQ_ROUTER_MANDATORY, 1},
    {ZMQ_ROUTER_HANDOVER, 0},
    {ZMQ_HANDSHAKE_IVL, CURVE_HANDSHAKE_MS},
    {ZMQ_RCVHWM, CURVE_HWM},
    {ZMQ_SNDHWM, CURVE_HWM * 16},
    {ZMQ_TCP_KEEPALIVE, 1},
    {ZMQ_BACKLOG, CURVE_BACKLOG},
};

int curve_secure(void *handle, const char *secret, struct error *error)
{
    const int64_t cut = CURVE_FRAME_CUT;
    int err = zmq_setsockopt(handle, ZMQ_CURVE_SECRETKEY, secret, strlen(secret));

    err |= zmq_setsockopt(handle, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN));
    err |= zmq_setsockopt(handle, ZMQ_MAXMSGSIZE, &cut, sizeof cut);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        err |= zmq_setsockopt(handle, settings[i].option, &settings[i].value, sizeof(int));
    return err ? error_set(error, ERR_IO, "", "this libzmq cannot do what intake needs") : 0;
}

const char *curve_user(struct zsock_message *message)
{
    /* Every frame that the peer sent carries it; the routing id is ours. */
    return message->count > 1 ? zmq_msg_gets(&message->frame[message->count - 1], "User-Id") : NULL;
}
