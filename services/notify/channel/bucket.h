/*
 * bucket: how many messages a provider may be given now. Two limits fill it: the configured rate,
 * which lets a second's worth go at once, and one that is learned from refusals. A refusal ("too
 * many") empties it for as long as the provider asks, but no longer than a quarter of an hour.
 * Meanwhile one urgent message at a time may go, after the rest that the bucket would choose
 * itself. After that one goes at once and the others evenly, at the rate at which the provider took
 * them, and a little faster with each second, until it refuses again or the limit has outgrown any
 * use. So a limit that nobody configured costs a few refusals, not one for each message.
 *
 * Times are microseconds of a monotonic clock, handed in. No threads.
 */
#ifndef NOTIFY_BUCKET_H
#define NOTIFY_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bucket {
    double rate;    /* configured, messages a second; 0: none */
    double learned; /* 0: none */
    double tokens;
    int64_t filled_us; /* up to when it was filled */
    int64_t shut_us;   /* nothing goes before that is not urgent */
    int64_t urgent_us; /* until then: when an urgent one may go */
    int64_t gone_us;   /* when the last one went out */
    double measured;   /* the rate that the last refusal taught */
    int64_t begun_us;  /* of the count of messages taken */
    int taken;         /* by the provider since */
    int refusals;      /* in a row, without a message taken in between */
};

void bucket_init(struct bucket *bucket, int per_second, int64_t now_us);
/* How many may go now; SIZE_MAX without a limit. */
size_t bucket_room(struct bucket *bucket, bool urgent, int64_t now_us);
/* When the next one may go, if none may now. */
int64_t bucket_opens_us(const struct bucket *bucket, bool urgent, int64_t now_us);
/* One goes out; only with room. */
void bucket_take(struct bucket *bucket, int64_t now_us);
/* The provider took one. */
void bucket_taken(struct bucket *bucket);
/* The provider refused one, and wants wait_s seconds of rest; 0 or less: it did not say how long.
 * began_us: when that try began: refusals of one rush count as one. */
void bucket_refused(struct bucket *bucket, int wait_s, int64_t began_us, int64_t now_us);

#endif
