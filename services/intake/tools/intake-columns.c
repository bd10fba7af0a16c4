/*
 * intake-columns: prints the columns of columns.h for the build, which generates statements from
 * them (deploy/sql-expand.awk). A line is: name, type of the array, cast, lists that the column is
 * in.
 */
#include "columns.h"

static const char *lists_of(unsigned role)
{
    if (!(role & COLUMN_STATE))
        return "all";
    if (role & COLUMN_PLACE)
        return "all state place";
    if (role & COLUMN_UNSURE)
        return "all state unsure";
    return "all state value";
}

int main(void)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const struct column_row *row = &column_rows[i];

        printf("%s\t%s\t%s\t%s\n", row->name, column_sql_type(row->type), row->cast,
               lists_of(row->role));
    }
    return fflush(stdout) != 0;
}
