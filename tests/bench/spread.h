/*
 * spread: the distribution of latencies, and the times of the worst, as a hint at their cause: a
 * checkpoint, the sender itself, another process. Zero-initialised; one thread.
 */
#ifndef BENCH_SPREAD_H
#define BENCH_SPREAD_H

#include <stddef.h>
#include <stdint.h>

enum { SPREAD_BUCKETS = 100, SPREAD_INTERVALS = 60000, SPREAD_INTERVAL_US = 10000 };

struct spread_interval {
    size_t events;
    double most_us, sum_us;
};

struct spread {
    size_t bucket[SPREAD_BUCKETS];                     /* four for each factor of two, from 1 us */
    struct spread_interval interval[SPREAD_INTERVALS]; /* by when an event was due */
    size_t intervals;                                  /* index of the last one used, plus one */
};

/* due_us: microseconds from the start of the run to when the event was due. */
void spread_add(struct spread *spread, int64_t due_us, double latency_us);
/* Writes {"histogram": [[up to us, events], ...], "interval_ms", "slow": [{"at_s", "events",
 * "most_us", "mean_us"}, ...]}: the intervals with the worst latency, in the order of time. Exits
 * when the file cannot be written. */
void spread_write(const struct spread *spread, const char *file);

#endif
