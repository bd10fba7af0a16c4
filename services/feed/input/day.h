/*
 * day: the counts of records that came over HTTP since a day (UTC) began, for that day's manifest.
 * Each checkpoint has them, so that they cover exactly the records in the spool. Not thread-safe.
 */
#ifndef LIAISON_FEED_DAY_H
#define LIAISON_FEED_DAY_H

#include "manifests.h"

struct day {
    uint64_t date; /* days since 1970; 0: none has begun */
    uint64_t read, rejected, dropped, records;
    uint64_t first, last; /* sequences of its records; 0 if none */
};

uint64_t day_today(void);
/* Begins a day: all counts are 0. */
void day_begin(struct day *day, uint64_t today);
/* Sets the source of a manifest of that date. */
void day_name(uint64_t date, struct manifest *manifest);
/* Adds the day's counts to the manifest's. */
void day_tell(const struct day *day, struct manifest *manifest);

#endif
