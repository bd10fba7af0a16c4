#include "session.h"

#include "api.h"
#include "counters.h"
#include "decimal.h"
#include "log.h"
#include "service.h"
#include "stream.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int session_hash(const struct exchange *exchange, char out[SESSION_HASH_TEXT])
{
    return cookie_session_hash(exchange->service, exchange->request, out);
}

void session_show_hash(struct exchange *exchange, const char *hash, struct db_job *job)
{
    db_exec_text(job, "session_show", exchange_row_cb, exchange, 3, hash,
                 DECIMAL(exchange->service->config->idle_min), person_scope(&exchange->person));
}

static void session_show_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    if (session_hash(exchange, hash) == 0)
        session_show_hash(exchange, hash, job);
}

static void session_sign_out_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    if (session_hash(exchange, hash) == 0)
        db_exec_text(job, "session_end", NULL, NULL, 1, hash);
}

static void session_sign_out_done(struct exchange *exchange)
{
    char hash[SESSION_HASH_TEXT];

    if (session_hash(exchange, hash) == 0)
        streams_session_ended(exchange->service, hash);
    snprintf(exchange->set_cookie, sizeof exchange->set_cookie,
             "%s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0%s",
             session_cookie_name(exchange->service), exchange->service->secure ? "; Secure" : "");
    exchange->status = 204;
    exchange_reply(exchange);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/session",
     .need = NEED_SESSION,
     .steps = session_show_steps},
    {.method = HTTP_DELETE,
     .pattern = "/api/v1/session",
     .need = NEED_CSRF,
     .steps = session_sign_out_steps,
     .done = session_sign_out_done},
};

const struct api_part session_part = {API_PART_OF(session), API_ROUTES(routes),
                                      API_STATEMENTS(session)};
