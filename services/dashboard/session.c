#include "session.h"

#include "cookie.h"
#include "counters.h"
#include "log.h"
#include "service.h"
#include "stream.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE "liaison_session"
#define TOKEN_TEXT \
    sodium_base64_ENCODED_LEN(SESSION_TOKEN_OCTETS, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

/* $1 hash of the cookie, $2 minutes of idleness; the row is touched at most once a minute */
#define VALID                                            \
    "s.token_hash = $1::bytea and s.expires_at > now() " \
    "and s.seen_at > now() - make_interval(mins => $2::int)"

#define FIND                                                                                 \
    "select " PERSON_COLUMNS " from dashboard.session s "                                    \
    "join dashboard.person p using (person_id) "                                             \
    "join dashboard.right r on r.person_id = s.person_id and r.district_id = s.district_id " \
    "  and r.from_at <= now() and r.to_at > now() "                                          \
    "where " VALID " and p.active "                                                          \
    "group by p.person_id, s.district_id, p.login, p.name, s.csrf"

const struct db_statement session_statements[] = {
    {"session_find", "with touched as (update dashboard.session s set seen_at = now() "
                     "  where " VALID " and s.seen_at < now() - interval '1 minute') " FIND},
    {"session_check", FIND},
    {"session_show",
     "select json_build_object("
     "'user', json_build_object('login', p.login, 'name', p.name, "
     "  'role', case when $2::int[] is null then 'district' else 'school' end, "
     "  'schools', to_json($2::int[])), "
     "'district', json_build_object('id', d.district_id, 'slug', d.slug, 'name', d.name, "
     "  'zone', d.zone, 'hours', json_build_object('start', to_char(d.hours_start, 'HH24:MI'), "
     "  'end', to_char(d.hours_end, 'HH24:MI')), 'year_start_month', d.year_start_month), "
     "'csrf', s.csrf) "
     "from dashboard.session s join dashboard.person p using (person_id) "
     "join district.district d using (district_id) where s.token_hash = $1::bytea"},
    {"session_end", "delete from dashboard.session where token_hash = $1::bytea"},
    {"audit", "insert into liaison.audit (actor, action, object) values ($1, $2, $3)"},
};
const size_t session_statement_count = sizeof session_statements / sizeof session_statements[0];

void session_hash_octets(const void *octets, size_t size, char out[SESSION_HASH_TEXT])
{
    unsigned char hash[32];

    crypto_generichash(hash, sizeof hash, octets, size, NULL, 0);
    out[0] = '\\';
    out[1] = 'x';
    sodium_bin2hex(out + 2, SESSION_HASH_TEXT - 2, hash, sizeof hash);
}

int session_hash(const struct http_request *request, char out[SESSION_HASH_TEXT])
{
    char text[TOKEN_TEXT];
    unsigned char token[SESSION_TOKEN_OCTETS];
    size_t size = 0;

    if (cookie_get(request->cookie, COOKIE, text, sizeof text) != 0 ||
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

void session_check_hash(struct service *service, const char *hash, struct db_job *job,
                        db_result_cb found, void *ctx)
{
    char idle[16];

    snprintf(idle, sizeof idle, "%d", service->config->idle_min);
    db_exec_text(job, "session_check", found, ctx, 2, hash, idle);
}

int session_find(struct service *service, const struct http_request *request, struct db_job *job,
                 db_result_cb found, void *ctx)
{
    char hash[SESSION_HASH_TEXT];

    int result = session_hash(request, hash);
    if (result == 0)
        session_find_hash(service, hash, job, found, ctx);
    return result;
}

void session_show_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    if (session_hash(exchange->request, hash) == 0)
        db_exec_text(job, "session_show", exchange_row_cb, exchange, 2, hash,
                     person_scope(&exchange->person));
}

void session_sign_out_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];
    char actor[32];

    if (session_hash(exchange->request, hash) != 0)
        return;
    snprintf(actor, sizeof actor, "person:%d", exchange->person.id);
    db_exec_text(job, "session_end", NULL, NULL, 1, hash);
    db_exec_text(job, "audit", NULL, NULL, 3, actor, "sign_out", "session");
}

void session_sign_out_done(struct exchange *exchange)
{
    char hash[SESSION_HASH_TEXT];

    if (session_hash(exchange->request, hash) == 0)
        streams_session_ended(exchange->service, hash);
    snprintf(exchange->set_cookie, sizeof exchange->set_cookie,
             COOKIE "=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0%s",
             exchange->service->secure ? "; Secure" : "");
    exchange->status = 204;
    exchange_reply(exchange);
}
