/*
 * guess_formats: the formats of times that are tried on a sample. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_FORMATS_H
#define LIAISON_FEED_GUESS_FORMATS_H

#include "guess_columns.h"

/* A format of a time, as the mapping file writes it. */
enum guess_time_part { GUESS_BOTH, GUESS_DATE, GUESS_CLOCK };
struct guess_format {
    const char *text;
    enum guess_time_part part;
    bool zoned;        /* it has an offset */
    const char *other; /* the same with day and month swapped, or NULL */
};
extern const struct guess_format guess_formats[];
extern const size_t guess_format_count;

extern const struct guess_format guess_numerics[GUESS_NUMERICS];

/* Fills format, either, midnight and years of a column whose other figures are known already. */
void guess_formats_find(struct guess_column *column, const struct guess_table *table, size_t index);

#endif
