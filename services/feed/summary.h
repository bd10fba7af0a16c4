/*
 * summary: the counts of a run's inputs, including what earlier runs had read of them: read =
 * rejected + withheld + duplicates_dropped + records (except in a replay, which leaves out events
 * outside of --from and --to), and in the end records = acknowledged + refused.
 */
#ifndef LIAISON_FEED_SUMMARY_H
#define LIAISON_FEED_SUMMARY_H

#include "checkpoint.h"
#include "spool.h"

struct summary {
    uint64_t read, rejected, withheld, dropped, records, sent, acknowledged, refused;
    double seconds;
};

/* unanswered: events sent that intake has not answered. */
void summary_make(struct summary *summary, const struct checkpoint *totals,
                  const struct spool *spool, uint64_t unanswered, double seconds);
/* Writes it as JSON. */
int summary_write(const struct summary *summary, const char *path, struct error *error);

#endif
