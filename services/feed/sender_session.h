/*
 * sender_session: private to the sender rooms. sender.c holds the state machine, its timers and the
 * link; sender_hear.c what intake says; sender_flow.c what goes out.
 */
#ifndef LIAISON_FEED_SENDER_SESSION_H
#define LIAISON_FEED_SENDER_SESSION_H

#include "log.h"
#include "sender.h"

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
    bool closing;
    struct session session;
    struct wire_pack pack; /* the message that is being made */
    uint64_t known;   /* no higher sequence can be known to intake: read at the start, or sent */
    int64_t pause_ms; /* the next one, unless intake says otherwise */
    char diagnosis[200];
    void (*closed_cb)(void *ctx);
    void *closed_ctx;
};

/* sender.c: the one door through which the state changes. */
void sender_move(struct sender *sender, enum sender_state to, const char *why);
/* Ends the session and begins anew after a pause; 0: after the next one by the doubling rule. */
void sender_drop(struct sender *sender, const char *why, int64_t pause_ms);
/* Says what is wrong, once until it changes. hint: what to do. */
void sender_tell(struct sender *sender, const char *event, const char *why, const char *hint);
int sender_greet(struct sender *sender);

/* sender_hear.c */
void sender_hear(struct sender *sender, struct zsock_message *message);

/* sender_flow.c: sends as much as credit, queue and a turn's budget allow; or in a moment. */
void sender_flow(struct sender *sender);
int sender_say(struct sender *sender, enum wire_command command, const struct zsock_part *parts,
               size_t count);
/* Queues records to be sent again; false if there is no room. */
bool sender_want(struct sender *sender, uint64_t first, uint64_t last);
int sender_ping(struct sender *sender);

#endif
