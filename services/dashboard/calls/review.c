/* GET /api/v1/reviews and POST /api/v1/reviews/{agency}/{incident}: questions about the place of
 * a call. Only people of role district may answer: others see some of the district's schools, and
 * cannot decide between all of them. */
#include "api.h"
#include "session.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SCHOOL_SIZE = 16 };

struct answer {
    char school[SCHOOL_SIZE]; /* "": the call is at no school */
    bool remember;
};

static bool is_allowed(struct exchange *exchange)
{
    if (!exchange->person.whole_district)
        exchange_error(exchange, 403, "forbidden", NULL,
                       "Only people of the whole district decide where a call is.");
    return exchange->person.whole_district;
}

/* others: how many further questions the answer settled; NULL: there was no answer. */
static void give_list(struct exchange *exchange, struct db_job *job, const char *others)
{
    db_exec_text(job, "reviews", exchange_row_cb, exchange, 2, exchange->person.district, others);
}

static void reviews_steps(struct exchange *exchange, struct db_job *job)
{
    if (is_allowed(exchange))
        give_list(exchange, job, NULL);
}

static int read_answer(const json_t *body, struct answer *answer, struct error *error)
{
    const json_t *school = json_object_get(body, "school");
    const json_t *remember = json_object_get(body, "remember");
    json_int_t id = json_integer_value(school);

    if (school == NULL)
        return error_set(error, ERR_MISSING, "school", "is missing");
    if (!json_is_null(school) && (!json_is_integer(school) || id < 1 || id > INT32_MAX))
        return error_set(error, ERR_TYPE, "school", "must be the id of a school, or null");
    if (!json_is_boolean(remember))
        return error_set(error, ERR_TYPE, "remember", "must be true or false");
    if (json_object_size(body) != 2)
        return error_set(error, ERR_SYNTAX, "body", "has members that are not known");
    if (!json_is_null(school))
        snprintf(answer->school, sizeof answer->school, "%d", (int)id);
    answer->remember = json_is_true(remember);
    return 0;
}

static int review_check(struct exchange *exchange, struct error *error)
{
    const struct http_request *request = exchange->request;
    struct answer *answer = calloc(1, sizeof *answer);
    json_error_t json_error;

    if (answer == NULL)
        return error_set(error, ERR_NOMEM, "", "the server is busy");
    exchange->own = answer;
    exchange->own_size = sizeof *answer;
    if (strncasecmp(request->content_type, "application/json", 16) != 0)
        return error_set(error, ERR_SYNTAX, "content-type", "must be application/json");
    json_t *body = json_loadb(request->body != NULL ? request->body : "", request->body_size,
                              JSON_REJECT_DUPLICATES, &json_error);
    if (body == NULL)
        return error_set(error, ERR_SYNTAX, "body", "is not JSON (line %d, column %d)",
                         json_error.line, json_error.column);
    int result = json_is_object(body) ? read_answer(body, answer, error)
                                      : error_set(error, ERR_TYPE, "body", "must be an object");
    json_decref(body);
    return result;
}

static void decided_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;

    if (PQntuples(result) == 0)
        exchange_error(exchange, 404, "not_found", NULL, "There is none, or not for you.");
    else if (PQgetvalue(result, 0, 0)[0] == 'f')
        exchange_error(exchange, 400, "bad_value", "school",
                       "school must be the id of one of the district's schools.");
    else if (PQgetisnull(result, 0, 1))
        exchange_error(exchange, 409, "settled", NULL,
                       "Somebody has answered this, or the agency has.");
    else
        give_list(exchange, job, PQgetvalue(result, 0, 1));
}

static void review_steps(struct exchange *exchange, struct db_job *job)
{
    const struct person *person = &exchange->person;
    const struct answer *answer = exchange->own;
    char session[SESSION_HASH_TEXT] = "";

    if (!is_allowed(exchange))
        return;
    session_hash(exchange, session);
    db_exec_text(job, "review_decide", decided_cb, exchange, 6, person->district,
                 exchange->params.value[0], exchange->params.value[1],
                 answer->school[0] ? answer->school : NULL, answer->remember ? "true" : "false",
                 session);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/reviews",
     .need = NEED_SESSION,
     .steps = reviews_steps},
    {.method = HTTP_POST,
     .pattern = "/api/v1/reviews/{}/{+}",
     .need = NEED_CSRF,
     .check = review_check,
     .steps = review_steps},
};
static const char *const pages[] = {"/review"};

const struct api_part review_part = {API_PART_OF(review), API_ROUTES(routes), API_PAGES(pages),
                                     API_STATEMENTS(review)};
