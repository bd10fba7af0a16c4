/*
 * sender_private: for the sender's files. sender_moves.c is the state machine, a table of
 * (state, event) -> action, next state (sender_moves.def); sender.c has the timers and the link,
 * sender_hear.c what intake says, sender_flow.c what goes out.
 */
#ifndef LIAISON_FEED_SENDER_PRIVATE_H
#define LIAISON_FEED_SENDER_PRIVATE_H

#include "log.h"
#include "sender.h"

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

enum { SENDER_WANTED_MAX = 1024, SENDER_PAUSE_MS = 1000 /* the first; then doubling */ };

/* What one session knows; forgotten at its end. */
struct session {
    uint64_t credit;                               /* octets since WELCOME that may be sent */
    uint64_t used;                                 /* that were sent */
    uint64_t unanswered;                           /* events */
    uint64_t high;                                 /* of WELCOME: decided before this session */
    uint64_t at;                                   /* the next sequence to send, in order */
    struct ledger_range wanted[SENDER_WANTED_MAX]; /* to send before those, again */
    size_t wanted_count;
    struct ledger asked;   /* what of those was sent */
    size_t manifests_told; /* of the list; a PONG confirms them */
    bool pong_due;
    int minor;                  /* of the protocol, that both speak */
    int64_t proof_until;        /* how long the answer to an account is waited for; 0: not */
    int64_t heard_at, spoke_at; /* monotonic microseconds */
    int64_t sent_at;            /* when events were sent last */
    int64_t answered_at; /* when an event was answered last, or the first was sent after that */
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
    uv_timer_t hold; /* until a message is sent that is not full */
    uv_idle_t soon;  /* goes on sending in the loop's next turn */
    int open_handles;
    struct session session;
    struct wire_pack pack; /* the message that is being made */
    uint64_t known;   /* no higher sequence can be known to intake: read at the start, or sent */
    int64_t pause_ms; /* the next one, unless intake says otherwise */
    char diagnosis[200];
    void (*closed_cb)(void *ctx);
    void *closed_ctx;
};

/* What happens to a session. First what the link and the timers tell, then what intake says. */
#define SENDER_EVENTS(E)                                                                \
    E(START)          /* the pause is over */                                           \
    E(UP)             /* the handshake is done */                                       \
    E(CANNOT_CONNECT) /* no socket; has what */                                         \
    E(KEY_REFUSED)    /* by intake's ZAP handler; has its status */                     \
    E(NO_HANDSHAKE)   /* something answers that is not intake */                        \
    E(UNREACHABLE)    /* nobody answers */                                              \
    E(DOWN)           /* disconnected */                                                \
    E(SILENT)         /* nothing heard for three heartbeats */                          \
    E(NO_ANSWER)      /* an event is unanswered for 60 s */                             \
    E(IDLE)           /* nothing said for a heartbeat */                                \
    E(READY)          /* there may be something to send */                              \
    E(STOP)           /* the agent ends */                                              \
    E(WELCOME)        /* has its JSON */                                                \
    E(NO_MATCH)       /* a WELCOME whose mark is above the spool's, or too far below */ \
    E(NO_SESSION)     /* REFUSE no_session */                                           \
    E(REFUSE)         /* any other */                                                   \
    E(CREDIT)                                                                           \
    E(ACK)                                                                              \
    E(NAK)                                                                              \
    E(AGAIN)                                                                            \
    E(PONG)                                                                             \
    E(ACCOUNT)                                                                          \
    E(VIOLATION)      /* what the protocol does not allow; has what */                  \
    E(CANNOT_SEND)    /* HELLO */                                                       \
    E(TOO_MANY_AGAIN) /* more is asked for than there is room to note */                \
    E(STORE_FAILED)   /* a refused record cannot be put aside */

enum sender_event {
    ON_NOTHING,
#define AS_EVENT(name) ON_##name,
    SENDER_EVENTS(AS_EVENT)
#undef AS_EVENT
        SENDER_EVENT_COUNT,
};

/* An event, and what comes with it. */
struct sender_input {
    struct sender *sender;
    zmq_msg_t *argument;   /* of what intake says: the frames behind signature and word */
    const json_t *welcome; /* of WELCOME */
    unsigned status;       /* of KEY_REFUSED */
    const char *what;      /* for a person: of CANNOT_CONNECT and VIOLATION */
};

/* Whether the table has a move. */
bool sender_has_move(enum sender_state state, enum sender_event event);
/* Looks the move up and makes it: the session enters the next state, then the action runs, which
 * may raise a further event. What intake says without a move is a VIOLATION; an event of our own
 * without one is a defect, and ends the process. */
void sender_run(const struct sender_input *in, enum sender_event event);
/* The same for an event that brings nothing. */
void sender_raise(struct sender *sender, enum sender_event event);
void sender_violation(struct sender *sender, const char *what);

/* The actions, each in the file that it concerns. */
#define MOVE(state, event, action, next) void sender_do_##action(const struct sender_input *in);
#include "sender_moves.def"
#undef MOVE

/* sender.c: closes the link, and begins anew after a pause; 0: after the next one by the doubling
 * rule. */
void sender_pause(struct sender *sender, int64_t pause_ms);
/* Says what is wrong, once until it changes. hint: what to do. */
void sender_tell(struct sender *sender, const char *event, const char *why, const char *hint);

/* sender_hear.c */
void sender_hear(struct sender *sender, struct zsock_message *message);

/* sender_flow.c */
int sender_say(struct sender *sender, enum wire_command command, const struct zsock_part *parts,
               size_t count);
/* Queues records to be sent again; false if there is no room. */
bool sender_want(struct sender *sender, uint64_t first, uint64_t last);

#endif
