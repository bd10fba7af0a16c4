/*
 * intake_router: the intake's side of docs/protocol.md. It owns the ROUTER socket and the sessions,
 * turns messages into records for the writer, and the writer's verdicts into ACK, NAK and CREDIT.
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
/* Writers and router know each other: the writers are made second. An agency's records all go to
 * one of them, so that they stay in their order and no two writers meet at an incident. */
void router_set_writers(struct router *router, struct writer *const *writers, size_t count);
/* For struct writer_events, with the router as ctx. */
void router_answered_cb(void *ctx, const struct record *record);
void router_flushed_cb(void *ctx);
void router_taken_cb(void *ctx, struct session *session);
void router_outage_cb(void *ctx);

/* Opens the socket; the ZAP handler must be there already. */
int router_listen(struct router *router, struct fault *fault);
bool router_is_listening(const struct router *router);
/* For zap_open, with the router as ctx. */
bool router_may_connect_cb(void *ctx, const struct key *key);
/* Once a second: silent sessions, signs of life, what the operator wants again. */
void router_tick(struct router *router);
/* The keys were loaded again: sessions of revoked ones end. */
void router_keys_changed(struct router *router);
/* Sockets close with the loop; pending answers are dropped. */
void router_free(struct router *router);

#endif
