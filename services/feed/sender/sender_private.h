/*
 * sender_private: for the sender's files. sender_moves.c is the state machine, a table of (state,
 * event) -> action, next state (sender_moves.def); sender.c has the timers and the link,
 * sender_hear.c the received messages, sender_flow.c the sent ones.
 */
#ifndef LIAISON_FEED_SENDER_PRIVATE_H
#define LIAISON_FEED_SENDER_PRIVATE_H

#include "log.h"
#include "sender.h"

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

enum { SENDER_WANTED_MAX = 1024, SENDER_PAUSE_MS = 1000 /* the first; then it doubles */ };

/* The state of one session; cleared at its end. */
struct session {
    uint64_t credit;     /* octets since WELCOME that may be sent */
    uint64_t used;       /* octets that were sent */
    uint64_t unanswered; /* events */
    uint64_t high;       /* the high-water mark of WELCOME: decided before this session */
    uint64_t at;         /* the next sequence to send, in order */
    struct ledger_range wanted[SENDER_WANTED_MAX]; /* to be sent again, before at */
    size_t wanted_count;
    struct ledger asked;   /* those of the wanted records that were sent */
    size_t manifests_told; /* manifests sent of the list; a PONG confirms them */
    bool pong_due;
    int minor;                  /* minor version of the protocol that both sides speak */
    int64_t proof_until;        /* deadline for the answer to a digest; 0: none */
    int64_t heard_at, spoke_at; /* monotonic microseconds */
    int64_t sent_at;            /* when events were sent last */
    int64_t
        answered_at; /* when an event was last answered, or the first event after that was sent */
    int64_t heartbeat_us;
    uint64_t max_body;
};

struct sender {
    uv_loop_t *loop;
    void *zmq_context;
    struct spool *spool;
    struct manifests *manifests;
    struct sender_options options;
    enum sender_state state;
    struct feed_link *link;
    uv_timer_t pause, beat;
    uv_timer_t hold; /* delay before a message that is not full is sent */
    uv_idle_t soon;  /* continues sending in the loop's next iteration */
    int open_handles;
    struct session session;
    struct wire_pack pack; /* the message that is being filled */
    uint64_t known;        /* intake can know no higher sequence: read at the start, or sent */
    int64_t pause_ms;      /* the next pause, unless intake names one */
    char diagnosis[200];
    void (*closed_cb)(void *ctx);
    void *closed_ctx;
};

/* The events of a session: first those of the link and the timers, then those from intake. */
#define SENDER_EVENTS(E)                                                                           \
    E(START)          /* the pause is over */                                                      \
    E(UP)             /* the handshake is done */                                                  \
    E(CANNOT_CONNECT) /* no socket; sets what */                                                   \
    E(KEY_REFUSED)    /* intake's ZAP handler refused the key; sets status */                      \
    E(NO_HANDSHAKE)   /* the peer that answers is not intake */                                    \
    E(UNREACHABLE)    /* nobody answers */                                                         \
    E(DOWN)           /* disconnected */                                                           \
    E(SILENT)         /* nothing received for three heartbeats */                                  \
    E(NO_ANSWER)      /* an event is unanswered for 60 s */                                        \
    E(IDLE)           /* nothing sent for a heartbeat */                                           \
    E(READY)          /* there may be something to send */                                         \
    E(STOP)           /* the agent ends */                                                         \
    E(WELCOME)        /* sets welcome */                                                           \
    E(NO_MATCH)       /* a WELCOME whose high-water mark is above the spool's, or too far below */ \
    E(NO_SESSION)     /* REFUSE no_session */                                                      \
    E(REFUSE)         /* REFUSE with another code */                                               \
    E(CREDIT)                                                                                      \
    E(ACK)                                                                                         \
    E(NAK)                                                                                         \
    E(AGAIN)                                                                                       \
    E(PONG)                                                                                        \
    E(ACCOUNT)                                                                                     \
    E(VIOLATION)      /* intake violated the protocol; sets what */                                \
    E(CANNOT_SEND)    /* HELLO cannot be sent */                                                   \
    E(TOO_MANY_AGAIN) /* more ranges are asked for than can be noted */                            \
    E(STORE_FAILED)   /* a refused record cannot be stored */

enum sender_event {
    ON_NOTHING,
#define AS_EVENT(name) ON_##name,
    SENDER_EVENTS(AS_EVENT)
#undef AS_EVENT
        SENDER_EVENT_COUNT,
};

/* An event, with its arguments. */
struct sender_input {
    struct sender *sender;
    zmq_msg_t *argument;   /* of a message from intake: the frames after signature and command */
    const json_t *welcome; /* of WELCOME */
    unsigned status;       /* of KEY_REFUSED */
    const char *what;      /* for a person: of CANNOT_CONNECT and VIOLATION */
};

/* Whether the table has a transition. */
bool sender_has_move(enum sender_state state, enum sender_event event);
/* Looks up the transition and runs it: the session enters the next state, then the action runs,
 * which may raise a further event. A message from intake without a transition is a VIOLATION; an
 * internal event without one is a defect, and ends the process. */
void sender_run(const struct sender_input *in, enum sender_event event);
/* As sender_run, for an event without arguments. */
void sender_raise(struct sender *sender, enum sender_event event);
void sender_violation(struct sender *sender, const char *what);

/* The actions, each in the file of its subject. */
#define MOVE(state, event, action, next) void sender_do_##action(const struct sender_input *in);
#include "sender_moves.def"
#undef MOVE

/* sender.c: closes the link, and connects again after a pause. 0: after the next pause of the
 * backoff. */
void sender_pause(struct sender *sender, int64_t pause_ms);
/* Logs a problem, once until it changes. hint: what to do. */
void sender_tell(struct sender *sender, const char *event, const char *why, const char *hint);

/* sender_hear.c */
void sender_hear(struct sender *sender, struct zsock_message *message);

/* sender_flow.c */
int sender_say(struct sender *sender, enum wire_command command, const struct zsock_part *parts,
               size_t count);
/* Queues records to be sent again; false if there is no room. */
bool sender_want(struct sender *sender, uint64_t first, uint64_t last);

#endif
