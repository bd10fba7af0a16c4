/*
 * sender: the agent's side of docs/protocol.md. It keeps a session with the intake and sends what
 * the spool holds and intake has not decided; the state machine is that document's, by the same
 * names. It never gives up: whatever ends a session, it comes back after a pause.
 *
 * The spool, the manifests and the loop are the caller's and must outlive it. On the loop's thread.
 */
#ifndef LIAISON_FEED_SENDER_H
#define LIAISON_FEED_SENDER_H

#include "link.h"
#include "manifests.h"
#include "spool.h"

struct sender;

enum sender_state { SENDER_CLOSED, SENDER_CONNECTING, SENDER_GREETING, SENDER_STREAMING };

struct sender_options {
    struct link_options link;
    const char *agency; /* what the agent believes to be; a WELCOME that says otherwise is told */
    const char *mode;
    int retry_max_s; /* the longest pause */
    /* Records up to last are neither in the spool nor at the intake; may be NULL. */
    void (*missing_cb)(void *ctx, uint64_t last);
    void *ctx;
};

struct sender *sender_open(uv_loop_t *loop, void *zmq_context, struct spool *spool,
                           struct manifests *manifests, const struct sender_options *options,
                           struct fault *fault);
/* The spool holds more. */
void sender_wake(struct sender *sender);
/* Says BYE if there is a session, closes, and calls back when nothing more will come. */
void sender_close(struct sender *sender, void (*closed_cb)(void *ctx), void *ctx);

enum sender_state sender_state(const struct sender *sender);
const char *sender_state_word(enum sender_state state);
/* Whether everything in the spool is decided, every manifest confirmed, and what intake says of the
 * account heard (or not in time). */
bool sender_is_done(const struct sender *sender);
/* Why there is no session, for a person; "" if there is one. */
const char *sender_diagnosis(const struct sender *sender);
/* Events sent in this session that intake has not answered. */
uint64_t sender_unanswered(const struct sender *sender);

#endif
