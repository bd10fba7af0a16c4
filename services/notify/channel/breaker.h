/*
 * breaker: whether a provider is up, and when it may be tried while it is down. A failure of the
 * provider takes it down; then one probe at a time goes out, later and later (retry.h); the first
 * sign of life brings it up, and everything may go.
 *
 * Messages run side by side, so that failures come late: one that began before the last sign of
 * life says nothing of now, and those that were on their way when the provider went down count with
 * it as one.
 *
 * An urgent message does not wait for the long intervals: it may probe base_s after the last
 * failure, beside an ordinary probe that hangs.
 *
 * A provider that answers, and defers each message (451), may do so for the sake of one recipient:
 * a full mailbox, greylisting. It defers everybody when it has deferred messages to three
 * recipients, for base_s or longer, and taken none since the first of these. Then it is not up, and
 * yet its gate stays open: each message is tried in its own time, so that three full mailboxes
 * delay nobody. The first message that it takes ends that.
 *
 * Times are microseconds of a monotonic clock, handed in. No threads.
 */
#ifndef NOTIFY_BREAKER_H
#define NOTIFY_BREAKER_H

#include "retry.h"

#include <stdbool.h>
#include <stddef.h>

enum { DEFERRED_MOST = 3 }; /* recipients: then it is everybody */

enum breaker_gate {
    GATE_OPEN,  /* everything may go */
    GATE_PROBE, /* one may */
    GATE_SHUT,
};

struct breaker {
    struct retry_policy policy;
    bool down;
    bool probing[2];   /* a probe is out: an ordinary one, an urgent one */
    int failures;      /* in a row */
    int64_t since_us;  /* when it went down or came up */
    int64_t failed_us; /* the last failure that counted */
    int64_t alive_us;  /* the last sign of life */
    int64_t next_us;   /* the next ordinary probe */
    bool defers;       /* everybody */
    size_t deferred_count;
    uint64_t deferred[DEFERRED_MOST]; /* recipients, since it took a message */
    int64_t deferred_us;              /* the first of these */
    int64_t took_us;                  /* the last message that it took */
    int64_t before_us;                /* the last one that it took before it deferred these */
    int64_t freed_us;                 /* the last one with which it stopped deferring everybody */
};

/* base_s and most_s are those of retry.h. */
void breaker_init(struct breaker *breaker, int base_s, int most_s, int64_t now_us);
enum breaker_gate breaker_gate(const struct breaker *breaker, bool urgent, int64_t now_us);
/* When the gate is no longer shut unless something happens; INT64_MAX: a probe is out. */
int64_t breaker_opens_us(const struct breaker *breaker, bool urgent);
/* A message goes out as the probe. */
void breaker_probe(struct breaker *breaker, bool urgent);
/* The probe came back, and had nothing to say of the provider. */
void breaker_probe_lost(struct breaker *breaker, bool urgent);
/* Neither down, nor does it defer everybody. */
bool breaker_is_up(const struct breaker *breaker);
/* A sign of life. Returns whether its gate opened. */
bool breaker_alive(struct breaker *breaker, int64_t now_us);
/* A try that began at began_us failed; as a probe or not. jitter as in retry.h. Returns whether it
 * went down. */
bool breaker_failed(struct breaker *breaker, bool probe, bool urgent, int64_t began_us,
                    int64_t now_us, unsigned jitter);
/* It deferred a message to this recipient, which was tried from began_us on. Returns whether it
 * defers everybody from now on. */
bool breaker_deferred(struct breaker *breaker, uint64_t recipient, int64_t began_us,
                      int64_t now_us);
/* It took a message. Returns whether it deferred everybody before that. */
bool breaker_took(struct breaker *breaker, int64_t now_us);

#endif
