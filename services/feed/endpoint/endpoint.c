/* See endpoint.h. */
#include "endpoint.h"

#include "endpoint_failure.h"
#include "endpoint_records.h"
#include "endpoint_token.h"
#include "http.h"
#include "limit.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RETRY_MS = 1000, RETRY_AFTER_S = 5, FULL_AFTER_S = 30 };

struct endpoint {
    struct endpoint_options options;
    struct endpoint_tokens tokens;
    struct http *http;
    struct limit *limit; /* NULL: none */
    uv_timer_t retry;
    /* Why a commit failed; its records are in the batch, and were not answered 202. NULL: none did.
     */
    const struct endpoint_failure *failure;
    bool counted; /* the day's counts have changed since the last commit */
    struct endpoint_records records;
};

/* Content types, without their parameters. */
static const struct {
    const char *type;
    enum source_format format;
} types[] = {
    {"application/json", SOURCE_EVENTS},     {EVENT_CONTENT_TYPE, SOURCE_EVENTS},
    {"application/x-ndjson", SOURCE_NDJSON}, {"application/ndjson", SOURCE_NDJSON},
    {"application/jsonl", SOURCE_NDJSON},    {EVENT_CONTENT_TYPE_EIDO, SOURCE_EIDO},
};

static bool format_of(const char *content_type, enum source_format *format)
{
    size_t size = strcspn(content_type, "; \t");

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strlen(types[i].type) == size && strncasecmp(types[i].type, content_type, size) == 0) {
            *format = types[i].format;
            return true;
        }
    return false;
}

/* Whether a request is admitted; if not, sets the answer and the reason. */
static bool gate(const struct endpoint *endpoint, const struct http_request *request,
                 struct http_answer *answer, const char **why)
{
    bool busy = spool_batch_octets(endpoint->options.spool) > 0;
    bool full = spool_is_full(endpoint->options.spool);
    enum source_format format;

    *answer = (struct http_answer){.status = 0};
    if (request->refused) {
        answer->status = request->refused;
        *why = request->refused_why;
    } else if (strcmp(request->path, "/events") != 0) {
        answer->status = 404;
        *why = "There is only /events.";
    } else if (request->method != HTTP_POST) {
        answer->status = 405;
        answer->allow = "POST";
        *why = "Only POST.";
    } else if (!endpoint_tokens_admit(&endpoint->tokens, request->authorization)) {
        answer->status = 401;
        answer->challenge = "Bearer";
        *why = "A bearer token is needed.";
    } else if (!format_of(request->content_type, &format)) {
        answer->status = 415;
        *why = "The content type must be application/json, application/x-ndjson or "
               "application/emergency.eido+json.";
    } else if (endpoint->failure) {
        answer->status = 503;
        answer->retry_after_s = endpoint->failure->retry_after_s;
        *why = endpoint->failure->why;
    } else if (busy || full) {
        answer->status = 503;
        answer->retry_after_s = busy ? RETRY_AFTER_S : FULL_AFTER_S;
        *why = busy ? "The agent waits for its disk." : "The spool is full.";
    }
    return answer->status == 0;
}

static bool admit_cb(void *ctx, const struct http_request *request)
{
    struct http_answer answer;
    const char *why;

    return gate(ctx, request, &answer, &why);
}

/* Answers. */

static void answer_json(struct http_request *request, struct http_answer *answer, json_t *body)
{
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

    answer->content_type = "application/json";
    answer->body = text ? text : "{}";
    answer->size = strlen(answer->body);
    http_answer(request, answer);
    free(text);
    json_decref(body);
}

static void answer_why(struct http_request *request, struct http_answer *answer, const char *why)
{
    if (answer->status < 500 && answer->status != 429)
        log_info("endpoint_refused", "status=%d", answer->status);
    answer_json(request, answer, json_pack("{s:s}", "error", why));
}

static void answer_failure(struct http_request *request, const struct endpoint_failure *failure)
{
    struct http_answer answer = {.status = 503, .retry_after_s = failure->retry_after_s};

    answer_why(request, &answer, failure->why);
}

static void answer_results(struct endpoint *endpoint, struct http_request *request)
{
    struct endpoint_records *records = &endpoint->records;
    bool any = records->accepted + records->repeated + records->withheld > 0;
    struct http_answer answer = {.status = any ? 202 : 422};

    char found[TEXT_FOUND_TEXT];

    text_found_format(&records->found, found);
    log_info("endpoint",
             "accepted=%u repeated=%u refused=%u withheld=%u events=%u values_left_out=%u "
             "without_type_and_place=%u %s",
             records->accepted, records->repeated, records->refused, records->withheld,
             records->events, records->unfit_count, records->bare, found);
    answer_json(request, &answer,
                json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:O, s:O, s:O, s:O}", "accepted",
                          (int)records->accepted, "repeated", (int)records->repeated, "refused",
                          (int)records->refused, "withheld", (int)records->withheld, "events",
                          (int)records->events, "without_type_and_place", (int)records->bare,
                          "taken_out", (int)text_found_sum(&records->found), "dropped",
                          records->dropped, "denied", records->denied, "left_out", records->unfit,
                          "results", records->results));
}

/* The disk. */

/* Commits with the pump's last checkpoint. The pump commits what it has read since. */
static int commit(struct endpoint *endpoint, struct error *error)
{
    struct spool *spool = endpoint->options.spool;
    struct checkpoint checkpoint;
    char text[4096];
    int size, err;

    if (checkpoint_read(&checkpoint, spool_checkpoint(spool)) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    err = recall_sync(endpoint->options.recall, &checkpoint, error);
    if (err)
        return err;
    size = checkpoint_write(&checkpoint, text, sizeof text);
    if (size < 0)
        return error_set(error, ERR_SIZE, "", "the checkpoint is too long");
    err = spool_commit(spool, text, error);
    endpoint->counted = endpoint->counted && err;
    return err;
}

/* A document that made several events counts as that many rows, as in the pump. */
static void count_records(struct endpoint *endpoint)
{
    const struct endpoint_records *records = &endpoint->records;
    struct day *day = &endpoint->options.recall->http;

    day->read += records->events + records->repeated + records->refused + records->withheld;
    day->rejected += records->refused + records->withheld;
    day->dropped += records->repeated;
    day->records += records->events;
    if (day->first == 0)
        day->first = records->first;
    if (records->last > 0)
        day->last = records->last;
    endpoint->counted = true;
}

/* Ends the day. The manifest is durable before the counts restart. */
static bool end_day(struct endpoint *endpoint)
{
    struct day *day = &endpoint->options.recall->http;
    struct manifest manifest = {0};
    uint64_t today = day_today();
    struct error error;

    if (pump_tells_days(endpoint->options.pump) || day->date == today)
        return false;
    day_name(day->date, &manifest);
    day_tell(day, &manifest);
    if (day->date > 0 && manifests_add(endpoint->options.manifests, &manifest, &error) != 0)
        return false;   /* a disk error: tried again at the next look */
    if (day->date == 0) /* the first call: what was counted before belongs to today */
        day->date = today;
    else
        day_begin(day, today);
    endpoint->counted = true;
    return true;
}

void endpoint_look(struct endpoint *endpoint)
{
    struct error error;
    bool told;

    if (!endpoint || endpoint->failure || spool_batch_octets(endpoint->options.spool) > 0)
        return;
    told = end_day(endpoint);
    if (endpoint->counted)
        commit(endpoint, &error);
    if (told)
        endpoint->options.moved_cb(endpoint->options.ctx);
}

/* Retries the commit. If rows of the pump have joined the batch, the pump commits it. */
static void retry_cb(uv_timer_t *timer)
{
    struct endpoint *endpoint = timer->data;
    struct error error;

    if (spool_batch_octets(endpoint->options.spool) > 0 &&
        (pump_waits(endpoint->options.pump) || commit(endpoint, &error) != 0))
        return;
    log_info("endpoint_back", "state=ok");
    endpoint->failure = NULL;
    uv_timer_stop(timer);
    endpoint->options.moved_cb(endpoint->options.ctx);
}

/* Nothing is accepted until the records in the batch are stored. */
static void wait_for_commit(struct endpoint *endpoint, const struct error *error)
{
    char quoted[400];

    endpoint->failure = endpoint_failure_of(error);
    log_error(endpoint->failure->event, "reason=%s action=retry",
              log_quote(error->reason, quoted, sizeof quoted));
    uv_timer_start(&endpoint->retry, retry_cb, RETRY_MS, RETRY_MS);
}

/* Requests. */

/* Stores the key with its body. ERR_EXISTS: the key came with another body. ERR_NOMEM. */
static int keep_key(struct endpoint *endpoint, const struct http_request *request)
{
    const char *key = request->idempotency_key;
    struct digest of_key = digest_of("key", key, strlen(key));
    struct digest of_body = digest_of("body", request->body, request->body_size);
    const struct digest *was;

    if (!*key)
        return 0;
    was = seen_find(endpoint->options.recall->seen, &of_key);
    if (was)
        return memcmp(was, &of_body, sizeof of_body) == 0 ? 0 : ERR_EXISTS;
    return seen_add(endpoint->options.recall->seen, &of_key, &of_body) == 0 ? 0 : ERR_NOMEM;
}

static bool has_records(struct endpoint *endpoint, struct http_request *request,
                        enum source_format format)
{
    struct http_answer answer = {.status = 400};
    struct error error = {0};
    char why[sizeof error.reason + 16];
    int count = 0, kept = 0;

    if (request->body_size > 0)
        count = endpoint_records_count(format, request->body, request->body_size,
                                       ENDPOINT_MAX_RECORDS, &error);
    if (count > 0 && count <= ENDPOINT_MAX_RECORDS)
        kept = keep_key(endpoint, request);
    if (count == ERR_NOMEM || kept == ERR_NOMEM) {
        answer_failure(request, endpoint_failure_of(&(struct error){.code = ERR_NOMEM}));
    } else if (count < 0) {
        snprintf(why, sizeof why, "The body %s.", error.reason);
        answer.status = 422;
        answer_why(request, &answer, why);
    } else if (count == 0) {
        answer_why(request, &answer, "The body holds no record.");
    } else if (count > ENDPOINT_MAX_RECORDS) {
        answer.status = 413;
        answer_why(request, &answer, "More than 1000 records.");
    } else if (kept != 0) {
        answer.status = 422;
        answer_why(request, &answer, "This Idempotency-Key came with another body.");
    } else {
        return true;
    }
    return false;
}

/* Called after the body, if that was admitted: each request costs one token, whatever its
 * answer. */
static bool within_rate(struct endpoint *endpoint, struct http_request *request)
{
    struct http_answer answer = {.status = 429};

    if (!endpoint->limit || limit_take(endpoint->limit, request->peer, &answer.retry_after_s))
        return true;
    answer_why(request, &answer, "Too many requests from this address.");
    return false;
}

static void request_cb(void *ctx, struct http_request *request)
{
    struct endpoint *endpoint = ctx;
    struct endpoint_records *records = &endpoint->records;
    struct http_answer answer;
    struct error error = {.code = ERR_NOMEM, .reason = "no memory"};
    enum source_format format = SOURCE_CSV;
    const char *why = NULL;
    int err;

    if (!within_rate(endpoint, request))
        return;
    if (!gate(endpoint, request, &answer, &why)) {
        answer_why(request, &answer, why);
        return;
    }
    http_know(request); /* its token is valid */
    format_of(request->content_type, &format);
    if (!has_records(endpoint, request, format))
        return;
    records->accepted = records->repeated = records->refused = 0;
    records->withheld = records->events = 0;
    records->first = records->last = 0;
    err = endpoint_records_take(records, format, request->body, request->body_size);
    count_records(endpoint);
    if (!err && records->events > 0)
        err = commit(endpoint, &error);
    if (err) {
        wait_for_commit(endpoint, &error);
        answer_failure(request, endpoint->failure);
    } else {
        answer_results(endpoint, request);
        if (records->events > 0)
            endpoint->options.moved_cb(endpoint->options.ctx);
    }
    json_decref(records->results);
    json_decref(records->dropped);
    json_decref(records->denied);
    json_decref(records->unfit);
    records->results = records->dropped = records->denied = records->unfit = NULL;
}

struct endpoint *endpoint_open(uv_loop_t *loop, const struct endpoint_options *options,
                               struct error *error)
{
    const struct feed_options *feed = options->feed;
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    struct http_options http = options_http(feed);

    http.admit_cb = admit_cb;
    http.request_cb = request_cb;
    http.ctx = endpoint;
    if (!endpoint) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    endpoint->options = *options;
    endpoint->records.withhold = options->withhold;
    endpoint->records.spool = options->spool;
    endpoint->records.recall = options->recall;
    if (feed->rate_per_s > 0 &&
        !(endpoint->limit = limit_new((unsigned)feed->rate_per_s, 2 * (unsigned)feed->rate_per_s)))
        error_set(error, ERR_NOMEM, "", "no memory");
    else if (endpoint_tokens_read(&endpoint->tokens, feed->token_file, error) == 0)
        endpoint->http = http_open(loop, &http, error);
    if (!endpoint->http) {
        limit_free(endpoint->limit);
        free(endpoint);
        return NULL;
    }
    uv_timer_init(loop, &endpoint->retry);
    endpoint->retry.data = endpoint;
    log_info("endpoint_open", "tls=%s", feed->tls_cert[0] ? "yes" : "no");
    return endpoint;
}

void endpoint_close(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    endpoint_look(endpoint);
    uv_close((uv_handle_t *)&endpoint->retry, NULL);
    http_close(endpoint->http);
}

void endpoint_free(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    http_free(endpoint->http);
    limit_free(endpoint->limit);
    free(endpoint);
}
