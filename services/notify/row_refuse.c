#include "row_refuse.h"

#include "log.h"

#include <stdio.h>

bool row_refuse(struct db_job *job, const char *statement, struct row_gap *gap)
{
    if (!gap->column[0])
        return false;
    if (!gap->where[0]) {
        snprintf(gap->where, sizeof gap->where, "%s.%s", statement, gap->column);
        log_error("column_missing", "statement=%s column=%s", statement, gap->column);
        db_refuse(job, "42703", gap->where);
    }
    return true;
}
