/*
 * receivers: the hosts that webhooks go to. Their provider (provider.h) is one, and never down:
 * each host has a breaker of its own (breaker.h), a rate (bucket.h) and a number of messages that
 * may be on their way to it, so that a host that is dead, slow or busy holds back its own messages
 * and nobody else's. All addresses at one host share these.
 *
 * Hosts share the workers, and some are always left for hosts that are quick. A host is
 * - quick: it has answered, is up, no message is on its way to it for more than two seconds, and
 *   its slow tries are long enough ago: each counts for sixteen times what it took beyond these two
 *   seconds. So a host that is slow now and then takes little of the workers' time;
 * - new: nothing is known of it. It gets one message at a time;
 * - slow: any other, also one that is down.
 * Hosts that are not quick have three quarters of the workers; those of one district five eighths,
 * so that a new one of another finds a worker; and those that are slow half, so that any new one
 * does, with two for probes. Each of these numbers is one more for an urgent message. A message
 * that finds no worker is given a turn to ask again, so that many that wait do not ask all at once.
 *
 * Hosts are kept in memory, and each process learns for itself. One that is up and idle, and not
 * slow, may be forgotten.
 *
 * Any thread: a lock, which is never held while a message is on its way.
 */
#ifndef NOTIFY_RECEIVERS_H
#define NOTIFY_RECEIVERS_H

#include "parcel.h"

#include <stddef.h>

enum { RECEIVER_HOST = 264 }; /* "host:port" */

struct receivers;

struct receivers_options {
    int base_s, most_s; /* as in breaker.h */
    int per_second;     /* messages to one host; 0: no limit */
    size_t workers;     /* ordinary ones */
    size_t reserved;    /* more of them, for urgent messages */
};

/* Who wants to send. */
struct receiver_wish {
    const char *host;
    int district_id;
    bool urgent;
};

/* A message that is on its way. */
struct receiver_pass {
    size_t place;
    bool urgent, probe;
    int64_t began_us;
};

/* Why a message may not go, and when to ask again. */
struct receiver_hold {
    enum reason reason;
    int64_t wait_ms;
};

/* NULL without memory. */
struct receivers *receivers_open(const struct receivers_options *options);
/* Whether a message may go to the host now. If so, receivers_leave must follow; if not, *hold says
 * why. */
bool receivers_enter(struct receivers *receivers, const struct receiver_wish *wish, int64_t now_us,
                     struct receiver_pass *pass, struct receiver_hold *hold);
/* What its end said of the host; retry_after_s as in struct parcel. Returns how long (milliseconds)
 * the host wants no message like this; 0: it takes others. */
int64_t receivers_leave(struct receivers *receivers, const struct receiver_pass *pass,
                        enum parcel_sign sign, int retry_after_s, int64_t now_us);
/* NULL is fine. */
void receivers_close(struct receivers *receivers);

#endif
