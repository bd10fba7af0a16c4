/* GET /api/v1/now: the open calls at the person's schools, and whether somebody has acknowledged
 * them. */
#include "api.h"
#include "service.h"
#include "watch.h"

#include <stdlib.h>

static void now_steps(struct exchange *exchange, struct db_job *job)
{
    const char *district = exchange->person.district;
    char *alerts = watch_alerts(exchange->service->watch, district);

    db_exec_text(job, "now_page", exchange_row_cb, exchange, 3, district,
                 person_scope(&exchange->person), alerts);
    free(alerts);
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/now", .need = NEED_SESSION, .steps = now_steps},
};
static const char *const pages[] = {"/", "/now"};

const struct api_part now_part = {API_PART_OF(now), API_ROUTES(routes), API_PAGES(pages),
                                  API_STATEMENTS(now)};
