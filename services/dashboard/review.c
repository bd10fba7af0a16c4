/* GET /api/v1/reviews and POST /api/v1/reviews/{agency}/{incident}: calls whose words leave the
 * place open. For people of the whole district: nobody else can say at which of its schools a call
 * is. */
#include "api.h"
#include "call_sql.h"
#include "session.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SCHOOL_SIZE = 16 };

struct answer {
    char school[SCHOOL_SIZE]; /* "": at none */
    bool remember;
};

#define CANDIDATES                                                                     \
    "coalesce((select json_agg(json_build_object('id', n.school_id, 'name', n.name, "  \
    "'method', c ->> 'method', 'confidence', (c ->> 'confidence')::real) order by o) " \
    "from jsonb_array_elements(q.candidates) with ordinality as e(c, o) "              \
    "join district.school n on n.district_id = q.district_id "                         \
    "and n.school_id = (c ->> 'school')::int), '[]')"

const struct db_statement review_statements[] = {
    /* Open ones by the time that is left, then those that went out as uncertain. $2: how many
     * others the answer settled, or null. */
    {"reviews",
     "with p as (select q.* from district.place_review q where q.district_id = $1::int "
     "  and (q.state = 'open' or (q.state = 'expired' and q.mode <> 'backfill' "
     "    and q.due_at > now() - interval '7 days')) "
     "  order by q.state = 'expired', case when q.state = 'open' then q.due_at end, "
     "  q.due_at desc, q.agency_id, q.incident_no limit 200) "
     "select json_build_object('as_of', " SQL_TIME(
         "now()") ", "
                  "'open', (select count(*) from district.place_review q where q.district_id = "
                  "$1::int "
                  "  and q.state = 'open'), 'others', $2::int, "
                  "'items', coalesce(json_agg(json_build_object('agency', a.slug, 'agency_name', "
                  "a.name, "
                  "  'incident', q.incident_no, 'state', q.state, 'mode', q.mode, "
                  "  'asked_at', " SQL_TIME("q.asked_at") ", 'due_at', " SQL_TIME(
                      "q.due_at") ", "
                                  "  'opened_at', " SQL_TIME(
                                      "q.opened_at") ", 'class', q.class, "
                                                     "  'type', (select t.name from code.type t "
                                                     "where t.code = q.type_code), "
                                                     "  'sensitivity', q.sensitivity, 'address', "
                                                     "q.address, 'place_name', q.place_name, "
                                                     "  'schools', " CANDIDATES
                                                     ") order by q.state = 'expired', "
                                                     "  case when q.state = 'open' then q.due_at "
                                                     "end, q.due_at desc, q.agency_id, "
                                                     "q.incident_no), "
                                                     "  '[]')) from p q join agency.agency a using "
                                                     "(agency_id)"},
    /* $2 slug, $3 incident, $4 school or null, $5 remember, $6 whose session. No row: no such
     * question. First column false: no such school. The second: how many others were settled with
     * it; null: it is answered. */
    {"review_decide",
     "select known.school, case when known.school then "
     "  district.answer_place_as($6::bytea, q.agency_id, q.incident_no, $4::int, "
     "  $5::boolean) end "
     "from (select $4::int is null or exists (select from district.school s "
     "  where s.district_id = $1::int and s.school_id = $4::int and s.active)) known(school), "
     "district.place_review q join agency.agency a using (agency_id) "
     "where q.district_id = $1::int and a.slug = $2 and q.incident_no = $3"},
};
const size_t review_statement_count = sizeof review_statements / sizeof review_statements[0];

static bool is_allowed(struct exchange *exchange)
{
    if (!exchange->person.whole_district)
        exchange_error(exchange, 403, "forbidden", NULL,
                       "Only people of the whole district decide where a call is.");
    return exchange->person.whole_district;
}

/* others: how many the answer settled with it; NULL: nothing was answered. */
static void give_list(struct exchange *exchange, struct db_job *job, const char *others)
{
    db_exec_text(job, "reviews", exchange_row_cb, exchange, 2, exchange->person.district, others);
}

void reviews_steps(struct exchange *exchange, struct db_job *job)
{
    if (is_allowed(exchange))
        give_list(exchange, job, NULL);
}

static int read_answer(const json_t *body, struct answer *answer, struct fault *fault)
{
    const json_t *school = json_object_get(body, "school");
    const json_t *remember = json_object_get(body, "remember");
    json_int_t id = json_integer_value(school);

    if (school == NULL)
        return fault_set(fault, ERR_MISSING, "school", "is missing");
    if (!json_is_null(school) && (!json_is_integer(school) || id < 1 || id > INT32_MAX))
        return fault_set(fault, ERR_TYPE, "school", "must be the id of a school, or null");
    if (!json_is_boolean(remember))
        return fault_set(fault, ERR_TYPE, "remember", "must be true or false");
    if (json_object_size(body) != 2)
        return fault_set(fault, ERR_SYNTAX, "body", "has members that are not known");
    if (!json_is_null(school))
        snprintf(answer->school, sizeof answer->school, "%d", (int)id);
    answer->remember = json_is_true(remember);
    return 0;
}

int review_check(struct exchange *exchange, struct fault *fault)
{
    const struct http_request *request = exchange->request;
    struct answer *answer = calloc(1, sizeof *answer);
    json_error_t error;

    if (answer == NULL)
        return fault_set(fault, ERR_NOMEM, "", "the server is busy");
    exchange->own = answer;
    exchange->own_size = sizeof *answer;
    if (strncasecmp(request->content_type, "application/json", 16) != 0)
        return fault_set(fault, ERR_SYNTAX, "content-type", "must be application/json");
    json_t *body = json_loadb(request->body != NULL ? request->body : "", request->body_size,
                              JSON_REJECT_DUPLICATES, &error);
    if (body == NULL)
        return fault_set(fault, ERR_SYNTAX, "body", "is not JSON (line %d, column %d)", error.line,
                         error.column);
    int result = json_is_object(body) ? read_answer(body, answer, fault)
                                      : fault_set(fault, ERR_TYPE, "body", "must be an object");
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

void review_steps(struct exchange *exchange, struct db_job *job)
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
