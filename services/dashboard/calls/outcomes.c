/* GET /api/v1/outcomes: each call counted once, at its first school, by its primary disposition. */
#include "api.h"
#include "calls.h"

static void outcomes_steps(struct exchange *exchange, struct db_job *job)
{
    const char *values[13] = {exchange->person.district, person_scope(&exchange->person)};

    for (size_t i = 0; i < FILTER_SQL; i++)
        values[2 + i] = exchange->filter.value[i];
    calls_plan(job);
    db_exec(job, "outcomes", &(struct db_params){.count = 13, .values = values}, false,
            exchange_row_cb, exchange);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/outcomes",
     .need = NEED_SESSION,
     .connection = CONNECTION_FIGURES,
     .parameters = FILTER_SQL,
     .check = calls_check,
     .steps = outcomes_steps},
};
static const char *const pages[] = {"/outcomes"};

const struct api_part outcomes_part = {API_PART_OF(outcomes), API_ROUTES(routes), API_PAGES(pages),
                                       API_STATEMENTS(outcomes)};
