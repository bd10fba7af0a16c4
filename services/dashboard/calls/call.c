/* GET /api/v1/calls/{agency}/{incident}, POST .../acknowledge, and POST /api/v1/alerts/{alert}. */
#include "act.h"
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
    char session[SESSION_HASH_TEXT] = "";

    session_hash(exchange, session);
    db_exec_text(job, "call_detail", exchange_row_cb, exchange, 5, exchange->person.district,
                 person_scope(&exchange->person), exchange->params.value[0],
                 exchange->params.value[1], session);
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

static int alert_check(struct exchange *exchange, struct error *error)
{
    const char *alert = exchange->params.value[0];
    size_t size = strlen(alert);

    if (size == 0 || size > 18 || strspn(alert, "0123456789") != size) {
        exchange_error(exchange, 404, "not_found", NULL, "There is none, or not for you.");
        return 0;
    }
    return act_read(exchange, false, error);
}

static void said_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct act *act = exchange->own;
    static const char noted[] = "{\"noted\":true}";

    (void)job;
    if (PQgetisnull(result, 0, 0)) {
        exchange_error(exchange, 404, "not_found", NULL, "There is none, or not for you.");
        return;
    }
    act->noted = PQgetvalue(result, 0, 0)[0] == 't';
    if (!act->noted) {
        act_refuse(exchange, PQgetvalue(result, 0, 1));
        return;
    }
    act->district = person_district(&exchange->person);
    act->alert = strtoll(exchange->params.value[0], NULL, 10);
    exchange_json(exchange, 200, noted, sizeof noted - 1);
}

static void alert_steps(struct exchange *exchange, struct db_job *job)
{
    const struct act *act = exchange->own;
    char session[SESSION_HASH_TEXT] = "";

    session_hash(exchange, session);
    db_exec_text(job, "alert_say", said_cb, exchange, 6, session, exchange->person.district,
                 exchange->params.value[0], act->what, act_to(act), act_text(act));
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
    {.method = HTTP_POST,
     .pattern = "/api/v1/alerts/{}",
     .need = NEED_CSRF,
     .check = alert_check,
     .steps = alert_steps,
     .done = act_done},
};
static const char *const pages[] = {"/calls/{}/{+}"};

const struct api_part call_part = {API_PART_OF(call), API_ROUTES(routes), API_PAGES(pages),
                                   API_STATEMENTS(call)};
