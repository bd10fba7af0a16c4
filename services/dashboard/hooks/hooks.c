/*
 * What providers of texts tell us: POST /hooks/twilio/status and /hooks/twilio/inbound, GET
 * /hooks/kannel/dlr/{secret} and /hooks/kannel/inbound/{secret}. They are not limited by address,
 * for one provider reports on all messages; whoever does not prove to be that provider is.
 */
#include "api.h"
#include "catalogue.h"
#include "hook.h"
#include "limit.h"
#include "reply_text.h"
#include "service.h"
#include "stream.h"
#include "when.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For every hook -------------------------------------------------------------------------------*/

struct hook *hook_new(struct exchange *exchange, const char *provider)
{
    struct hook *hook = calloc(1, sizeof *hook);

    if (hook == NULL) {
        exchange_error(exchange, 503, "unavailable", NULL, "The server is busy.");
        return NULL;
    }
    hook->provider = provider;
    exchange->own = hook;
    exchange->own_size = sizeof *hook;
    return hook;
}

void hook_refuse(struct exchange *exchange, int status)
{
    int wait_s = 0;

    counters_add(exchange->service->counters, "hooks_refused", "", 1);
    if (!limit_take(exchange->service->limit, exchange->request->peer, &wait_s)) {
        exchange->retry_after_s = wait_s;
        exchange_error(exchange, 429, "too_many", NULL, "Too many requests.");
    } else if (status == 404) {
        exchange_error(exchange, 404, "not_found", NULL, "There is nothing at this address.");
    } else if (status == 403) {
        exchange_error(exchange, 403, "forbidden", NULL, "The signature is not right.");
    } else {
        exchange_error(exchange, 400, "bad_request", NULL, "It is no form.");
    }
}

void hook_done(struct exchange *exchange, int status)
{
    if (status == 204) {
        exchange->status = 204;
        return;
    }
    exchange->content_type = "text/plain; charset=utf-8";
    exchange_json(exchange, 200, "", 0);
}

static void take_alert(struct hook *hook, PGresult *result, int column)
{
    hook->district = atoi(PQgetvalue(result, 0, column));
    hook->alert = strtoll(PQgetvalue(result, 0, column + 1), NULL, 10);
}

/* Receipts -------------------------------------------------------------------------------------*/

static void receipt_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct counters *counters = exchange->service->counters;

    (void)job;
    if (PQntuples(result) == 0) {
        counters_add(counters, "receipts_unknown", "", 1);
        return;
    }
    counters_add(counters, "receipts", "", 1);
    if (PQgetisnull(result, 0, 2))
        return;
    take_alert(exchange->own, result, 0);
    if (strcmp(PQgetvalue(result, 0, 2), "failed") == 0)
        counters_add(counters, "undelivered", "", 1);
}

static void receipt_steps(struct exchange *exchange, struct db_job *job)
{
    const struct hook *hook = exchange->own;

    db_exec_text(job, "hook_receipt", receipt_cb, exchange, 6, hook->provider, hook->id,
                 hook->reference, hook->state, hook->kind, hook->code);
}

static void receipt_done(struct exchange *exchange)
{
    const struct hook *hook = exchange->own;

    if (hook->district != 0)
        streams_alert_changed(exchange->service, hook->district, hook->alert);
    hook_done(exchange, strcmp(hook->provider, "twilio") == 0 ? 204 : 200);
    exchange_reply(exchange);
}

/* Texts that came in ---------------------------------------------------------------------------*/

static const char *text_of(const json_t *object, const char *name, const char *without)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : without;
}

/* The time of a choice, by the clock of its district. */
static void write_time(const json_t *alert, enum language language, struct when *when)
{
    const struct when_form form = {language, json_is_true(json_object_get(alert, "hours24")),
                                   text_of(alert, "zone", "UTC")};
    int64_t at = json_integer_value(json_object_get(alert, "at"));

    when_write(when, &form, at, 0, at);
}

/* Puts the answer into words. alerts: those that a reply may mean, as JSON. */
static void say(struct hook *hook, const char *alerts, const char *language)
{
    const struct catalogue words = {.language = language_of(language)};
    struct reply_choice choices[REPLY_CHOICES_MOST];
    struct when when[REPLY_CHOICES_MOST];
    json_t *list = json_loads(alerts, 0, NULL), *alert;
    size_t i, count = 0;

    json_array_foreach(list, i, alert)
    {
        if (count == REPLY_CHOICES_MOST)
            break;
        write_time(alert, words.language, &when[count]);
        choices[count] =
            (struct reply_choice){.alert = json_integer_value(json_object_get(alert, "alert")),
                                  .kind = text_of(alert, "kind", "alert"),
                                  .class = text_of(alert, "class", ""),
                                  .type = text_of(alert, "type", ""),
                                  .school = text_of(alert, "school", ""),
                                  .at = when[count].opened_time};
        count++;
    }
    if (catalogue_code(&words, "reply", hook->answer) != NULL)
        reply_say(&words, hook->answer, choices, count, hook->said, sizeof hook->said);
    json_decref(list);
}

static void text_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct hook *hook = exchange->own;

    (void)job;
    counters_add(exchange->service->counters, "texts_in", "", 1);
    if (PQntuples(result) == 0)
        return;
    snprintf(hook->answer, sizeof hook->answer, "%s", PQgetvalue(result, 0, 0));
    say(hook, PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 4));
    if (!PQgetisnull(result, 0, 3))
        take_alert(hook, result, 2);
}

static void text_steps(struct exchange *exchange, struct db_job *job)
{
    const struct hook *hook = exchange->own;

    db_exec_text(job, "hook_text", text_cb, exchange, 4, hook->provider, hook->id, hook->number,
                 hook->text);
}

static void text_done(struct exchange *exchange)
{
    const struct hook *hook = exchange->own;

    if (hook->district != 0)
        streams_tell_alert(exchange->service, hook->district, hook->alert);
    if (strcmp(hook->provider, "twilio") == 0)
        hook_twilio_answer(exchange);
    else
        hook_kannel_answer(exchange);
}

static const struct route routes[] = {
    {.method = HTTP_POST,
     .pattern = "/hooks/twilio/status",
     .unlimited = true,
     .reads_query = true,
     .check = hook_twilio_status,
     .steps = receipt_steps,
     .done = receipt_done},
    {.method = HTTP_POST,
     .pattern = "/hooks/twilio/inbound",
     .unlimited = true,
     .reads_query = true,
     .check = hook_twilio_inbound,
     .steps = text_steps,
     .done = text_done},
    {.method = HTTP_GET,
     .pattern = "/hooks/kannel/dlr/{}",
     .unlimited = true,
     .reads_query = true,
     .check = hook_kannel_report,
     .steps = receipt_steps,
     .done = receipt_done},
    {.method = HTTP_GET,
     .pattern = "/hooks/kannel/inbound/{}",
     .unlimited = true,
     .reads_query = true,
     .check = hook_kannel_inbound,
     .steps = text_steps,
     .done = text_done},
};

const struct api_part hooks_part = {API_PART_OF(hooks), API_ROUTES(routes), API_STATEMENTS(hooks)};
