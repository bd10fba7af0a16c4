/*
 * GET /api/v1/public/{district}: what was published, read by a role that sees nothing else. The
 * year is published by publisher.c, on a connection of its own.
 */
#include "api.h"

void publication_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "published", exchange_row_cb, exchange, 1, exchange->params.value[0]);
}
