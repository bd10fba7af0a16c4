#include "bucket.h"

#include <math.h>

static const double GROWTH = 1.05;      /* of the learned rate, a second */
static const double LEAST_RATE = 0.1;   /* learned */
static const double USELESS_RATE = 500; /* beyond it a learned rate is forgotten */
enum {
    SECOND_US = 1000000,
    WAIT_MOST_S = 64,   /* that it chooses itself */
    ASKED_MOST_S = 900, /* of what a provider asks for */
    IDLE_US = 2 * SECOND_US,
};

void bucket_init(struct bucket *bucket, int per_second, int64_t now_us)
{
    *bucket = (struct bucket){
        .rate = per_second, .tokens = per_second, .filled_us = now_us, .begun_us = now_us};
}

static double rate_of(const struct bucket *bucket)
{
    if (bucket->learned > 0 && (bucket->rate <= 0 || bucket->learned < bucket->rate))
        return bucket->learned;
    return bucket->rate;
}

static void fill(struct bucket *bucket, int64_t now_us)
{
    double passed_s = (double)(now_us - bucket->filled_us) / SECOND_US;
    double rate = rate_of(bucket);
    /* A learned rate lets none go in a rush: what the provider counts is not known. */
    double most = bucket->learned > 0 || bucket->rate < 1 ? 1 : bucket->rate;

    if (passed_s <= 0)
        return;
    bucket->tokens = fmin(bucket->tokens + passed_s * rate, most);
    bucket->filled_us = now_us;
    if (bucket->learned > 0)
        bucket->learned *= pow(GROWTH, passed_s);
    if (bucket->learned > USELESS_RATE)
        bucket->learned = 0;
}

size_t bucket_room(struct bucket *bucket, bool urgent, int64_t now_us)
{
    if (now_us < bucket->shut_us)
        return urgent && now_us >= bucket->urgent_us ? 1 : 0;
    fill(bucket, now_us);
    return rate_of(bucket) > 0 ? (size_t)(bucket->tokens + 1e-6) : SIZE_MAX;
}

int64_t bucket_opens_us(const struct bucket *bucket, bool urgent, int64_t now_us)
{
    double rate = rate_of(bucket);
    int64_t full_us = now_us;

    if (urgent && now_us < bucket->shut_us)
        return bucket->urgent_us < bucket->shut_us ? bucket->urgent_us : bucket->shut_us;
    if (rate > 0 && bucket->tokens < 1)
        full_us += (int64_t)ceil((1 - bucket->tokens) / rate * SECOND_US);
    return full_us > bucket->shut_us ? full_us : bucket->shut_us;
}

/* A rush begins: what was taken before it says nothing of the rate that the provider bears. */
static bool was_idle(const struct bucket *bucket, int64_t now_us)
{
    int64_t last_us = bucket->gone_us > bucket->shut_us ? bucket->gone_us : bucket->shut_us;

    return bucket->learned <= 0 && now_us - last_us > IDLE_US;
}

/* Without a word of the provider: longer with each refusal in a row. */
static int own_rest_s(const struct bucket *bucket)
{
    if (bucket->refusals <= 1)
        return 1;
    return bucket->refusals > 6 ? WAIT_MOST_S : 1 << (bucket->refusals - 1);
}

void bucket_take(struct bucket *bucket, int64_t now_us)
{
    if (now_us < bucket->shut_us)
        bucket->urgent_us = now_us + own_rest_s(bucket) * (int64_t)SECOND_US;
    if (was_idle(bucket, now_us)) {
        bucket->begun_us = now_us;
        bucket->taken = 0;
    }
    bucket->gone_us = now_us;
    bucket->tokens = fmax(bucket->tokens - 1, 0);
}

void bucket_taken(struct bucket *bucket)
{
    bucket->taken++;
    bucket->refusals = 0;
}

/* The rate at which messages were taken since the last refusal, its rest included; at least half of
 * what it was then, as nobody may have had much to send. A single refusal of a provider that was
 * given nothing before teaches nothing. */
static void learn(struct bucket *bucket, int64_t now_us)
{
    double passed_s = fmax((double)(now_us - bucket->begun_us) / SECOND_US, 0.001);
    double least = bucket->learned > 0 ? bucket->measured / 2 : 0;

    if (bucket->taken > 0 || bucket->refusals > 0) {
        bucket->measured = fmax(fmax(bucket->taken / passed_s, least), LEAST_RATE);
        bucket->learned = bucket->measured;
    }
    bucket->taken = 0;
    bucket->begun_us = now_us;
}

void bucket_refused(struct bucket *bucket, int wait_s, int64_t began_us, int64_t now_us)
{
    if (began_us >= bucket->begun_us) {
        learn(bucket, now_us);
        bucket->refusals++;
        bucket->urgent_us = now_us + own_rest_s(bucket) * (int64_t)SECOND_US;
        if (wait_s <= 0)
            wait_s = own_rest_s(bucket);
    }
    if (wait_s > ASKED_MOST_S)
        wait_s = ASKED_MOST_S;
    bucket->tokens = 1; /* the first goes when the rest is over */
    if (wait_s > 0 && bucket->shut_us < now_us + wait_s * (int64_t)SECOND_US)
        bucket->shut_us = now_us + wait_s * (int64_t)SECOND_US;
    bucket->filled_us = bucket->shut_us > now_us ? bucket->shut_us : now_us;
}
