/* GET /api/v1/schools and /api/v1/codes. */
#include "api.h"

static void schools_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "schools", exchange_row_cb, exchange, 2, exchange->person.district,
                 person_scope(&exchange->person));
}

static void codes_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "codes", exchange_row_cb, exchange, 0);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/schools",
     .need = NEED_SESSION,
     .steps = schools_steps},
    {.method = HTTP_GET, .pattern = "/api/v1/codes", .need = NEED_SESSION, .steps = codes_steps},
};

const struct api_part lists_part = {API_PART_OF(lists), API_ROUTES(routes), API_STATEMENTS(lists)};
