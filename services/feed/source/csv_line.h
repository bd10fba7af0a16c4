/*
 * csv_line: parses a single line of CSV strictly: a quote stands only at the beginning and the end
 * of a field, or doubled inside a quoted one. It tests whether a line within an open quote is a
 * complete row, which means that the quote was never closed. Not thread-safe.
 */
#ifndef LIAISON_FEED_CSV_LINE_H
#define LIAISON_FEED_CSV_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct csv_line {
    char delimiter, quote;
    size_t columns; /* columns of a row */
    /* Called with each field; data is valid during the call only. */
    void (*field_cb)(void *ctx, size_t column, const char *data, size_t size);
    void *ctx;
};

/* Whether the line, with or without its line end, is a row of exactly that many columns. scratch
 * has room for size octets. field_cb is called before the result is known. */
bool csv_line_read(const struct csv_line *as, const char *line, size_t size, char *scratch);

#endif
