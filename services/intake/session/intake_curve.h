/*
 * intake_curve: secures the ROUTER socket: CURVE, ZAP and limits of a connection. libzmq lets
 * strangers in unless all of these options are set (docs/protocol.md, section 8); only this module
 * sets them.
 */
#ifndef INTAKE_CURVE_H
#define INTAKE_CURVE_H

#include "zsock.h"

/* The largest frame that libzmq passes; a larger frame cuts its connection. CURVE takes 33 octets
 * of it. */
enum { CURVE_FRAME_CUT = 4 << 20 };

/* Sets CURVE with the secret key (Z85), the ZAP domain and its enforcement, and the limits of one
 * connection. Before the bind. */
int curve_secure(void *handle, const char *secret, struct error *error);

/* The user id that the ZAP handler gave to the message's connection: the key in Z85. NULL: there is
 * none, and the message must be dropped. Valid as long as the message. */
const char *curve_user(struct zsock_message *message);

#endif
