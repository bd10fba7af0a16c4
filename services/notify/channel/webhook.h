/*
 * webhook: the channel of machines: an HTTPS POST of a CAP alert (cap.h) to the contact's own URL,
 * signed with the contact's secret. docs/notify.md says what the receiver gets and what its answers
 * mean. The Idempotency-Key is the message's id: a receiver that has it already answers the same
 * and does nothing, so that a repetition is harmless.
 *
 * It goes directly, by no proxy, over a connection of its own, to no address of our own network
 * (network.h), and follows no redirection. Of the answer its status and Retry-After are read and
 * nothing else. Back-off is the host's (receivers.h).
 *
 * On a worker thread.
 */
#ifndef NOTIFY_WEBHOOK_H
#define NOTIFY_WEBHOOK_H

#include "channel.h"

enum { WEBHOOK_SIGNATURE = 3 + 64 + 1 };

/* "v1=" and the HMAC-SHA256 of "seconds.body" in hexadecimal. */
void webhook_sign(const char *secret, int64_t seconds, const char *body,
                  char signature[WEBHOOK_SIGNATURE]);

/* How an exchange went. */
struct webhook_answer {
    CURLcode rc;
    long status;       /* 0: no answer came */
    bool went_out;     /* some of the request did */
    bool forbidden;    /* the name has no address to which it may go */
    int retry_after_s; /* -1: none */
};

void webhook_judge(const struct webhook_answer *answer, struct parcel *parcel);

#endif
