/*
 * reply: what the intake says to an agent, and the credit that goes with it. Only the router's
 * rooms include this: it shows the struct that they share.
 */
#ifndef INTAKE_REPLY_H
#define INTAKE_REPLY_H

#include "connection.h"
#include "quota.h"
#include "router.h"

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

void reply_welcome(struct router *router, struct session *session);
/* Repeats the refusals that the agent may not have heard. */
void reply_held(struct router *router, struct session *session);
void reply_again(struct router *router, struct session *session, struct wire_range range);

void reply_account(struct router *router, struct session *session, const struct account *account);
void reply_pong(struct router *router, struct session *session);
/* A sign of life for agents that wait for their answers, as long as the database is slow: repeats
 * the credit to each that was told nothing for so long. */
void reply_alive(struct router *router, int64_t silent_us);
/* Raises the limits again soon. */
void router_delay(struct router *router);
/* Raises the limit and tells it, where the session needs it and may have it. */
void reply_credit(struct router *router, struct session *session);
/* Ends the session. */
void reply_refuse(struct router *router, struct session *session, const char *code,
                  const char *reason);
/* Ends it, and cuts the connection of who goes on nevertheless. */
void reply_refuse_and_cut(struct router *router, struct session *session, const char *code,
                          const char *reason);
/* To a peer without a session. */
void reply_refuse_id(struct router *router, zmq_msg_t *id, const char *code, const char *reason);

#endif
