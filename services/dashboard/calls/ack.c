/*
 * GET and POST /api/v1/ack/{token}: the link in a message. A person with the token may acknowledge,
 * give back, hand over and comment; the token is looked up by its digests. GET changes nothing, and
 * neither does a POST that does not say what it wants: mail scanners and previews follow links, and
 * some send forms off.
 */
#include "act.h"
#include "api.h"
#include "message_link.h"
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of either kind of alert. */
static void found_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    char hashes[LINK_HASHES_TEXT];

    if (PQntuples(result) == 0)
        link_missed(exchange, job);
    else if (PQgetvalue(result, 0, 0)[0] != 't')
        exchange_error(exchange, 410, "expired", NULL, "This link is not valid any more.");
    else
        exchange_json(exchange, 200, PQgetvalue(result, 0, 1), (size_t)PQgetlength(result, 0, 1));
    if (exchange->status == 200) {
        link_hashes(exchange, hashes);
        db_exec_text(job, "link_shown", NULL, NULL, 1, hashes);
    }
}

/* A link that is not about a call may be about a storm. */
static void shown_cb(struct db_job *job, PGresult *result, void *ctx)
{
    char hashes[LINK_HASHES_TEXT];

    if (PQntuples(result) > 0) {
        found_cb(job, result, ctx);
        return;
    }
    link_hashes(ctx, hashes);
    db_exec_text(job, "ack_storm", found_cb, ctx, 1, hashes);
}

static void show(struct exchange *exchange, struct db_job *job)
{
    char hashes[LINK_HASHES_TEXT];

    link_hashes(exchange, hashes);
    db_exec_text(job, "ack_show", shown_cb, exchange, 1, hashes);
}

static void ack_show_steps(struct exchange *exchange, struct db_job *job)
{
    show(exchange, job);
}

/* Columns: district, alert, (of ack_say) why it would not be noted, and last whether something
 * was noted. */
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
        act_refuse(exchange, PQgetvalue(result, 0, 2));
    else
        show(exchange, job);
}

static int ack_press_check(struct exchange *exchange, struct error *error)
{
    int result = link_check(exchange, error);

    return result != 0 || exchange->status != 0 ? result : act_read(exchange, true, error);
}

static void ack_press_steps(struct exchange *exchange, struct db_job *job)
{
    const struct act *act = exchange->own;
    char hashes[LINK_HASHES_TEXT];

    link_hashes(exchange, hashes);
    if (strcmp(act->what, "has") == 0)
        db_exec_text(job, "ack_press", pressed_cb, exchange, 1, hashes);
    else
        db_exec_text(job, "ack_say", said_cb, exchange, 4, hashes, act->what, act_to(act),
                     act_text(act));
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/api/v1/ack/{}", .check = link_check, .steps = ack_show_steps},
    {.method = HTTP_POST,
     .pattern = "/api/v1/ack/{}",
     .check = ack_press_check,
     .steps = ack_press_steps,
     .done = act_done},
};
static const char *const pages[] = {"/a/{}"};

const struct api_part ack_part = {API_PART_OF(ack), API_ROUTES(routes), API_PAGES(pages),
                                  API_STATEMENTS(ack)};
