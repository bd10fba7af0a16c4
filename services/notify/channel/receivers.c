#include "receivers.h"

#include "breaker.h"
#include "bucket.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum {
    HOSTS_MOST = 1024,
    LEAST_WAIT_MS = 200,
    MOST_WAIT_MS = 30000, /* a host that comes back is found within this */
};

struct receiver {
    char host[RECEIVER_HOST];
    struct breaker breaker;
    struct bucket bucket;
    size_t out; /* messages on their way */
    UT_hash_handle hh;
};

struct receivers {
    struct receivers_options options;
    pthread_mutex_t lock;
    struct receiver *table; /* by host */
};

struct receivers *receivers_open(const struct receivers_options *options)
{
    struct receivers *receivers = calloc(1, sizeof *receivers);

    if (!receivers)
        return NULL;
    receivers->options = *options;
    pthread_mutex_init(&receivers->lock, NULL);
    return receivers;
}

static bool is_idle(const struct receiver *receiver)
{
    return receiver->out == 0 && !receiver->breaker.down;
}

static void forget_idle(struct receivers *receivers)
{
    struct receiver *receiver = receivers->table, *next;

    HASH_CLEAR(hh, receivers->table); /* the table; its items stay linked */
    for (; receiver; receiver = next) {
        next = receiver->hh.next;
        if (is_idle(receiver))
            free(receiver);
        else
            HASH_ADD_STR(receivers->table, host, receiver);
    }
}

/* The host, known from now on; NULL without memory. */
static struct receiver *receiver_of(struct receivers *receivers, const char *host, int64_t now_us)
{
    struct receiver *receiver = NULL;

    HASH_FIND_STR(receivers->table, host, receiver);
    if (receiver)
        return receiver;
    if (HASH_COUNT(receivers->table) >= HOSTS_MOST)
        forget_idle(receivers);
    receiver = calloc(1, sizeof *receiver);
    if (!receiver)
        return NULL;
    snprintf(receiver->host, sizeof receiver->host, "%s", host);
    breaker_init(&receiver->breaker, receivers->options.base_s, receivers->options.most_s, now_us);
    bucket_init(&receiver->bucket, receivers->options.per_second, now_us);
    HASH_ADD_STR(receivers->table, host, receiver);
    return receiver;
}

static int64_t wait_ms(int64_t until_us, int64_t now_us)
{
    if (until_us - now_us > (int64_t)MOST_WAIT_MS * 1000)
        return MOST_WAIT_MS;
    int64_t ms = (until_us - now_us) / 1000 + 1;
    return ms > LEAST_WAIT_MS ? ms : LEAST_WAIT_MS;
}

/* Whether it may go; if not, *hold says why. */
static bool may_go(const struct receivers *receivers, struct receiver *receiver, bool urgent,
                   enum breaker_gate gate, int64_t now_us, struct receiver_hold *hold)
{
    size_t most = receivers->options.at_once + (urgent ? 1 : 0);

    *hold = (struct receiver_hold){REASON_NONE, 0};
    if (gate == GATE_SHUT)
        *hold = (struct receiver_hold){
            REASON_PROVIDER_DOWN, wait_ms(breaker_opens_us(&receiver->breaker, urgent), now_us)};
    else if (bucket_room(&receiver->bucket, urgent, now_us) == 0)
        *hold = (struct receiver_hold){
            REASON_RATE_LIMITED,
            wait_ms(bucket_opens_us(&receiver->bucket, urgent, now_us), now_us)};
    else if (gate == GATE_OPEN && receiver->out >= most)
        *hold = (struct receiver_hold){REASON_RATE_LIMITED, LEAST_WAIT_MS};
    return hold->reason == REASON_NONE;
}

bool receivers_enter(struct receivers *receivers, const char *host, bool urgent, int64_t now_us,
                     struct receiver_pass *pass, struct receiver_hold *hold)
{
    bool goes = false;

    *hold = (struct receiver_hold){REASON_INTERNAL, LEAST_WAIT_MS};
    pthread_mutex_lock(&receivers->lock);
    struct receiver *receiver = receiver_of(receivers, host, now_us);
    if (!receiver)
        goto out;
    enum breaker_gate gate = breaker_gate(&receiver->breaker, urgent, now_us);
    goes = may_go(receivers, receiver, urgent, gate, now_us, hold);
    if (!goes)
        goto out;
    *pass =
        (struct receiver_pass){.urgent = urgent, .probe = gate == GATE_PROBE, .began_us = now_us};
    snprintf(pass->host, sizeof pass->host, "%s", receiver->host);
    bucket_take(&receiver->bucket, now_us);
    if (pass->probe)
        breaker_probe(&receiver->breaker, urgent);
    receiver->out++;
out:
    pthread_mutex_unlock(&receivers->lock);
    return goes;
}

static void learn(struct receiver *receiver, const struct receiver_pass *pass,
                  enum parcel_sign sign, int retry_after_s, int64_t now_us)
{
    switch (sign) {
    case SIGN_ALIVE:
        bucket_taken(&receiver->bucket);
        breaker_alive(&receiver->breaker, now_us);
        break;
    case SIGN_DOWN:
        breaker_failed(&receiver->breaker, pass->probe, pass->urgent, pass->began_us, now_us,
                       randombytes_uniform(1000));
        break;
    case SIGN_BUSY:
        bucket_refused(&receiver->bucket, retry_after_s, pass->began_us, now_us);
        breaker_alive(&receiver->breaker, now_us);
        break;
    case SIGN_NONE:
        if (pass->probe)
            breaker_probe_lost(&receiver->breaker, pass->urgent);
        break;
    }
}

int64_t receivers_leave(struct receivers *receivers, const struct receiver_pass *pass,
                        enum parcel_sign sign, int retry_after_s, int64_t now_us)
{
    struct receiver_hold hold = {REASON_NONE, 0};
    struct receiver *receiver = NULL;

    pthread_mutex_lock(&receivers->lock);
    HASH_FIND_STR(receivers->table, pass->host, receiver);
    if (!receiver)
        abort(); /* a host with a message under way is never forgotten */
    receiver->out--;
    learn(receiver, pass, sign, retry_after_s, now_us);
    may_go(receivers, receiver, pass->urgent,
           breaker_gate(&receiver->breaker, pass->urgent, now_us), now_us, &hold);
    pthread_mutex_unlock(&receivers->lock);
    return hold.wait_ms;
}

void receivers_close(struct receivers *receivers)
{
    if (!receivers)
        return;
    struct receiver *receiver = receivers->table, *next;

    HASH_CLEAR(hh, receivers->table); /* the table; its items stay linked */
    for (; receiver; receiver = next) {
        next = receiver->hh.next;
        free(receiver);
    }
    pthread_mutex_destroy(&receivers->lock);
    free(receivers);
}
