/* GET /api/v1/now: the open calls at the person's schools, and whether somebody has acknowledged
 * them. */
#include "api.h"

static void now_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "now_page", exchange_row_cb, exchange, 2, exchange->person.district,
                 person_scope(&exchange->person));
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/now", .need = NEED_SESSION, .steps = now_steps},
};
static const char *const pages[] = {"/", "/now"};

const struct api_part now_part = {API_PART_OF(now), API_ROUTES(routes), API_PAGES(pages),
                                  API_STATEMENTS(now)};
