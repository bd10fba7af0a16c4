#include "message_link.h"

#include "decimal.h"
#include "service.h"
#include "sign_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LEAST = 16, TOKEN_MOST = 128 };

int link_check(struct exchange *exchange, struct error *error)
{
    const char *token = exchange->params.value[0];
    size_t size = strlen(token);

    if (size < TOKEN_LEAST || size > TOKEN_MOST ||
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != size)
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    (void)error;
    return 0;
}

void link_hashes(const struct exchange *exchange, char out[LINK_HASHES_TEXT])
{
    const struct service *service = exchange->service;
    enum { KEYS = 3 }; /* without a key, too: a link that was sent before there was one */
    const struct link_key *const keys[KEYS] = {&service->link_keys[0], &service->link_keys[1],
                                               NULL};
    char hash[LINK_HASH_TEXT];
    size_t used = 0;

    for (size_t i = 0; i < KEYS; i++) {
        link_hash(keys[i], exchange->params.value[0], hash);
        used += (size_t)snprintf(out + used, LINK_HASHES_TEXT - used, "%s\"\\%s\"", i ? "," : "{",
                                 hash);
    }
    snprintf(out + used, LINK_HASHES_TEXT - used, "}");
}

static void missed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    int wait_s = atoi(PQgetvalue(result, 0, 0));

    (void)job;
    if (wait_s > 0) {
        exchange->retry_after_s = wait_s;
        exchange_error(exchange, 429, "too_many", NULL, "Too many links that are none.");
    } else {
        exchange_error(exchange, 404, "not_found", NULL, "There is no such link.");
    }
}

void link_missed(struct exchange *exchange, struct db_job *job)
{
    const struct service_config *config = exchange->service->config;
    char source[SIGN_IN_SOURCE_TEXT];

    sign_in_source(exchange->service, exchange->request->peer, source);
    db_exec_text(job, "link_missed", missed_cb, exchange, 4, source, DECIMAL(config->tries),
                 DECIMAL(config->window_min * 60), DECIMAL(config->lock_min * 60));
}
