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
    HOSTS_MOST = 4096,
    LEAST_WAIT_MS = 200,
    MOST_WAIT_MS = 30000,
    TURN_US = 20000,    /* between two that ask again */
    QUICK_US = 2000000, /* an answer that comes within this is quick */
    SLOW_FOR = 16,
    SLOW_MOST_US = 600000000,
    PROBES_MOST = 2,
};

enum standing { STANDING_NEW, STANDING_SLOW, STANDING_QUICK };

struct receiver {
    char host[RECEIVER_HOST];
    struct breaker breaker;
    struct bucket bucket;
    size_t out; /* messages on their way */
    bool answered;
    int64_t slow_until_us; /* for its slow tries */
    int64_t turn_us;       /* as that of all hosts, while it is quick or at its rate */
    UT_hash_handle hh;
};

/* Of a message that is on its way. */
struct place {
    struct receiver *receiver; /* NULL: free */
    int district_id;
    bool probe;
    int64_t began_us;
};

struct receivers {
    struct receivers_options options;
    pthread_mutex_t lock;
    struct receiver *table; /* by host */
    int64_t turn_us;        /* the last that was given to ask again */
    size_t place_count;
    struct place places[]; /* one a worker */
};

struct receivers *receivers_open(const struct receivers_options *options)
{
    size_t count = options->workers + options->reserved;
    struct receivers *receivers =
        calloc(1, sizeof *receivers + count * sizeof receivers->places[0]);

    if (!receivers)
        return NULL;
    receivers->options = *options;
    receivers->place_count = count;
    pthread_mutex_init(&receivers->lock, NULL);
    return receivers;
}

static bool is_idle(const struct receiver *receiver, int64_t now_us)
{
    return receiver->out == 0 && !receiver->breaker.down && receiver->slow_until_us <= now_us;
}

static void forget_idle(struct receivers *receivers, int64_t now_us)
{
    struct receiver *receiver = receivers->table, *next;

    HASH_CLEAR(hh, receivers->table); /* the table; its items stay linked */
    for (; receiver; receiver = next) {
        next = receiver->hh.next;
        if (is_idle(receiver, now_us))
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
        forget_idle(receivers, now_us);
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
    if (until_us - now_us >= (int64_t)MOST_WAIT_MS * 1000)
        return MOST_WAIT_MS;
    int64_t ms = (until_us - now_us) / 1000 + 1;
    return ms > LEAST_WAIT_MS ? ms : LEAST_WAIT_MS;
}

/* What the host itself takes; if it takes none, *hold says why. */
static bool is_open(struct receiver *receiver, bool urgent, enum breaker_gate gate, int64_t now_us,
                    struct receiver_hold *hold)
{
    *hold = (struct receiver_hold){REASON_NONE, 0};
    if (gate == GATE_SHUT)
        *hold = (struct receiver_hold){
            REASON_PROVIDER_DOWN, wait_ms(breaker_opens_us(&receiver->breaker, urgent), now_us)};
    else if (bucket_room(&receiver->bucket, urgent, now_us) == 0)
        *hold = (struct receiver_hold){
            REASON_RATE_LIMITED,
            wait_ms(bucket_opens_us(&receiver->bucket, urgent, now_us), now_us)};
    return hold->reason == REASON_NONE;
}

/* The workers -----------------------------------------------------------------------------------*/

static enum standing standing_of(const struct receivers *receivers, const struct receiver *receiver,
                                 int64_t now_us)
{
    if (receiver->breaker.down || now_us < receiver->slow_until_us)
        return STANDING_SLOW;
    for (size_t i = 0; receiver->out && i < receivers->place_count; i++)
        if (receivers->places[i].receiver == receiver &&
            now_us - receivers->places[i].began_us > QUICK_US)
            return STANDING_SLOW;
    return receiver->answered ? STANDING_QUICK : STANDING_NEW;
}

/* Messages on their way to hosts that are not quick. */
struct crowd {
    size_t all, slow, probes, district;
};

static struct crowd crowd_of(const struct receivers *receivers, int district_id, int64_t now_us)
{
    struct crowd crowd = {0};

    for (size_t i = 0; i < receivers->place_count; i++) {
        const struct place *place = &receivers->places[i];
        enum standing standing =
            place->receiver ? standing_of(receivers, place->receiver, now_us) : STANDING_QUICK;

        if (standing == STANDING_QUICK)
            continue;
        crowd.all++;
        crowd.slow += standing == STANDING_SLOW;
        crowd.probes += place->probe;
        crowd.district += place->district_id == district_id;
    }
    return crowd;
}

/* At least one. */
static size_t some(size_t count)
{
    return count ? count : 1;
}

/* Whether a host that is not quick finds a worker (receivers.h). */
static bool finds_worker(const struct receivers *receivers, const struct receiver_wish *wish,
                         enum standing standing, enum breaker_gate gate, int64_t now_us)
{
    const struct receivers_options *options = &receivers->options;
    struct crowd crowd = crowd_of(receivers, wish->district_id, now_us);
    size_t workers = options->workers, more = wish->urgent ? 1 : 0;

    if (crowd.all >= some(workers * 3 / 4) + more || crowd.district >= some(workers * 5 / 8) + more)
        return false;
    if (standing == STANDING_SLOW && crowd.slow >= some(workers / 2) + more)
        return false;
    return gate != GATE_PROBE || crowd.probes < PROBES_MOST + more;
}

/* An eighth of the workers; a host that is new: one. One more if it is urgent. */
static bool has_share(const struct receivers *receivers, const struct receiver *receiver,
                      bool urgent, enum standing standing)
{
    size_t eighth = some(receivers->options.workers / 8);
    size_t most = (standing == STANDING_NEW ? 1 : eighth) + (urgent ? 1 : 0);

    return receiver->out < most;
}

/* When one that may not go asks again: after the last that was told so. */
static int64_t turn_ms(int64_t *turn_us, int64_t now_us)
{
    int64_t soon_us = now_us + LEAST_WAIT_MS * INT64_C(1000);
    int64_t most_us = now_us + MOST_WAIT_MS * INT64_C(1000);

    *turn_us += TURN_US;
    if (*turn_us < soon_us)
        *turn_us = soon_us;
    if (*turn_us > most_us)
        *turn_us = most_us;
    return wait_ms(*turn_us, now_us);
}

/* Whether it may go; if not, *hold says why. */
static bool may_go(struct receivers *receivers, struct receiver *receiver,
                   const struct receiver_wish *wish, enum breaker_gate gate, int64_t now_us,
                   struct receiver_hold *hold)
{
    enum standing standing = standing_of(receivers, receiver, now_us);

    if (!is_open(receiver, wish->urgent, gate, now_us, hold)) {
        int64_t turn = gate == GATE_SHUT ? 0 : turn_ms(&receiver->turn_us, now_us);

        if (hold->wait_ms < turn)
            hold->wait_ms = turn;
    } else if (gate == GATE_OPEN && !has_share(receivers, receiver, wish->urgent, standing)) {
        int64_t *turn_us = standing == STANDING_QUICK ? &receiver->turn_us : &receivers->turn_us;

        *hold = (struct receiver_hold){REASON_RATE_LIMITED, turn_ms(turn_us, now_us)};
    } else if (standing != STANDING_QUICK &&
               !finds_worker(receivers, wish, standing, gate, now_us)) {
        *hold =
            (struct receiver_hold){gate == GATE_PROBE ? REASON_PROVIDER_DOWN : REASON_RATE_LIMITED,
                                   turn_ms(&receivers->turn_us, now_us)};
    }
    return hold->reason == REASON_NONE;
}

static struct place *free_place(struct receivers *receivers)
{
    for (size_t i = 0; i < receivers->place_count; i++)
        if (!receivers->places[i].receiver)
            return &receivers->places[i];
    abort(); /* each worker has one message at a time */
}

bool receivers_enter(struct receivers *receivers, const struct receiver_wish *wish, int64_t now_us,
                     struct receiver_pass *pass, struct receiver_hold *hold)
{
    bool goes = false;

    *hold = (struct receiver_hold){REASON_INTERNAL, LEAST_WAIT_MS};
    pthread_mutex_lock(&receivers->lock);
    struct receiver *receiver = receiver_of(receivers, wish->host, now_us);
    if (!receiver)
        goto out;
    enum breaker_gate gate = breaker_gate(&receiver->breaker, wish->urgent, now_us);
    goes = may_go(receivers, receiver, wish, gate, now_us, hold);
    if (!goes)
        goto out;
    struct place *place = free_place(receivers);
    *place = (struct place){.receiver = receiver,
                            .district_id = wish->district_id,
                            .probe = gate == GATE_PROBE,
                            .began_us = now_us};
    *pass = (struct receiver_pass){.place = (size_t)(place - receivers->places),
                                   .urgent = wish->urgent,
                                   .probe = place->probe,
                                   .began_us = now_us};
    bucket_take(&receiver->bucket, now_us);
    if (pass->probe)
        breaker_probe(&receiver->breaker, wish->urgent);
    receiver->out++;
out:
    pthread_mutex_unlock(&receivers->lock);
    return goes;
}

/* The end of a try -----------------------------------------------------------------------------*/

static void learn_pace(struct receiver *receiver, int64_t took_us, int64_t now_us)
{
    int64_t until_us = receiver->slow_until_us > now_us ? receiver->slow_until_us : now_us;

    if (took_us <= QUICK_US)
        return;
    until_us += (took_us - QUICK_US) * SLOW_FOR;
    receiver->slow_until_us = until_us < now_us + SLOW_MOST_US ? until_us : now_us + SLOW_MOST_US;
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
    struct receiver_hold hold;

    pthread_mutex_lock(&receivers->lock);
    struct receiver *receiver = receivers->places[pass->place].receiver;
    receivers->places[pass->place].receiver = NULL;
    receiver->out--;
    receiver->answered |= sign == SIGN_ALIVE || sign == SIGN_BUSY;
    learn_pace(receiver, now_us - pass->began_us, now_us);
    learn(receiver, pass, sign, retry_after_s, now_us);
    is_open(receiver, pass->urgent, breaker_gate(&receiver->breaker, pass->urgent, now_us), now_us,
            &hold);
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
