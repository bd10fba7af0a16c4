/*
 * intake_router_private: the router, as its modules share it: intake_router.c, session_moves.c,
 * arrival.c, reply.c, upkeep.c and prove.c.
 */
#ifndef INTAKE_INTAKE_ROUTER_PRIVATE_H
#define INTAKE_INTAKE_ROUTER_PRIVATE_H

#include "connection.h"
#include "intake_router.h"
#include "quota.h"

enum { ROUTER_TOLD = 20 }; /* failed handshakes that have a line each, a second */

/* What became of an agent's account of its stream. */
struct account {
    int64_t through;                /* the sequence up to which it is */
    const char *source;             /* of the manifest that told it */
    const char *verdict;            /* same, reread, waiting, lost, differs, unproved */
    int64_t records, ours, missing; /* of the section since the account before */
};

/* The comparing of accounts (prove.h), and what it found until that is committed. */
struct proving {
    bool running;
    int after;  /* the agency whose turn was the last */
    int left;   /* steps of this second */
    int stream; /* of the account; 0: none to tell */
    struct account account;
    char source[512], verdict[16];
};

struct router {
    uv_loop_t *loop;
    void *zmq_context;
    struct db *db;
    struct counters *counters;
    const struct tables *tables;
    const struct intake_options *options;
    struct writer *const *writers; /* not owned */
    size_t writer_count;
    struct zsock *sock;
    struct sessions sessions;
    struct quotas quotas;
    struct connections connections;
    uv_timer_t delay;   /* runs while a rate holds credit back */
    struct event event; /* scratch: one message is handled at a time */

    /* Sessions with ACKs of the commit that is being answered: references. */
    struct session **acking;
    size_t acking_count, acking_room;
    bool upkeep_running;
    int handshakes_failed; /* in this second */
    struct proving prove;
    bool proof_due; /* an account came, and is to be compared */
};

/* The one that writes all records of this session's agency. */
static inline struct writer *router_writer(const struct router *router,
                                           const struct session *session)
{
    return router->writers[(size_t)session->agency_id % router->writer_count];
}

/* Raises the limits again soon. */
void router_delay(struct router *router);

#endif
