/*
 * row: columns of a result by name. Text results.
 *
 * A column that is not there is a defect of ours, or of an upgrade that was not finished. It counts
 * as null and is noted, and whoever ran the statement gives up the work for which it was read
 * (row_refuse.h): the rest goes on.
 */
#ifndef NOTIFY_ROW_H
#define NOTIFY_ROW_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

/* The first column that was missing; all zero: none was. */
struct row_gap {
    char column[48];
    char where[100]; /* "statement.column", once it was refused */
};

struct row {
    PGresult *result;
    int number;
    struct row_gap *gap; /* lives longer than the row */
};

/* Valid as long as the result; "" for null. */
const char *row_text(struct row row, const char *column);
int64_t row_int(struct row row, const char *column);
bool row_flag(struct row row, const char *column);
bool row_null(struct row row, const char *column);

#endif
