/* GET /api/v1/outcomes: each call counted once, at its first school, by its primary disposition. */
#include "api.h"

void outcomes_steps(struct exchange *exchange, struct db_job *job)
{
    const char *values[13] = {exchange->person.district, person_scope(&exchange->person)};

    for (size_t i = 0; i < FILTER_SQL; i++)
        values[2 + i] = exchange->filter.value[i];
    calls_plan(job);
    db_exec(job, "outcomes", &(struct db_params){.count = 13, .values = values}, false,
            exchange_row_cb, exchange);
}
