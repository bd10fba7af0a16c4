/*
 * sender: the agent's side of docs/protocol.md. It keeps a session with intake and sends the
 * records of the spool that intake has not decided. The state machine is that document's, with the
 * same names. It never gives up: after the end of a session it connects again after a pause.
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
    const char *agency; /* the configured agency; a WELCOME with another one is logged */
    const char *mode;
    int retry_max_s; /* the longest pause */
    /* Records up to last are neither in the spool nor at the intake; may be NULL. */
    void (*missing_cb)(void *ctx, uint64_t last);
    void *ctx;
};

struct sender *sender_open(uv_loop_t *loop, void *zmq_context, struct spool *spool,
                           struct manifests *manifests, const struct sender_options *options,
                           struct error *error);
/* The spool holds more. */
void sender_wake(struct sender *sender);
/* Sends BYE if there is a session, closes, and calls back after its last callback. */
void sender_close(struct sender *sender, void (*closed_cb)(void *ctx), void *ctx);

enum sender_state sender_state(const struct sender *sender);
const char *sender_state_word(enum sender_state state);
/* Whether everything in the spool is decided, every manifest confirmed, and intake's answer to the
 * digest received (or timed out). */
bool sender_is_done(const struct sender *sender);
/* Why there is no session, for a person; "" if there is one. */
const char *sender_diagnosis(const struct sender *sender);
/* Events sent in this session that intake has not answered. */
uint64_t sender_unanswered(const struct sender *sender);

#endif
