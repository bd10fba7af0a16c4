/*
 * GET and POST /api/v1/ack/{token}: the link in a message. A person with the token may acknowledge,
 * give back, hand over and comment; the token is looked up by its hash. GET changes nothing, and
 * neither does a POST that does not say what it wants: mail scanners and previews follow links, and
 * some send forms off.
 */
#include "act.h"
#include "api.h"
#include "service.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

enum { TOKEN_LEAST = 16, TOKEN_MOST = 128 };

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

/* Columns: district, alert, and last whether something was noted. */
static void take_noted(struct exchange *exchange, PGresult *result)
{
    struct act *act = exchange->own;

    if (PQntuples(result) != 1)
        return;
    act->district = atoi(PQgetvalue(result, 0, 0));
    act->alert = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
    act->noted = PQgetvalue(result, 0, PQnfields(result) - 1)[0] == 't';
}

static void pressed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    take_noted(ctx, result);
    show(ctx, job); /* the page as it is now, or why the link is not valid */
}

static void said_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    const struct act *act = exchange->own;

    take_noted(exchange, result);
    if (PQntuples(result) == 1 && !act->noted)
        act_refuse(exchange);
    else
        show(exchange, job);
}

static int ack_press_check(struct exchange *exchange, struct error *error)
{
    int result = ack_check(exchange, error);

    return result != 0 || exchange->status != 0 ? result : act_read(exchange, true, error);
}

static void ack_press_steps(struct exchange *exchange, struct db_job *job)
{
    const struct act *act = exchange->own;
    char hash[SESSION_HASH_TEXT];

    link_hash(exchange, hash);
    if (strcmp(act->what, "has") == 0)
        db_exec_text(job, "ack_press", pressed_cb, exchange, 1, hash);
    else
        db_exec_text(job, "ack_say", said_cb, exchange, 4, hash, act->what, act_to(act),
                     act_text(act));
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/ack/{}", .check = ack_check, .steps = ack_show_steps},
    {.method = HTTP_POST,
     .pattern = "/api/v1/ack/{}",
     .check = ack_press_check,
     .steps = ack_press_steps,
     .done = act_done},
};
static const char *const pages[] = {"/a/{}"};

const struct api_part ack_part = {API_PART_OF(ack), API_ROUTES(routes), API_PAGES(pages),
                                  API_STATEMENTS(ack)};
