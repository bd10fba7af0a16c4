/*
 * GET and POST /api/v1/confirm/{token}: the link in a message about a drill or an alarm. Its reader
 * confirms that the message of a drill came, or takes an alarm. GET changes nothing, because mail
 * scanners and previews follow links; the page asks twice before it sends the POST.
 */
#include "api.h"
#include "service.h"
#include "session.h"

#include <string.h>

enum { TOKEN_LEAST = 16, TOKEN_MOST = 128 };

static int confirm_check(struct exchange *exchange, struct error *error)
{
    const char *token = exchange->params.value[0];
    size_t size = strlen(token);

    if (size < TOKEN_LEAST || size > TOKEN_MOST ||
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    (void)error;
    return 0;
}

static void shown_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;

    (void)job;
    if (PQntuples(result) == 0)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    else if (PQgetvalue(result, 0, 0)[0] != 't')
        exchange_error(exchange, 410, "expired", NULL, "This link is not valid any more.");
    else
        exchange_json(exchange, 200, PQgetvalue(result, 0, 1), (size_t)PQgetlength(result, 0, 1));
}

static void run(struct exchange *exchange, struct db_job *job, const char *statement,
                db_result_cb result_cb)
{
    const char *token = exchange->params.value[0];
    char hash[SESSION_HASH_TEXT];

    session_hash_octets(token, strlen(token), hash);
    db_exec_text(job, statement, result_cb, exchange, 1, hash);
}

static void confirm_show_steps(struct exchange *exchange, struct db_job *job)
{
    run(exchange, job, "confirm_show", shown_cb);
}

static void confirm_press_steps(struct exchange *exchange, struct db_job *job)
{
    run(exchange, job, "confirm_press", NULL);
    run(exchange, job, "confirm_show", shown_cb); /* as it is now, or why it is not valid */
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/confirm/{}",
     .check = confirm_check,
     .steps = confirm_show_steps},
    {.method = HTTP_POST,
     .pattern = "/api/v1/confirm/{}",
     .check = confirm_check,
     .steps = confirm_press_steps},
};
static const char *const pages[] = {"/c/{}"};

const struct api_part confirm_part = {API_PART_OF(confirm), API_ROUTES(routes), API_PAGES(pages),
                                      API_STATEMENTS(confirm)};
