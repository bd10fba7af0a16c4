/* GET /api/v1/schools and /api/v1/codes. */
#include "api.h"

void schools_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "schools", exchange_row_cb, exchange, 2, exchange->person.district,
                 person_scope(&exchange->person));
}

void codes_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "codes", exchange_row_cb, exchange, 0);
}
