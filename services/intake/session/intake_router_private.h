/*
 * intake_router_private: the struct router, for its modules: intake_router.c, session_moves.c,
 * arrival.c, reply.c, upkeep.c and prove.c.
 */
#ifndef INTAKE_INTAKE_ROUTER_PRIVATE_H
#define INTAKE_INTAKE_ROUTER_PRIVATE_H

#include "connection.h"
#include "intake_router.h"
#include "quota.h"

enum { ROUTER_TOLD = 20 }; /* failed handshakes a second that are logged with a line each */

/* The result of comparing an agent's stream digest. */
struct comparison {
    int64_t through;                /* the last sequence that it covers */
    const char *source;             /* of the manifest that had it */
    const char *verdict;            /* same, reread, waiting, lost, differs, unproved */
    int64_t records, ours, missing; /* of the section since the previous digest */
};

/* The comparison of stream digests (prove.h), and its result until that is committed. */
struct proving {
    bool running;
    int after;  /* the agency that had the last turn */
    int left;   /* steps left in the current second */
    int stream; /* of the digest; 0: there is none to report */
    struct comparison comparison;
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
    uv_timer_t delay;   /* runs while a rate limit delays credit */
    struct event event; /* scratch memory: one message is handled at a time */

    /* References to the sessions that get ACKs of the commit that is being answered. */
    struct session **acking;
    size_t acking_count, acking_room;
    bool upkeep_running;
    int handshakes_failed; /* in this second */
    struct proving prove;
    bool proof_due; /* a stream digest has come, and must be compared */
};

/* The writer of all records of this session's agency. */
static inline struct writer *router_writer(const struct router *router,
                                           const struct session *session)
{
    return router->writers[(size_t)session->agency_id % router->writer_count];
}

/* Raises the limits again soon. */
void router_delay(struct router *router);

#endif
