/* row: columns of a result by name. Text results. A column that is not there is a defect of ours.
 */
#ifndef NOTIFY_ROW_H
#define NOTIFY_ROW_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct row {
    PGresult *result;
    int number;
};

/* Valid as long as the result; "" for null. */
const char *row_text(struct row row, const char *column);
int64_t row_int(struct row row, const char *column);
bool row_flag(struct row row, const char *column);
bool row_null(struct row row, const char *column);

#endif
