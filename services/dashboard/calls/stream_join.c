/* GET /api/v1/stream: joining, catching up on what was missed, and leaving. See stream.h. */
#include "stream.h"

#include "api.h"
#include "clock.h"
#include "counters.h"
#include "decimal.h"
#include "http.h"
#include "log.h"
#include "service.h"
#include "stream_follower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MISSED = 500, /* a client that missed this many changes gets "reset" */
    MAX_PER_PERSON = 12,
};

static void client_gone_cb(void *ctx, bool dropped)
{
    struct stream_client *client = ctx;

    if (dropped) {
        log_info("stream_dropped", "person=%d reason=slow", client->person.id);
        counters_add(client->service->counters, "streams_dropped", "", 1);
    }
    client->http = NULL;
    follower_leave(client);
    stream_client_end(client);
}

static void caught_up(struct stream_client *client)
{
    client->catching_up = false;
    if (client->follower != NULL && stream_before(client->seen, client->follower->at))
        client->seen = client->follower->at;
}

static void reset_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_client *client = ctx;
    char data[64];
    (void)job;

    client->seen = stream_row_position(result, 0);
    client->seen.xid -= client->seen.xid > 0;
    int64_t newest = client->seen.change;
    client->seen.change = INT64_MAX;
    snprintf(data, sizeof data, "{\"change_id\":%lld}", (long long)newest);
    stream_client_send(client, "reset", newest, data);
}

static void missed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_client *client = ctx;

    if (PQntuples(result) == MISSED) {
        db_exec_text(job, "stream_start", reset_cb, client, 1, client->person.district);
        return;
    }
    for (int row = 0; row < PQntuples(result); row++)
        stream_tell_change(client, 1, result, row);
}

static void rights_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_client *client = ctx;
    (void)job;

    if (client->http != NULL)
        stream_check_rights(client, result);
}

static void catch_up_steps_cb(struct db_job *job, void *ctx)
{
    struct stream_client *client = ctx;
    const struct person *person = &client->person;
    char xid[24], session[SESSION_HASH_TEXT + 8];
    char listener[sizeof person->schools + 8];

    snprintf(session, sizeof session, "{\"\\%s\"}", client->session);
    db_exec_text(job, "stream_rights", rights_cb, client, 2, session,
                 DECIMAL(client->service->config->idle_min));
    if (client->seen.xid == 0) { /* no position: the change is no longer in the log */
        db_exec_text(job, "stream_start", reset_cb, client, 1, client->person.district);
        return;
    }
    snprintf(xid, sizeof xid, "%llu", (unsigned long long)client->seen.xid);
    snprintf(listener, sizeof listener, person->whole_district ? "{NULL}" : "{\"%s\"}",
             person->schools);
    db_exec_text(job, "stream_changes", missed_cb, client, 5, person->district, xid,
                 DECIMAL(client->seen.change), DECIMAL(MISSED), listener);
}

/* Jobs run one after the other on one connection: this job has read everything that the follower
 * read before, and the client gets later changes together with the others. */
static void catch_up_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct stream_client *client = ctx;
    (void)error;

    if (outcome == DB_COMMITTED)
        caught_up(client);
    else if (client->http != NULL)
        follower_end_client(client); /* the browser reconnects by itself */
    stream_client_job_done(client);
}

static void catch_up(struct stream_client *client)
{
    client->jobs++;
    if (db_submit(client->service->db, catch_up_steps_cb, catch_up_done_cb, client) != 0) {
        follower_end_client(client);
        stream_client_job_done(client);
    }
}

static int stream_check(struct exchange *exchange, struct error *error)
{
    const char *last = exchange->request->last_event;

    if (strspn(last, "0123456789") != strlen(last) || strlen(last) > 18)
        return error_set(error, ERR_VALUE, "Last-Event-ID", "must be the id of an event");
    return 0;
}

static void resume_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    (void)job;

    if (PQntuples(result) == 1)
        *(struct stream_position *)exchange->own = stream_row_position(result, 0);
}

static void stream_steps(struct exchange *exchange, struct db_job *job)
{
    struct streams *streams = exchange->service->streams;
    struct stream_follower *follower = follower_find(streams, person_district(&exchange->person));
    int mine = 0;

    if (follower != NULL) {
        struct stream_client *client;
        for (client = TAILQ_FIRST(&follower->clients); client != NULL;
             client = TAILQ_NEXT(client, link))
            mine += client->person.id == exchange->person.id;
    }
    if (mine >= MAX_PER_PERSON ||
        streams->clients >= exchange->service->config->max_connections / 2) {
        exchange->retry_after_s = 30;
        exchange_error(exchange, 429, "too_many", NULL, "Too many pages are open.");
        return;
    }
    exchange->own_size = sizeof(struct stream_position);
    exchange->own = calloc(1, exchange->own_size);
    if (exchange->own != NULL && exchange->request->last_event[0] != '\0')
        db_exec_text(job, "stream_resume", resume_cb, exchange, 2, exchange->person.district,
                     exchange->request->last_event);
}

static void join(struct stream_client *client, struct stream_follower *follower, bool resumes)
{
    int64_t now = clock_mono_us();

    client->follower = follower;
    follower->streams->clients++;
    TAILQ_INSERT_TAIL(&follower->clients, client, link);
    /* A running read does not include this client. */
    client->catching_up = resumes || (follower->started && follower->reading);
    if (!resumes)
        client->seen = follower->at; /* zero if the follower is new */
    if (http_stream_send(client->http, "retry: 2000\n\n", 13) != 0)
        return;
    client->beaten_us = now - INT32_MAX * INT64_C(1000);
    if (stream_client_heartbeat(client, now) != 0)
        return;
    if (!follower->started)
        follower_read(follower);
    if (client->catching_up)
        catch_up(client);
}

static void stream_done(struct exchange *exchange)
{
    struct service *service = exchange->service;
    struct stream_client *client = calloc(1, sizeof *client);
    struct stream_follower *follower =
        follower_get(service->streams, person_district(&exchange->person));
    bool resumes = exchange->request->last_event[0] != '\0';

    if (client == NULL || follower == NULL || exchange->own == NULL ||
        cookie_session_hash(exchange->service, exchange->request, client->session) != 0) {
        free(client);
        exchange_unavailable(exchange);
        return;
    }
    client->service = service;
    client->person = exchange->person;
    client->seen = *(struct stream_position *)exchange->own;
    client->http = http_stream(exchange->request, client_gone_cb, client);
    exchange_free(exchange);
    if (client->http == NULL) {
        free(client);
        follower_drop_if_idle(follower);
        return;
    }
    join(client, follower, resumes);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/stream",
     .need = NEED_SESSION,
     .check = stream_check,
     .steps = stream_steps,
     .done = stream_done},
};

const struct api_part stream_part = {API_PART_OF(stream), API_ROUTES(routes),
                                     API_STATEMENTS(stream)};
