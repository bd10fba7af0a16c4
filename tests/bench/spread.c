#include "spread.h"

#include <err.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { PER_OCTAVE = 4, SLOWEST = 40 };

void spread_add(struct spread *spread, int64_t due_us, double latency_us)
{
    double octaves = latency_us > 1 ? log2(latency_us) : 0;
    size_t b = (size_t)(octaves * PER_OCTAVE);
    size_t i = due_us > 0 ? (size_t)(due_us / SPREAD_INTERVAL_US) : 0;

    spread->bucket[b < SPREAD_BUCKETS ? b : SPREAD_BUCKETS - 1]++;
    i = i < SPREAD_INTERVALS ? i : SPREAD_INTERVALS - 1;
    spread->interval[i].events++;
    spread->interval[i].sum_us += latency_us;
    spread->interval[i].most_us = fmax(spread->interval[i].most_us, latency_us);
    spread->intervals = i >= spread->intervals ? i + 1 : spread->intervals;
}

static int slower_first_cb(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a < b) - (a > b);
}

/* The threshold that only the slowest intervals reach. */
static double bar(const struct spread *spread)
{
    double *most = calloc(spread->intervals + 1, sizeof *most);

    if (!most)
        errx(2, "no memory");
    for (size_t i = 0; i < spread->intervals; i++)
        most[i] = spread->interval[i].most_us;
    qsort(most, spread->intervals, sizeof *most, slower_first_cb);
    double found = most[spread->intervals > SLOWEST ? SLOWEST - 1 : 0];
    free(most);
    return spread->intervals > SLOWEST ? found : 0;
}

void spread_write(const struct spread *spread, const char *file)
{
    FILE *out = fopen(file, "w");
    double least = bar(spread);
    const char *comma = "";

    if (!out)
        err(2, "%s", file);
    fprintf(out, "{\"histogram\":[");
    for (size_t b = 0; b < SPREAD_BUCKETS; b++)
        if (spread->bucket[b]) {
            fprintf(out, "%s[%.0f,%zu]", comma, exp2((double)(b + 1) / PER_OCTAVE),
                    spread->bucket[b]);
            comma = ",";
        }
    fprintf(out, "],\n\"interval_ms\":%d,\"slow\":[", SPREAD_INTERVAL_US / 1000);
    comma = "";
    for (size_t i = 0; i < spread->intervals; i++) {
        const struct spread_interval *at = &spread->interval[i];

        if (!at->events || at->most_us < least)
            continue;
        fprintf(out, "%s\n{\"at_s\":%.2f,\"events\":%zu,\"most_us\":%.0f,\"mean_us\":%.0f}", comma,
                (double)i * SPREAD_INTERVAL_US / 1e6, at->events, at->most_us,
                at->sum_us / (double)at->events);
        comma = ",";
    }
    fprintf(out, "]}\n");
    if (fclose(out) != 0)
        err(2, "%s", file);
}
