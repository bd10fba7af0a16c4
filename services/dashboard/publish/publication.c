/*
 * GET /api/v1/public/{district}: the published figures, read by a role that can read nothing else.
 * publisher.c publishes the year on a separate connection.
 */
#include "api.h"

static void publication_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "published", exchange_row_cb, exchange, 1, exchange->params.value[0]);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/public/{}",
     .connection = CONNECTION_PUBLIC,
     .steps = publication_steps},
};
static const char *const pages[] = {"/public/{}"};

const struct api_part publication_part = {API_PART_OF(publication), .is_public = true,
                                          API_ROUTES(routes), API_PAGES(pages),
                                          API_STATEMENTS(publication)};
