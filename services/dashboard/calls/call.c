/* GET /api/v1/calls/{agency}/{incident} and POST .../acknowledge. */
#include "api.h"
#include "counters.h"
#include "service.h"
#include "session.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void call_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "call_detail", exchange_row_cb, exchange, 4, exchange->person.district,
                 person_scope(&exchange->person), exchange->params.value[0],
                 exchange->params.value[1]);
}

static void acknowledged_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    const struct person *person = &exchange->person;

    if (PQntuples(result) == 0) {
        exchange_error(exchange, 404, "not_found", NULL, "There is none, or not for you.");
        return;
    }
    if (strcmp(PQgetvalue(result, 0, 0), "0") == 0) {
        exchange_error(exchange, 409, "no_alert", NULL,
                       "Nobody was alerted: there is nothing to acknowledge.");
        return;
    }
    if (!PQgetisnull(result, 0, 1)) {
        const char *alerts = PQgetvalue(result, 0, 1);
        exchange->own = strdup(alerts);
        exchange->own_size = exchange->own == NULL ? 0 : strlen(alerts);
    }
    db_exec_text(job, "call_only", exchange_row_cb, exchange, 4, person->district,
                 person_scope(person), exchange->params.value[0], exchange->params.value[1]);
}

static void call_acknowledge_steps(struct exchange *exchange, struct db_job *job)
{
    char session[SESSION_HASH_TEXT] = "";

    session_hash(exchange, session);
    db_exec_text(job, "call_acknowledge", acknowledged_cb, exchange, 5, exchange->person.district,
                 person_scope(&exchange->person), exchange->params.value[0],
                 exchange->params.value[1], session);
}

static void call_acknowledge_done(struct exchange *exchange)
{
    const char *list = exchange->own;

    while (list != NULL && *list != '\0') {
        char *end;
        list += strcspn(list, "0123456789");
        int64_t alert = strtoll(list, &end, 10);
        if (end == list)
            break;
        list = end;
        streams_tell_alert(exchange->service, person_district(&exchange->person), alert);
    }
    exchange_reply(exchange);
}

static const struct route routes[] = {
    {.method = HTTP_POST,
     .pattern = "/api/v1/calls/{}/{+}/acknowledge",
     .need = NEED_CSRF,
     .steps = call_acknowledge_steps,
     .done = call_acknowledge_done},
    {.method = HTTP_GET,
     .pattern = "/api/v1/calls/{}/{+}",
     .need = NEED_SESSION,
     .steps = call_steps},
};
static const char *const pages[] = {"/calls/{}/{+}"};

const struct api_part call_part = {API_PART_OF(call), API_ROUTES(routes), API_PAGES(pages),
                                   API_STATEMENTS(call)};
