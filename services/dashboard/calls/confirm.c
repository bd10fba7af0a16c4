/*
 * GET and POST /api/v1/confirm/{token}: the link in a message about a drill or an alarm. Its reader
 * confirms that the message of a drill came, or takes an alarm. GET changes nothing, because mail
 * scanners and previews follow links; the page asks twice before it sends the POST.
 */
#include "api.h"
#include "message_link.h"
#include "service.h"

#include <string.h>
#include <strings.h>

static void shown_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;

    if (PQntuples(result) == 0)
        link_missed(exchange, job);
    else if (PQgetvalue(result, 0, 0)[0] != 't')
        exchange_error(exchange, 410, "expired", NULL, "This link is not valid any more.");
    else
        exchange_json(exchange, 200, PQgetvalue(result, 0, 1), (size_t)PQgetlength(result, 0, 1));
}

static void run(struct exchange *exchange, struct db_job *job, const char *statement,
                db_result_cb result_cb)
{
    char hashes[LINK_HASHES_TEXT];

    link_hashes(exchange, hashes);
    db_exec_text(job, statement, result_cb, exchange, 1, hashes);
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

/* What a form can send confirms nothing: some scanners send forms off. */
static int confirm_press_check(struct exchange *exchange, struct error *error)
{
    static const char *const of_forms[] = {"application/x-www-form-urlencoded",
                                           "multipart/form-data", "text/plain"};
    const char *type = exchange->request->content_type;

    for (size_t i = 0; i < sizeof of_forms / sizeof of_forms[0]; i++)
        if (strncasecmp(type, of_forms[i], strlen(of_forms[i])) == 0)
            return error_set(error, ERR_SYNTAX, "content-type", "must not be that of a form");
    return link_check(exchange, error);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/confirm/{}",
     .check = link_check,
     .steps = confirm_show_steps},
    {.method = HTTP_POST,
     .pattern = "/api/v1/confirm/{}",
     .check = confirm_press_check,
     .steps = confirm_press_steps},
};
static const char *const pages[] = {"/c/{}"};

const struct api_part confirm_part = {API_PART_OF(confirm), API_ROUTES(routes), API_PAGES(pages),
                                      API_STATEMENTS(confirm)};
