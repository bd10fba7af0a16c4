/* Kannel's reports and texts: a GET with parameters, known by a secret at the end of its path. */
#include "hook.h"
#include "hook_keys.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* False: the answer is set. Without the secret there is nothing at this address. */
static bool is_known(struct exchange *exchange)
{
    const char *secret = exchange->service->hook_keys->kannel;
    const char *given = exchange->params.value[0];
    size_t size = strlen(secret);

    if (size > 0 && strlen(given) == size && sodium_memcmp(given, secret, size) == 0)
        return true;
    hook_refuse(exchange, 404);
    return false;
}

static const char *value_of(const struct exchange *exchange, const char *name)
{
    const struct http_request *request = exchange->request;

    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value;
    return "";
}

int hook_kannel_report(struct exchange *exchange, struct error *error)
{
    (void)error;
    if (!is_known(exchange))
        return 0;
    struct hook *hook = hook_new(exchange, "kannel");
    if (hook == NULL)
        return 0;
    snprintf(hook->reference, sizeof hook->reference, "%s", value_of(exchange, "delivery"));
    hook_word(value_of(exchange, "state"), hook->kind);
    hook_kannel_error(value_of(exchange, "answer"), hook->code);
    hook->state = hook_kannel_state(hook->kind);
    if (hook->state == NULL)
        hook_done(exchange, 200);
    else if (hook->code[0] == '\0' && strcmp(hook->state, "failed") == 0)
        memcpy(hook->code, hook->kind, sizeof hook->code);
    return 0;
}

int hook_kannel_inbound(struct exchange *exchange, struct error *error)
{
    (void)error;
    if (!is_known(exchange))
        return 0;
    struct hook *hook = hook_new(exchange, "kannel");
    if (hook == NULL)
        return 0;
    snprintf(hook->id, sizeof hook->id, "%s", value_of(exchange, "id"));
    hook_text(value_of(exchange, "text"), hook->text);
    if (hook->id[0] == '\0' || !hook_number(value_of(exchange, "from"), hook->number))
        hook_done(exchange, 200);
    return 0;
}

void hook_kannel_answer(struct exchange *exchange)
{
    const struct hook *hook = exchange->own;

    exchange->content_type = "text/plain; charset=utf-8";
    exchange_json(exchange, 200, hook->said, strlen(hook->said));
    exchange_reply(exchange);
}
