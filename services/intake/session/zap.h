/*
 * zap: the ZAP 1.0 handler (ZeroMQ RFC 27). It answers libzmq whether a CURVE key may connect: 200
 * with the key (Z85) as user id, or 400. It must be open before the ROUTER is bound, and the ROUTER
 * must have a ZAP domain and ZMQ_ZAP_ENFORCE_DOMAIN: libzmq fails open otherwise.
 */
#ifndef INTAKE_ZAP_H
#define INTAKE_ZAP_H

#include "counters.h"
#include "keys.h"
#include "zsock.h"

#define ZAP_DOMAIN "liaison"

struct zap;

/* keys points to the owner's current table, which may be replaced between calls. */
/* may_connect returns whether the agency of a valid key may have one more connection. */
struct zap *zap_open(uv_loop_t *loop, void *zmq_context, const struct keys *keys,
                     struct counters *counters,
                     bool (*may_connect)(void *ctx, const struct key *key), void *ctx,
                     struct error *error);
void zap_close(struct zap *zap);

#endif
