/*
 * intake_router: intake's side of docs/protocol.md. It owns the ROUTER socket and the sessions,
 * turns messages into records for the writer, and the writer's results into ACK, NAK and CREDIT.
 */
#ifndef INTAKE_INTAKE_ROUTER_H
#define INTAKE_INTAKE_ROUTER_H

#include "intake_options.h"
#include "reload.h"
#include "writer.h"

struct router;

extern const struct db_statement router_statements[];
extern const size_t router_statement_count;

struct router_parts {
    uv_loop_t *loop;
    void *zmq_context;
    struct db *db;
    struct counters *counters;
    const struct tables *tables;
    const struct intake_options *options;
};

struct router *router_new(const struct router_parts *parts);
/* Sets the writers, which are made after the router because they refer to each other. One writer
 * gets all records of an agency, so that they stay in order and no two writers change one
 * incident. */
void router_set_writers(struct router *router, struct writer *const *writers, size_t count);
/* For struct writer_events, with the router as ctx. */
void router_answered_cb(void *ctx, const struct record *record);
void router_flushed_cb(void *ctx);
void router_taken_cb(void *ctx, struct session *session);
void router_outage_cb(void *ctx);

/* Opens the socket; the ZAP handler must be open already. */
int router_listen(struct router *router, struct error *error);
bool router_is_listening(const struct router *router);
/* For zap_open, with the router as ctx. */
bool router_may_connect_cb(void *ctx, const struct key *key);
/* Call once a second: silent sessions, heartbeats, records that the operator wants again. */
void router_tick(struct router *router);
/* The keys were loaded again: ends sessions of revoked keys. */
void router_keys_changed(struct router *router);
/* Closes the sockets, which libuv finishes on the loop; pending answers are dropped. */
void router_free(struct router *router);

#endif
