/* The steps of a sign-in: wait for a turn, count the try, hash on the thread pool, let the database
 * decide. See session.h. */
#include "sign_in.h"

#include "api.h"
#include "cookie.h"
#include "counters.h"
#include "decimal.h"
#include "log.h"
#include "password.h"
#include "service.h"
#include "session.h"
#include "turns.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOGIN_SIZE = 481, /* 120 characters */
    KEYED_SIZE = SIGN_IN_SOURCE_TEXT,
    ADDRESS_SIZE = 64,
    CSRF_OCTETS = 24,
    MAC_OCTETS = 16,
    DEVICE_OCTETS = SESSION_TOKEN_OCTETS + MAC_OCTETS,
    DEVICE_TEXT =
        sodium_base64_ENCODED_LEN(DEVICE_OCTETS, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
    BUSY_S = 2,
};

struct sign_in {
    struct turn turn;
    char login[LOGIN_SIZE];
    char password[PASSWORD_MAX + 1];
    char address[ADDRESS_SIZE];          /* peer of struct http_request; "": not an IP address */
    char by_address[KEYED_SIZE];         /* keyed hash of the address's network */
    char device[DEVICE_TEXT];            /* the cookie's value, as it came or as it will be set */
    char device_hash[SESSION_HASH_TEXT]; /* "": the browser has no device cookie */
    char ticket_hash[SESSION_HASH_TEXT];
    char salt[PASSWORD_HASH_SIZE];
    char hash[PASSWORD_HASH_SIZE], better[PASSWORD_HASH_SIZE];
    char token_hash[SESSION_HASH_TEXT];
};

static int take_text(const json_t *body, const char *name, char *out, size_t size, size_t most,
                     struct error *error)
{
    const json_t *value = json_object_get(body, name);
    size_t characters = 0;

    if (value == NULL)
        return error_set(error, ERR_MISSING, name, "is missing");
    if (!json_is_string(value))
        return error_set(error, ERR_TYPE, name, "must be a text");
    const char *text = json_string_value(value);
    for (const char *at = text; *at != '\0'; at++)
        characters += ((unsigned char)*at & 0xC0) != 0x80;
    if (characters < 1 || characters > most || json_string_length(value) >= size ||
        strlen(text) != json_string_length(value))
        return error_set(error, ERR_SIZE, name, "must have 1 to %zu characters", most);
    strcpy(out, text);
    return 0;
}

static int read_body(const struct http_request *request, struct sign_in *own, struct error *error)
{
    json_error_t json_error;
    json_t *body = json_loadb(request->body != NULL ? request->body : "", request->body_size,
                              JSON_REJECT_DUPLICATES, &json_error);
    int result;

    if (body == NULL)
        return error_set(error, ERR_SYNTAX, "body", "is not JSON (line %d, column %d)",
                         json_error.line, json_error.column);
    if (!json_is_object(body))
        result = error_set(error, ERR_TYPE, "body", "must be an object");
    else if ((result = take_text(body, "login", own->login, sizeof own->login, 120, error)) == 0 &&
             (result = take_text(body, "password", own->password, sizeof own->password,
                                 PASSWORD_MAX, error)) == 0 &&
             json_object_size(body) != 2)
        result = error_set(error, ERR_SYNTAX, "body", "has members that are not known");
    json_decref(body);
    return result;
}

/* A hash under the service's secret; kind separates hashes of different kinds of values. */
static void keyed(const struct service *service, char kind, const void *octets, size_t size,
                  unsigned char out[MAC_OCTETS])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, service->secret, sizeof service->secret, MAC_OCTETS);
    crypto_generichash_update(&state, (const unsigned char *)&kind, 1);
    crypto_generichash_update(&state, octets, size);
    crypto_generichash_final(&state, out, MAC_OCTETS);
}

static void keyed_text(const struct service *service, char kind, const void *octets, size_t size,
                       char out[KEYED_SIZE])
{
    unsigned char hash[MAC_OCTETS];

    keyed(service, kind, octets, size, hash);
    sodium_bin2hex(out, KEYED_SIZE, hash, sizeof hash);
}

/* The octets by which an address is counted; 0: it is none. A client usually controls the whole /64
 * of its IPv6 address. */
static size_t network_of(const char *address, unsigned char octets[16])
{
    if (inet_pton(AF_INET, address, octets) == 1)
        return 4;
    if (inet_pton(AF_INET6, address, octets) != 1)
        return 0;
    if (memcmp(octets, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) != 0)
        return 8;
    memmove(octets, octets + 12, 4); /* an IPv4-mapped IPv6 address */
    return 4;
}

/* The peer may be a network. */
static void address_of(const char *peer, char out[ADDRESS_SIZE])
{
    snprintf(out, ADDRESS_SIZE, "%.*s", (int)strcspn(peer, "/"), peer);
}

void sign_in_source(const struct service *service, const char *peer, char out[SIGN_IN_SOURCE_TEXT])
{
    char address[ADDRESS_SIZE];
    unsigned char octets[16];

    address_of(peer, address);
    size_t size = network_of(address, octets);
    keyed_text(service, 'a', size > 0 ? (const void *)octets : peer, size > 0 ? size : strlen(peer),
               out);
}

static void read_address(const struct service *service, const char *peer, struct sign_in *own)
{
    unsigned char octets[16];

    address_of(peer, own->address);
    if (network_of(own->address, octets) == 0)
        own->address[0] = '\0';
    sign_in_source(service, peer, own->by_address);
}

/* Whether the browser has a device cookie of this service. The database checks whose it is. */
static bool read_device(const struct exchange *exchange, struct sign_in *own)
{
    const struct service *service = exchange->service;
    unsigned char octets[DEVICE_OCTETS], mac[MAC_OCTETS];
    size_t size = 0;

    if (service->config->device_days == 0 ||
        cookie_get(exchange->request->cookie, session_device_name(service), own->device,
                   sizeof own->device) != 0 ||
        sodium_base642bin(octets, sizeof octets, own->device, strlen(own->device), NULL, &size,
                          NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != sizeof octets)
        return false;
    keyed(service, 'd', octets, SESSION_TOKEN_OCTETS, mac);
    if (sodium_memcmp(mac, octets + SESSION_TOKEN_OCTETS, sizeof mac) != 0)
        return false;
    session_hash_octets(octets, SESSION_TOKEN_OCTETS, own->device_hash);
    return true;
}

static void make_device(const struct service *service, struct sign_in *own)
{
    unsigned char octets[DEVICE_OCTETS];

    own->device[0] = '\0';
    if (service->config->device_days == 0)
        return;
    randombytes_buf(octets, SESSION_TOKEN_OCTETS);
    keyed(service, 'd', octets, SESSION_TOKEN_OCTETS, octets + SESSION_TOKEN_OCTETS);
    sodium_bin2base64(own->device, sizeof own->device, octets, sizeof octets,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    session_hash_octets(octets, SESSION_TOKEN_OCTETS, own->device_hash);
}

static int sign_in_check(struct exchange *exchange, struct error *error)
{
    const struct http_request *request = exchange->request;
    struct sign_in *own = calloc(1, sizeof *own);

    if (own == NULL)
        return error_set(error, ERR_NOMEM, "", "the server is busy");
    exchange->own = own;
    exchange->own_size = sizeof *own;
    /* A form of another site cannot send this content type without a CORS preflight. */
    if (strncasecmp(request->content_type, "application/json", 16) != 0)
        return error_set(error, ERR_SYNTAX, "content-type", "must be application/json");
    return read_body(request, own, error);
}

static void busy(struct exchange *exchange)
{
    exchange->retry_after_s = BUSY_S;
    if (!exchange->service->stopping)
        counters_add(exchange->service->counters, "sign_ins_busy", "", 1);
    exchange_error(exchange, 429, "too_many", NULL, "Many people sign in just now.");
    exchange_reply(exchange);
}

static void make_cookies(struct exchange *exchange, const char *token)
{
    const struct service *service = exchange->service;
    const struct sign_in *own = exchange->own;
    const char *secure = service->secure ? "; Secure" : "";

    snprintf(exchange->set_cookie, sizeof exchange->set_cookie,
             "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%ld%s", session_cookie_name(service),
             token, (long)service->config->absolute_h * 3600, secure);
    if (own->device[0] != '\0')
        snprintf(exchange->set_device, sizeof exchange->set_device,
                 "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%ld%s",
                 session_device_name(service), own->device,
                 (long)service->config->device_days * 86400, secure);
}

static void finished_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    const struct sign_in *own = exchange->own;

    if (PQntuples(result) == 0 || person_read(&exchange->person, result) != 0) {
        counters_add(exchange->service->counters, "sign_ins_failed", "", 1);
        exchange_error(exchange, 401, "bad_credentials", NULL,
                       "The login or the password is wrong.");
        return;
    }
    session_show_hash(exchange, own->token_hash, job);
}

static void finish_steps(struct exchange *exchange, struct db_job *job)
{
    struct sign_in *own = exchange->own;
    unsigned char token[SESSION_TOKEN_OCTETS], csrf[CSRF_OCTETS];
    char token_text[64], csrf_text[64];

    randombytes_buf(token, sizeof token);
    randombytes_buf(csrf, sizeof csrf);
    session_hash_octets(token, sizeof token, own->token_hash);
    sodium_bin2base64(token_text, sizeof token_text, token, sizeof token,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_bin2base64(csrf_text, sizeof csrf_text, csrf, sizeof csrf,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    make_cookies(exchange, token_text);
    db_exec_text(job, "sign_in_finish", finished_cb, exchange, 7, own->ticket_hash, own->hash,
                 own->better[0] != '\0' ? own->better : NULL, own->token_hash, csrf_text,
                 own->device_hash[0] != '\0' ? own->device_hash : NULL,
                 DECIMAL(exchange->service->config->absolute_h));
    sodium_memzero(token, sizeof token);
    sodium_memzero(token_text, sizeof token_text);
}

static void hashed_cb(void *ctx, const char *hash, const char *better)
{
    struct exchange *exchange = ctx;
    struct sign_in *own = exchange->own;

    snprintf(own->hash, sizeof own->hash, "%s", hash);
    snprintf(own->better, sizeof own->better, "%s", better);
    exchange_transaction(exchange, finish_steps, NULL);
}

static void tried_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct sign_in *own = exchange->own;
    int wait_s = atoi(PQgetvalue(result, 0, 0));
    (void)job;

    if (wait_s > 0) {
        exchange->retry_after_s = wait_s;
        counters_add(exchange->service->counters, "sign_ins_locked", "", 1);
        exchange_error(exchange, 429, "too_many", NULL, "Too many wrong passwords.");
    } else if (!PQgetisnull(result, 0, 1) && (size_t)PQgetlength(result, 0, 1) < sizeof own->salt) {
        strcpy(own->salt, PQgetvalue(result, 0, 1));
    } else {
        password_salt(own->salt);
    }
}

static void try_steps(struct exchange *exchange, struct db_job *job)
{
    const struct service_config *config = exchange->service->config;
    struct sign_in *own = exchange->own;
    unsigned char ticket[SESSION_TOKEN_OCTETS];
    char key[KEYED_SIZE];

    randombytes_buf(ticket, sizeof ticket);
    session_hash_octets(ticket, sizeof ticket, own->ticket_hash);
    keyed_text(exchange->service, 'l', "", 0, key);
    db_exec_text(job, "sign_in_try", tried_cb, exchange, 10, own->login, key, own->by_address,
                 own->address[0] != '\0' ? own->address : NULL,
                 own->device_hash[0] != '\0' ? own->device_hash : NULL, own->ticket_hash,
                 DECIMAL(config->tries), DECIMAL(config->window_min * 60),
                 DECIMAL(config->lock_min * 60), DECIMAL(config->device_days));
}

static void try_done(struct exchange *exchange)
{
    struct sign_in *own = exchange->own;
    struct service *service = exchange->service;
    int result = password_hash(service->loop, own->password, own->salt, hashed_cb, exchange);

    if (result == ERR_SYNTAX) { /* a stored hash of another format: the sign-in fails */
        log_error("sign_in", "reason=unknown-hash");
        password_salt(own->salt);
        result = password_hash(service->loop, own->password, own->salt, hashed_cb, exchange);
    }
    sodium_memzero(own->password, sizeof own->password);
    if (result != 0) {
        busy(exchange);
        return;
    }
    if (own->device_hash[0] == '\0')
        make_device(service, own);
}

static void begin_cb(void *ctx)
{
    exchange_transaction(ctx, try_steps, try_done);
}

static void refused_cb(void *ctx)
{
    busy(ctx);
}

static void end(struct exchange *exchange)
{
    struct sign_in *own = exchange->own;
    turns_leave(exchange->service->turns, &own->turn);
}

static void sign_in(struct exchange *exchange)
{
    struct sign_in *own = exchange->own;
    char source[TURN_SOURCE_SIZE];

    read_address(exchange->service, exchange->request->peer, own);
    if (read_device(exchange, own)) /* a known browser has a separate line */
        snprintf(source, sizeof source, "d:%.40s", own->device_hash + 2);
    else
        snprintf(source, sizeof source, "a:%s", own->by_address);
    own->turn.begin_cb = begin_cb;
    own->turn.refuse_cb = refused_cb;
    own->turn.ctx = exchange;
    exchange->end = end;
    if (!turns_enter(exchange->service->turns, &own->turn, source))
        busy(exchange);
}

static void upkeep_steps_cb(struct db_job *job, void *ctx)
{
    const struct service *service = ctx;

    db_exec_text(job, "sign_in_upkeep", NULL, NULL, 1, DECIMAL(service->config->idle_min));
}

static void upkeep_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("sign_in_upkeep", "sqlstate=%s", error->sqlstate);
}

void sign_in_upkeep(struct service *service)
{
    if (!service->stopping)
        db_submit(service->db, upkeep_steps_cb, upkeep_done_cb, service);
}

static const struct route routes[] = {
    {.method = HTTP_POST, .pattern = "/api/v1/session", .check = sign_in_check, .handle = sign_in},
};
static const char *const pages[] = {"/sign-in"};

const struct api_part sign_in_part = {API_PART_OF(sign_in), API_ROUTES(routes), API_PAGES(pages),
                                      API_STATEMENTS(sign_in)};
