/*
 * link: one DEALER socket with CURVE, and the events of its connection. It reports the state of the
 * connection; the sender decides what follows. A link that was refused never tries again by itself:
 * close it and open another. On the loop's thread; callbacks may close the link.
 */
#ifndef LIAISON_FEED_LINK_H
#define LIAISON_FEED_LINK_H

#include "wire.h"

enum { LINK_KEY = 41 }; /* octets of a Z85 key with its NUL */

struct link_options {
    const char *endpoint;
    const char *server_key; /* Z85 */
    const char *public_key, *secret_key;
};

enum link_event {
    LINK_UP,           /* the handshake is done */
    LINK_DOWN,         /* the connection was lost after that */
    LINK_REFUSED,      /* the key was refused (detail: the ZAP status) */
    LINK_NO_HANDSHAKE, /* connected, but the handshake did not complete */
    LINK_UNREACHABLE,  /* nobody answers; libzmq keeps trying */
};

struct feed_link;

typedef void (*link_event_cb)(void *ctx, enum link_event event, unsigned detail);
typedef void (*link_message_cb)(void *ctx, struct zsock_message *message);

struct feed_link *link_open(uv_loop_t *loop, void *zmq_context, const struct link_options *options,
                            link_event_cb event_cb, link_message_cb message_cb, void *ctx,
                            struct error *error);
void link_close(struct feed_link *link);
/* 0, or ERR_STATE if libzmq takes no more now. */
int link_send(struct feed_link *link, enum wire_command command, const struct zsock_part *parts,
              size_t count);

#endif
