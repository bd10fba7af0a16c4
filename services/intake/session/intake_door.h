/*
 * intake_door: who gets through to the ROUTER. libzmq lets strangers in unless it is told otherwise
 * in all of these ways at once (docs/protocol.md, section 8); this is the only place that tells it.
 */
#ifndef INTAKE_INTAKE_DOOR_H
#define INTAKE_INTAKE_DOOR_H

#include "zsock.h"

/* The frame that libzmq still passes; a larger one cuts its connection. Under CURVE 33 octets of it
 * are the cipher's. */
enum { DOOR_FRAME_CUT = 4 << 20 };

/* Sets CURVE with the secret key (Z85), the ZAP domain and its enforcement, and the limits of one
 * connection. Before the bind. */
int door_secure(void *handle, const char *secret, struct fault *fault);

/* The user id that the ZAP handler gave the connection that a message came by: the key in Z85.
 * NULL: none, the message must be dropped. Lives as long as the message. */
const char *door_user(struct zsock_message *message);

#endif
