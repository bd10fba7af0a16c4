/* The long way of a sign-in: look, compare on the thread pool, store. See session.h. */
#include "session.h"

#include "counters.h"
#include "log.h"
#include "password.h"
#include "service.h"
#include "sign_in.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOGIN_SIZE = 481, /* 120 characters */
    SUBJECT_SIZE = 2 + 2 * 16 + 1,
    CSRF_OCTETS = 24,
};

struct sign_in {
    char login[LOGIN_SIZE];
    char password[PASSWORD_MAX + 1];
    char by_login[SUBJECT_SIZE], by_address[SUBJECT_SIZE]; /* keyed hashes: neither is stored */
    char person_id[16];
    char hash[PASSWORD_HASH_SIZE];
    char better[PASSWORD_HASH_SIZE];
    bool known;
    char token_hash[SESSION_HASH_TEXT];
};

/* A login waits after 5 failures, an address (a whole school may share one) after 50; each further
 * one doubles the wait, up to 5 minutes. 15 quiet minutes clear the count. */
const struct db_statement sign_in_statements[] = {
    {"sign_in_look",
     "select (select ceil(extract(epoch from max(last_at + make_interval(secs => least(300, "
     "    power(2, least(count - most, 20)))) - now())))::int "
     "  from dashboard.sign_in_failure "
     "  join (values ($2::text, 5), ($3::text, 50)) as u(subject, most) using (subject) "
     "  where count >= most and last_at > now() - interval '15 minutes') as wait_s, "
     "(select p.person_id || ' ' || p.password_hash from dashboard.person p "
     "  where p.login = lower($1) and p.active and exists (select 1 from dashboard.right r "
     "    where r.person_id = p.person_id and r.from_at <= now() and r.to_at > now())) as person"},
    {"sign_in_failed",
     "insert into dashboard.sign_in_failure as f (subject, count, last_at) "
     "values ($1, 1, now()), ($2, 1, now()) on conflict (subject) do update set "
     "count = case when f.last_at < now() - interval '15 minutes' then 1 else f.count + 1 end, "
     "last_at = now()"},
    {"sign_in_forget", "delete from dashboard.sign_in_failure "
                       "where subject = $1 or last_at < now() - interval '1 day'"},
    {"sign_in_expire", "delete from dashboard.session where expires_at < now() "
                       "or seen_at < now() - make_interval(mins => $1::int)"},
    {"sign_in_store",
     "insert into dashboard.session (token_hash, person_id, district_id, csrf, expires_at) "
     "select $1::bytea, $2::int, min(r.district_id), $3, now() + make_interval(hours => $4::int) "
     "from dashboard.right r where r.person_id = $2::int and r.from_at <= now() and r.to_at > "
     "now() "
     "having count(*) > 0"},
    {"sign_in_rehash", "update dashboard.person set password_hash = $2 where person_id = $1::int"},
};
const size_t sign_in_statement_count = sizeof sign_in_statements / sizeof sign_in_statements[0];

static int take_text(const json_t *body, const char *name, char *out, size_t size, size_t most,
                     struct fault *fault)
{
    const json_t *value = json_object_get(body, name);
    size_t characters = 0;

    if (value == NULL)
        return fault_set(fault, ERR_MISSING, name, "is missing");
    if (!json_is_string(value))
        return fault_set(fault, ERR_TYPE, name, "must be a text");
    const char *text = json_string_value(value);
    for (const char *at = text; *at != '\0'; at++)
        characters += ((unsigned char)*at & 0xC0) != 0x80;
    if (characters < 1 || characters > most || json_string_length(value) >= size ||
        strlen(text) != json_string_length(value))
        return fault_set(fault, ERR_SIZE, name, "must have 1 to %zu characters", most);
    strcpy(out, text);
    return 0;
}

static void subject(const struct service *service, char kind, const char *text,
                    char out[SUBJECT_SIZE])
{
    unsigned char hash[16];

    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text),
                       service->secret, sizeof service->secret);
    out[0] = kind;
    out[1] = ':';
    sodium_bin2hex(out + 2, SUBJECT_SIZE - 2, hash, sizeof hash);
}

static int read_body(const struct http_request *request, struct sign_in *own, struct fault *fault)
{
    json_error_t error;
    json_t *body = json_loadb(request->body != NULL ? request->body : "", request->body_size,
                              JSON_REJECT_DUPLICATES, &error);
    int result;

    if (body == NULL)
        return fault_set(fault, ERR_SYNTAX, "body", "is not JSON (line %d, column %d)", error.line,
                         error.column);
    if (!json_is_object(body))
        result = fault_set(fault, ERR_TYPE, "body", "must be an object");
    else if ((result = take_text(body, "login", own->login, sizeof own->login, 120, fault)) == 0 &&
             (result = take_text(body, "password", own->password, sizeof own->password,
                                 PASSWORD_MAX, fault)) == 0 &&
             json_object_size(body) != 2)
        result = fault_set(fault, ERR_SYNTAX, "body", "has members that are not known");
    json_decref(body);
    return result;
}

int session_sign_in_check(struct exchange *exchange, struct fault *fault)
{
    const struct http_request *request = exchange->request;
    struct sign_in *own = calloc(1, sizeof *own);

    if (own == NULL)
        return fault_set(fault, ERR_NOMEM, "", "the server is busy");
    exchange->own = own;
    exchange->own_size = sizeof *own;
    /* A form on another site cannot send this type without asking the browser's leave. */
    if (strncasecmp(request->content_type, "application/json", 16) != 0)
        return fault_set(fault, ERR_SYNTAX, "content-type", "must be application/json");
    int result = read_body(request, own, fault);
    if (result != 0)
        return result;
    char lowered[LOGIN_SIZE];
    for (size_t i = 0; i < sizeof lowered; i++)
        lowered[i] = own->login[i] >= 'A' && own->login[i] <= 'Z' ? (char)(own->login[i] + 32)
                                                                  : own->login[i];
    subject(exchange->service, 'l', lowered, own->by_login);
    subject(exchange->service, 'a', request->peer, own->by_address);
    return 0;
}

static void failed_steps(struct exchange *exchange, struct db_job *job)
{
    const struct sign_in *own = exchange->own;

    db_exec_text(job, "sign_in_failed", NULL, NULL, 2, own->by_login, own->by_address);
    db_exec_text(job, "audit", NULL, NULL, 3, "-", "sign_in_failed", "session");
}

static void failed_done(struct exchange *exchange)
{
    counters_add(exchange->service->counters, "sign_ins_failed", "", 1);
    exchange_error(exchange, 401, "bad_credentials", NULL, "The login or the password is wrong.");
    exchange_reply(exchange);
}

static void stored_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct sign_in *own = exchange->own;
    char actor[32];

    if (PQntuples(result) == 0 || person_read(&exchange->person, result) != 0) {
        exchange_error(exchange, 401, "bad_credentials", NULL,
                       "The login or the password is wrong.");
        return;
    }
    snprintf(actor, sizeof actor, "person:%d", exchange->person.id);
    db_exec_text(job, "audit", NULL, NULL, 3, actor, "sign_in", "session");
    db_exec_text(job, "session_show", exchange_row_cb, exchange, 2, own->token_hash,
                 person_scope(&exchange->person));
}

static void store_steps(struct exchange *exchange, struct db_job *job)
{
    struct sign_in *own = exchange->own;
    const struct service_config *config = exchange->service->config;
    unsigned char token[SESSION_TOKEN_OCTETS], csrf[CSRF_OCTETS];
    char token_text[64], csrf_text[64], hours[16], idle[16];

    randombytes_buf(token, sizeof token);
    randombytes_buf(csrf, sizeof csrf);
    session_hash_octets(token, sizeof token, own->token_hash);
    sodium_bin2base64(token_text, sizeof token_text, token, sizeof token,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_bin2base64(csrf_text, sizeof csrf_text, csrf, sizeof csrf,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    snprintf(hours, sizeof hours, "%d", config->absolute_h);
    snprintf(idle, sizeof idle, "%d", config->idle_min);
    snprintf(exchange->set_cookie, sizeof exchange->set_cookie,
             "liaison_session=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%ld%s", token_text,
             (long)config->absolute_h * 3600, exchange->service->secure ? "; Secure" : "");

    db_exec_text(job, "sign_in_forget", NULL, NULL, 1, own->by_login);
    db_exec_text(job, "sign_in_expire", NULL, NULL, 1, idle);
    if (own->better[0] != '\0')
        db_exec_text(job, "sign_in_rehash", NULL, NULL, 2, own->person_id, own->better);
    db_exec_text(job, "sign_in_store", NULL, NULL, 4, own->token_hash, own->person_id, csrf_text,
                 hours);
    session_find_hash(exchange->service, own->token_hash, job, stored_cb, exchange);
}

static void compared_cb(void *ctx, bool matches, const char *better)
{
    struct exchange *exchange = ctx;
    struct sign_in *own = exchange->own;

    exchange->service->hashing--;
    snprintf(own->better, sizeof own->better, "%s", better);
    if (matches && own->known)
        exchange_transaction(exchange, store_steps, NULL);
    else
        exchange_transaction(exchange, failed_steps, failed_done);
}

static void looked_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct sign_in *own = exchange->own;
    const char *person = PQgetvalue(result, 0, 1);
    int wait_s = PQgetisnull(result, 0, 0) ? 0 : atoi(PQgetvalue(result, 0, 0));
    (void)job;

    if (wait_s > 0) {
        exchange->retry_after_s = wait_s;
        exchange_error(exchange, 429, "too_many", NULL,
                       "Too many wrong passwords; please wait a moment.");
        return;
    }
    const char *space = strchr(person, ' ');
    if (space != NULL && (size_t)(space - person) < sizeof own->person_id &&
        strlen(space + 1) < sizeof own->hash) {
        memcpy(own->person_id, person, (size_t)(space - person));
        strcpy(own->hash, space + 1);
        own->known = true;
    } else {
        strcpy(own->hash, exchange->service->dummy_hash);
    }
}

static void look_steps(struct exchange *exchange, struct db_job *job)
{
    const struct sign_in *own = exchange->own;
    db_exec_text(job, "sign_in_look", looked_cb, exchange, 3, own->login, own->by_login,
                 own->by_address);
}

static void look_done(struct exchange *exchange)
{
    struct sign_in *own = exchange->own;
    struct service *service = exchange->service;

    if (service->hashing >= PASSWORD_MAX_AT_ONCE ||
        password_compare(service->loop, own->password, own->hash, compared_cb, exchange) != 0) {
        exchange->retry_after_s = 2;
        exchange_error(exchange, 429, "too_many", NULL, "Many people sign in just now.");
        exchange_reply(exchange);
        return;
    }
    service->hashing++;
    sodium_memzero(own->password, sizeof own->password);
}

void session_sign_in(struct exchange *exchange)
{
    exchange_transaction(exchange, look_steps, look_done);
}
