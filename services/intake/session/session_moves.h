/*
 * session_moves: the state machine of a session, as a table of (state, event) -> action, next state
 * (session_moves.def). Every event of a session goes through session_run: the session enters the
 * next state, then the action runs, which may raise a further event. An agent's commands have a
 * transition in every state. An internal event without a transition is a defect, which is logged
 * and ends the session.
 *
 * All calls on the loop's thread.
 */
#ifndef INTAKE_SESSION_MOVES_H
#define INTAKE_SESSION_MOVES_H

#include "intake_router_private.h"
#include "keys.h"
#include "takeover.h"

/* The commands of an agent, in the order of enum wire_command; then the internal events. */
#define SESSION_EVENTS(E)                                                                         \
    E(HELLO)                                                                                      \
    E(EVENT)                                                                                      \
    E(EVENTS)                                                                                     \
    E(GONE)                                                                                       \
    E(MANIFEST)                                                                                   \
    E(PING)                                                                                       \
    E(BYE)                                                                                        \
    E(BAD_MESSAGE) /* bad frames, a frame too long, or the key is revoked; has code and reason */ \
    E(MISTAKE)     /* a command breaks a rule; has code and reason */                             \
    E(OVER_LIMIT)  /* the same; a peer that continues is cut off */                               \
    E(OURS)        /* the stream is this session's */                                             \
    E(NOT_OURS)    /* the stream is not this session's; has the verdict */                        \
    E(TAKEN)       /* another session has taken the stream */                                     \
    E(OUTAGE)      /* the database cannot be reached */                                           \
    E(REVOKED)     /* the operator revoked the key */                                             \
    E(RECLAIM)     /* idle, and its credit is needed */                                           \
    E(SILENT)      /* no message for three heartbeats */                                          \
    E(PEER_GONE)   /* nothing can be sent to it */                                                \
    E(STOP)        /* intake ends */                                                              \
    E(MISSING)     /* records are missing, or wanted again; has the range */                      \
    E(QUARANTINED) /* a record's refusal is committed; has the record */                          \
    E(COMMITTED)   /* a commit is answered; session->ack has what it stored */                    \
    E(COMPARED)    /* its stream digest was compared; has the result */

enum session_event {
    ON_NOTHING,
#define AS_EVENT(name) ON_##name,
    SESSION_EVENTS(AS_EVENT)
#undef AS_EVENT
        SESSION_EVENT_COUNT,
};

/* An event of a session, with its arguments. */
struct session_input {
    struct router *router;
    struct session *session;       /* NULL: none under this routing id */
    struct zsock_message *message; /* of a command and of ON_BAD_MESSAGE */
    const struct key *key;         /* the sender's key */
    union {
        struct {
            const char *code, *reason; /* of REFUSE */
        };
        enum takeover_verdict verdict;
        struct wire_range range;
        const struct record *record;
        const struct comparison *comparison;
    };
};

/* Looks up the transition and runs it. The session may be gone afterwards, unless the caller has a
 * reference. */
void session_run(struct session_input *in, enum session_event event);
/* As session_run, for an event without arguments. */
void session_raise(struct router *router, struct session *session, enum session_event event);
/* MISTAKE or OVER_LIMIT. */
void session_fail(struct router *router, struct session *session, enum session_event event,
                  const char *code, const char *reason);

/* The actions. Those that only answer are in reply.c, the others in session_moves.c. */
#define MOVE(state, event, action, next) void session_do_##action(struct session_input *in);
#include "session_moves.def"
#undef MOVE

#endif
