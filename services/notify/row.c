#include "row.h"

#include <stdio.h>
#include <stdlib.h>

/* NULL: it is null, or not there. */
static const char *value_of(struct row row, const char *column)
{
    int number = PQfnumber(row.result, column);

    if (number >= 0 && !PQgetisnull(row.result, row.number, number))
        return PQgetvalue(row.result, row.number, number);
    if (number < 0 && !row.gap->column[0])
        snprintf(row.gap->column, sizeof row.gap->column, "%s", column);
    return NULL;
}

const char *row_text(struct row row, const char *column)
{
    const char *value = value_of(row, column);

    return value ? value : "";
}

int64_t row_int(struct row row, const char *column)
{
    return strtoll(row_text(row, column), NULL, 10);
}

bool row_flag(struct row row, const char *column)
{
    return row_text(row, column)[0] == 't';
}

bool row_null(struct row row, const char *column)
{
    return value_of(row, column) == NULL;
}
