#include "exchange.h"

#include "assets.h"
#include "cookie_session.h"
#include "limit.h"
#include "log.h"
#include "service.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct transaction {
    struct exchange *exchange;
    void (*steps)(struct exchange *exchange, struct db_job *job);
    void (*done)(struct exchange *exchange);
};

void exchange_free(struct exchange *exchange)
{
    if (exchange->end != NULL)
        exchange->end(exchange);
    free(exchange->body);
    if (exchange->own != NULL)
        sodium_memzero(exchange->own, exchange->own_size);
    free(exchange->own);
    free(exchange);
}

void exchange_json(struct exchange *exchange, int status, const char *json, size_t size)
{
    if (exchange->status != 0)
        return;
    exchange->body = malloc(size + 1);
    if (exchange->body == NULL) {
        exchange->status = 500;
        return;
    }
    memcpy(exchange->body, json, size);
    exchange->body[size] = '\0';
    exchange->body_size = size;
    exchange->status = status;
}

void exchange_error(struct exchange *exchange, int status, const char *code, const char *field,
                    const char *reason)
{
    json_t *error = json_pack("{s:{s:s, s:s?, s:s}}", "error", "code", code, "field",
                              field != NULL && field[0] != '\0' ? field : NULL, "reason", reason);
    char *text = error == NULL ? NULL : json_dumps(error, JSON_COMPACT);

    if (text != NULL)
        exchange_json(exchange, status, text, strlen(text));
    else if (exchange->status == 0)
        exchange->status = 500;
    free(text);
    json_decref(error);
}

void exchange_unavailable(struct exchange *exchange)
{
    exchange->retry_after_s = 1;
    exchange_error(exchange, 503, "unavailable", NULL,
                   "The database cannot be reached just now; nothing is lost.");
    exchange_reply(exchange);
}

void exchange_reply(struct exchange *exchange)
{
    struct http_answer answer = {
        .status = exchange->status,
        .content_type = exchange->body == NULL           ? NULL
                        : exchange->content_type != NULL ? exchange->content_type
                                                         : "application/json",
        .body = exchange->body,
        .size = exchange->body_size,
        .set_cookie =
            exchange->status < 300 && exchange->set_cookie[0] != '\0' ? exchange->set_cookie : NULL,
        .set_cookie_too =
            exchange->status < 300 && exchange->set_device[0] != '\0' ? exchange->set_device : NULL,
        .retry_after_s = exchange->retry_after_s,
        .allow = exchange->allow,
    };
    const char *pattern = exchange->route != NULL ? exchange->route->pattern : "-";

    if (answer.status == 0) {
        log_error("request", "route=%s reason=no-answer", pattern);
        answer.status = 500;
    }
    log_debug("request", "route=%s status=%d", pattern, answer.status);
    if (!exchange->service->stopping) /* the counters are closed while stopping */
        counters_add(exchange->service->counters,
                     answer.status < 500 ? "requests" : "failed_requests", "", 1);
    http_answer(exchange->request, &answer);
    exchange_free(exchange);
}

static void failed(struct exchange *exchange, const struct db_error *error)
{
    if (error == NULL || db_error_is_outage(error)) {
        exchange_unavailable(exchange);
        return;
    }
    log_error("statement", "route=%s sqlstate=%s", exchange->route->pattern,
              error->sqlstate[0] != '\0' ? error->sqlstate : "-");
    exchange_error(exchange, 500, "internal", NULL, "The server could not answer this.");
    exchange_reply(exchange);
}

static void committed_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct transaction *transaction = ctx;
    struct exchange *exchange = transaction->exchange;
    void (*done)(struct exchange *) = transaction->done;

    free(transaction);
    if (outcome == DB_REFUSED)
        failed(exchange, error);
    else if (outcome != DB_COMMITTED)
        exchange_unavailable(exchange);
    else if (exchange->status >= 300 || done == NULL)
        exchange_reply(exchange); /* a step set an error, or no step follows */
    else
        done(exchange);
}

static void first_step_cb(struct db_job *job, void *ctx)
{
    struct transaction *transaction = ctx;
    transaction->steps(transaction->exchange, job);
}

static void submit(struct exchange *exchange, struct db *db,
                   void (*steps)(struct exchange *, struct db_job *),
                   void (*done)(struct exchange *))
{
    struct transaction *transaction = NULL;

    if (!exchange->service->stopping) /* the databases are closed while stopping */
        transaction = malloc(sizeof *transaction);
    if (transaction == NULL) {
        exchange_unavailable(exchange);
        return;
    }
    *transaction = (struct transaction){exchange, steps, done};
    if (db_submit(db, first_step_cb, committed_cb, transaction) != 0) {
        free(transaction);
        exchange_unavailable(exchange);
    }
}

void exchange_transaction(struct exchange *exchange,
                          void (*steps)(struct exchange *exchange, struct db_job *job),
                          void (*done)(struct exchange *exchange))
{
    submit(exchange, exchange->service->db, steps, done);
}

void exchange_shows(struct exchange *exchange, struct db_job *job, const char *json)
{
    char session[SESSION_HASH_TEXT];

    if (strstr(json, "\"sealed\"") != NULL &&
        cookie_session_hash(exchange->service, exchange->request, session) == 0)
        db_exec_text(job, "sealed_shown", NULL, NULL, 2, session, json);
}

void exchange_row_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;

    if (PQntuples(result) == 0 || PQgetisnull(result, 0, 0))
        exchange_error(exchange, 404, "not_found", NULL, "There is none, or not for you.");
    else
        exchange_json(exchange, 200, PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0));
    if (exchange->person.id != 0 && exchange->status == 200)
        exchange_shows(exchange, job, exchange->body);
}

static void session_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;

    if (PQntuples(result) == 0 || person_read(&exchange->person, result) != 0) {
        exchange_error(exchange, 401, "unauthorized", NULL, "Please sign in.");
        return;
    }
    http_know(exchange->request);
    if (exchange->route->need == NEED_CSRF) {
        const char *given = exchange->request->csrf;
        size_t size = strlen(exchange->person.csrf);
        if (strlen(given) != size || sodium_memcmp(given, exchange->person.csrf, size) != 0) {
            exchange_error(exchange, 403, "bad_csrf", "X-CSRF-Token",
                           "Please load the page again.");
            return;
        }
    }
    exchange->route->steps(exchange, job);
}

static void route_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    if (exchange->route->need == NEED_NOTHING)
        exchange->route->steps(exchange, job);
    else if (cookie_session_hash(exchange->service, exchange->request, hash) == 0)
        session_find_hash(exchange->service, hash, job, session_cb, exchange);
    else
        exchange_error(exchange, 401, "unauthorized", NULL, "Please sign in.");
}

/* Finds the route. If the address only has another method, sets exchange->allow. */
static const struct route *find_route(struct exchange *exchange)
{
    static const char *const names[] = {"GET", "POST", "DELETE"};

    const struct route *route;

    for (size_t i = 0; (route = exchange->service->route_at(i)) != NULL; i++) {
        if (!router_match(route->pattern, exchange->request->path, &exchange->params))
            continue;
        if (route->method == exchange->request->method)
            return route;
        if (exchange->allow == NULL)
            exchange->allow = names[route->method];
    }
    return NULL;
}

/* Takes a token of the address's rate limit. False: the answer is set. */
static bool within_rate(struct exchange *exchange)
{
    int wait_s = 0;

    if (exchange->route != NULL && exchange->route->unlimited)
        return true;
    if (limit_take(exchange->service->limit, exchange->request->peer, &wait_s))
        return true;
    exchange->retry_after_s = wait_s;
    counters_add(exchange->service->counters, "rate_limited", "", 1);
    exchange_error(exchange, 429, "too_many", NULL, "Too many requests.");
    return false;
}

static void refuse_error(struct exchange *exchange, const struct error *error, int result)
{
    char reason[sizeof error->reason + 96];
    const char *field = error->field;
    bool unknown = result == ERR_ABSENT || result == ERR_SYNTAX;

    snprintf(reason, sizeof reason, "%s%s%s.", field[0] ? field : "It", " ", error->reason);
    exchange_error(exchange, 400, unknown ? "bad_request" : "bad_value", field, reason);
}

/* Makes the checks that need no database. False: the answer is set. */
static bool admit(struct exchange *exchange)
{
    const struct http_request *request = exchange->request;
    struct error error = {0};

    exchange->route = request->refused == 0 ? find_route(exchange) : NULL;
    if (!within_rate(exchange))
        return false;
    if (request->refused != 0) {
        exchange_error(exchange, request->refused,
                       request->refused == 413   ? "too_large"
                       : request->refused == 503 ? "unavailable"
                                                 : "bad_request",
                       NULL, request->refused_why);
        return false;
    }
    if (exchange->route == NULL && exchange->allow != NULL) {
        exchange_error(exchange, 405, "method_not_allowed", NULL, "That cannot be done here.");
        return false;
    }
    if (exchange->route == NULL) {
        exchange_error(exchange, 404, "not_found", NULL, "There is nothing at this address.");
        return false;
    }
    exchange->allow = NULL;
    int result = exchange->route->reads_query
                     ? 0
                     : filter_read(&exchange->filter, request->query, request->query_count,
                                   exchange->route->parameters, &error);
    if (result == 0 && exchange->route->check != NULL)
        result = exchange->route->check(exchange, &error);
    if (result != 0) {
        refuse_error(exchange, &error, result);
        return false;
    }
    return exchange->status == 0; /* a check may have set the answer */
}

void exchange_begin(struct service *service, struct http_request *request)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL) {
        http_answer(request, &(struct http_answer){.status = 503});
        return;
    }
    exchange->service = service;
    exchange->request = request;
    if (!admit(exchange)) {
        bool absent = exchange->status == 404 && exchange->route == NULL;
        if (absent && assets_answer_absent(service->assets, request))
            exchange_free(exchange);
        else
            exchange_reply(exchange);
        return;
    }
    const struct route *route = exchange->route;
    if (route->handle != NULL) {
        route->handle(exchange);
        return;
    }
    struct db *const connections[] = {
        [CONNECTION_MAIN] = service->db,
        [CONNECTION_FIGURES] = service->figures_db,
        [CONNECTION_PUBLIC] = service->public_db,
    };
    submit(exchange, connections[route->connection], route_steps, route->done);
}
