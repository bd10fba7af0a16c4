/*
 * csv_line: one line of CSV by itself, taken apart strictly: a quote stands only at the beginning
 * and the end of a field, or doubled inside of a quoted one. So a line within an open quote can be
 * asked whether it is a whole row, which means that the quote was never closed. Not thread-safe.
 */
#ifndef LIAISON_FEED_CSV_LINE_H
#define LIAISON_FEED_CSV_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct csv_line {
    char delimiter, quote;
    size_t columns; /* that a row has */
    /* Takes a field; data is valid during the call only. */
    void (*field_cb)(void *ctx, size_t column, const char *data, size_t size);
    void *ctx;
};

/* Whether the line, with its end or without, is a row of just so many columns. scratch has room for
 * size octets. Fields are given out before it is known. */
bool csv_line_read(const struct csv_line *as, const char *line, size_t size, char *scratch);

#endif
