#include "limit.h"

#include "clock.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 512, WAYS = 8, ADDRESS_SIZE = 64 };

struct bucket {
    char address[ADDRESS_SIZE];
    int64_t seen_us;
    double tokens;
};

struct limit {
    double per_us, burst;
    struct bucket bucket[SETS][WAYS];
};

struct limit *limit_new(unsigned per_s, unsigned burst)
{
    struct limit *limit = calloc(1, sizeof *limit);
    if (limit == NULL)
        return NULL;
    limit->per_us = per_s / 1e6;
    limit->burst = burst;
    return limit;
}

void limit_free(struct limit *limit)
{
    free(limit);
}

static unsigned hash(const char *text)
{
    uint32_t sum = 2166136261u; /* FNV-1a */
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * 16777619u;
    return sum % SETS;
}

static struct bucket *find(struct limit *limit, const char *address, int64_t now)
{
    struct bucket *set = limit->bucket[hash(address)];
    struct bucket *oldest = &set[0];

    for (int i = 0; i < WAYS; i++) {
        if (strncmp(set[i].address, address, ADDRESS_SIZE - 1) == 0 && set[i].seen_us != 0)
            return &set[i];
        if (set[i].seen_us < oldest->seen_us)
            oldest = &set[i];
    }
    memset(oldest, 0, sizeof *oldest);
    strncpy(oldest->address, address, ADDRESS_SIZE - 1);
    oldest->seen_us = now;
    oldest->tokens = limit->burst;
    return oldest;
}

bool limit_take(struct limit *limit, const char *address, int *wait_s)
{
    int64_t now = clock_mono_us() + 1; /* 0 marks an empty bucket */
    struct bucket *bucket = find(limit, address, now);

    bucket->tokens += (double)(now - bucket->seen_us) * limit->per_us;
    if (bucket->tokens > limit->burst)
        bucket->tokens = limit->burst;
    bucket->seen_us = now;
    if (bucket->tokens >= 1) {
        bucket->tokens -= 1;
        return true;
    }
    *wait_s = 1 + (int)((1 - bucket->tokens) / limit->per_us / 1e6);
    return false;
}
