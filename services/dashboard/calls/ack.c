/*
 * GET and POST /api/v1/ack/{token}: the link in a message. A person with the token may acknowledge;
 * the token is looked up by its hash. GET changes nothing, because mail scanners and previews
 * follow links.
 */
#include "api.h"
#include "service.h"
#include "session.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LEAST = 16, TOKEN_MOST = 128 };

struct ack {
    int district;
    int64_t alert;
    bool first;
};

static int ack_check(struct exchange *exchange, struct error *error)
{
    const char *token = exchange->params.value[0];
    size_t size = strlen(token);

    if (size < TOKEN_LEAST || size > TOKEN_MOST ||
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    (void)error;
    return 0;
}

static void link_hash(const struct exchange *exchange, char out[SESSION_HASH_TEXT])
{
    const char *token = exchange->params.value[0];

    session_hash_octets(token, strlen(token), out);
}

/* Of either kind of alert. */
static void found_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    char hash[SESSION_HASH_TEXT];

    if (PQntuples(result) == 0)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    else if (PQgetvalue(result, 0, 0)[0] != 't')
        exchange_error(exchange, 410, "expired", NULL, "This link is not valid any more.");
    else
        exchange_json(exchange, 200, PQgetvalue(result, 0, 1), (size_t)PQgetlength(result, 0, 1));
    if (exchange->status == 200) {
        link_hash(exchange, hash);
        db_exec_text(job, "link_shown", NULL, NULL, 1, hash);
    }
}

/* A link that is not about a call may be about a storm. */
static void shown_cb(struct db_job *job, PGresult *result, void *ctx)
{
    char hash[SESSION_HASH_TEXT];

    if (PQntuples(result) > 0) {
        found_cb(job, result, ctx);
        return;
    }
    link_hash(ctx, hash);
    db_exec_text(job, "ack_storm", found_cb, ctx, 1, hash);
}

static void show(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    link_hash(exchange, hash);
    db_exec_text(job, "ack_show", shown_cb, exchange, 1, hash);
}

static void ack_show_steps(struct exchange *exchange, struct db_job *job)
{
    show(exchange, job);
}

static void pressed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    struct ack *own = calloc(1, sizeof *own);

    if (PQntuples(result) == 1 && own != NULL) {
        own->district = atoi(PQgetvalue(result, 0, 0));
        own->alert = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
        own->first = PQgetvalue(result, 0, 3)[0] == 't';
    }
    exchange->own = own;
    exchange->own_size = own == NULL ? 0 : sizeof *own;
    show(exchange, job); /* the page as it is now, or why the link is not valid */
}

static void ack_press_steps(struct exchange *exchange, struct db_job *job)
{
    char hash[SESSION_HASH_TEXT];

    link_hash(exchange, hash);
    db_exec_text(job, "ack_press", pressed_cb, exchange, 1, hash);
}

static void ack_press_done(struct exchange *exchange)
{
    const struct ack *own = exchange->own;

    if (own != NULL && own->first)
        streams_tell_alert(exchange->service, own->district, own->alert);
    exchange_reply(exchange);
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/ack/{}", .check = ack_check, .steps = ack_show_steps},
    {.method = HTTP_POST,
     .pattern = "/api/v1/ack/{}",
     .check = ack_check,
     .steps = ack_press_steps,
     .done = ack_press_done},
};
static const char *const pages[] = {"/a/{}"};

const struct api_part ack_part = {API_PART_OF(ack), API_ROUTES(routes), API_PAGES(pages),
                                  API_STATEMENTS(ack)};
