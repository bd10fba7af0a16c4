/*
 * retry: when to try again. The wait grows with the square of the number of tries, with a jitter so
 * that an outage does not end in a stampede; after give_up_s from the time when the message was due
 * it is not tried again.
 */
#ifndef NOTIFY_RETRY_H
#define NOTIFY_RETRY_H

#include <stdint.h>

struct retry_policy {
    int base_s;
    int most_s;
    int give_up_s;
    int unknown_s; /* what may have been sent, by a channel that cannot repeat it, waits so long,
                      once */
};

/* Milliseconds to wait after the given number of tries, or -1: give up. age_s is the time since the
 * message was due; jitter is 0 to 999 and moves the wait by up to a fifth either way. */
int64_t retry_wait_ms(const struct retry_policy *policy, int attempts, int64_t age_s,
                      unsigned jitter);

#endif
