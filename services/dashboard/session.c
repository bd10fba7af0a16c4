#include "session.h"

#include "api.h"
#include "cookie.h"
#include "counters.h"
#include "log.h"
#include "service.h"
#include "stream.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_TEXT \
    sodium_base64_ENCODED_LEN(SESSION_TOKEN_OCTETS, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

const char *session_cookie_name(const struct service *service)
{
    return service->secure ? "__Host-liaison_session" : "liaison_session";
}

const char *session_device_name(const struct service *service)
{
    return service->secure ? "__Host-liaison_device" : "liaison_device";
}

void session_hash_octets(const void *octets, size_t size, char out[SESSION_HASH_TEXT])
{
    unsigned char hash[32];

    crypto_generichash(hash, sizeof hash, octets, size, NULL, 0);
    out[0] = '\\';
    out[1] = 'x';
    sodium_bin2hex(out + 2, SESSION_HASH_TEXT - 2, hash, sizeof hash);
}

int session_hash(const struct exchange *exchange, char out[SESSION_HASH_TEXT])
{
    char text[TOKEN_TEXT];
    unsigned char token[SESSION_TOKEN_OCTETS];
    size_t size = 0;

    if (cookie_get(exchange->request->cookie, session_cookie_name(exchange->service), text,
                   sizeof text) != 0 ||
        sodium_base642bin(token, sizeof token, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != sizeof token)
        return ERR_ABSENT;
    session_hash_octets(token, sizeof token, out);
    return 0;
}

void session_find_hash(struct service *service, const char *hash, struct db_job *job,
                       db_result_cb found, void *ctx)
{
    char idle[16];

    snprintf(idle, sizeof idle, "%d", service->config->idle_min);
    db_exec_text(job, "session_find", found, ctx, 2, hash, idle);
}

int session_find(struct exchange *exchange, struct db_job *job, db_result_cb found)
{
    char hash[SESSION_HASH_TEXT];

    int result = session_hash(exchange, hash);
    if (result == 0)
        session_find_hash(exchange->service, hash, job, found, exchange);
    return result;
}

void session_show_hash(struct exchange *exchange, const char *hash, struct db_job *job)
{
    char idle[16];

    snprintf(idle, sizeof idle, "%d", exchange->service->config->idle_min);
    db_exec_text(job, "session_show", exchange_row_cb, exchange, 3, hash, idle,
                 person_scope(&exchange->person));
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
