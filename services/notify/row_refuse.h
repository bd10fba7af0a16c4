/* row_refuse: ends a transaction whose statement did not give a column. */
#ifndef NOTIFY_ROW_REFUSE_H
#define NOTIFY_ROW_REFUSE_H

#include "db.h"
#include "row.h"

/* Whether a column of this statement was missing. Then the job is refused, as of an undefined
 * column (SQLSTATE 42703), and the log names statement and column. */
bool row_refuse(struct db_job *job, const char *statement, struct row_gap *gap);

#endif
