/* GET /api/v1/now: what is happening at my schools, and does somebody have it? */
#include "api.h"
#include "sentence.h"

#include <stdlib.h>

static int number(const PGresult *result, int column)
{
    return PQgetisnull(result, 0, column) ? 0 : atoi(PQgetvalue(result, 0, column));
}

static void facts_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    char text[SENTENCE_SIZE];

    if (PQntuples(result) == 0)
        return; /* no such district: no answer */
    const struct sentence facts = {
        .schools = number(result, 0),
        .school = PQgetvalue(result, 0, 1),
        .open = number(result, 2),
        .open_schools = number(result, 3),
        .what = PQgetvalue(result, 0, 4),
        .where = PQgetvalue(result, 0, 5),
        .under_way = number(result, 6),
        .on_scene = number(result, 7),
        .acknowledged_by = PQgetvalue(result, 0, 8),
        .alerted = PQgetvalue(result, 0, 9)[0] == 't',
        .since = PQgetvalue(result, 0, 10),
        .silent = number(result, 11),
        .silent_agency = PQgetvalue(result, 0, 12),
        .silent_since = PQgetvalue(result, 0, 13),
        .cleared = number(result, 14),
    };
    sentence_make(&facts, text);
    db_exec_text(job, "now_page", exchange_row_cb, exchange, 3, exchange->person.district,
                 person_scope(&exchange->person), text);
}

static void now_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "now_facts", facts_cb, exchange, 2, exchange->person.district,
                 person_scope(&exchange->person));
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/now", .need = NEED_SESSION, .steps = now_steps},
};
static const char *const pages[] = {"/", "/now"};

const struct api_part now_part = {API_PART_OF(now), API_ROUTES(routes), API_PAGES(pages),
                                  API_STATEMENTS(now)};
