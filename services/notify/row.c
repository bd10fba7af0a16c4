#include "row.h"

#include <assert.h>
#include <stdlib.h>

static int column_of(struct row row, const char *column)
{
    int number = PQfnumber(row.result, column);

    assert(number >= 0);
    return number;
}

const char *row_text(struct row row, const char *column)
{
    return PQgetvalue(row.result, row.number, column_of(row, column));
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
    return PQgetisnull(row.result, row.number, column_of(row, column));
}
