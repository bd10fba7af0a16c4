/* Twilio's callbacks: a form, signed with the account's auth token. */
#include "hook.h"
#include "hook_keys.h"
#include "http_form.h"
#include "twilio_signature.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_signed(const struct exchange *exchange, const struct http_form *form)
{
    const struct http_request *request = exchange->request;
    const struct hook_keys *keys = exchange->service->hook_keys;
    bool found = false;

    for (size_t i = 0; i < HOOK_TWILIO_KEYS; i++)
        found |= keys->twilio[i][0] != '\0' && request->target[0] != '\0' &&
                 twilio_signed(keys->twilio[i], keys->public_url, request->target, form,
                               request->twilio_signature);
    return found;
}

/* The form of a request that Twilio signed. False: the answer is set, and there is nothing to
 * free. */
static bool read_form(struct exchange *exchange, struct http_form *form)
{
    static const char type[] = "application/x-www-form-urlencoded";
    const struct http_request *request = exchange->request;

    if (!hook_keys_twilio(exchange->service->hook_keys)) {
        hook_refuse(exchange, 404);
        return false;
    }
    if (strncasecmp(request->content_type, type, strlen(type)) != 0 || request->body == NULL ||
        http_form_read(form, request->body, request->body_size) != 0) {
        hook_refuse(exchange, 400);
        return false;
    }
    if (is_signed(exchange, form))
        return true;
    http_form_free(form);
    hook_refuse(exchange, 403);
    return false;
}

static const char *value_of(const struct http_form *form, const char *name)
{
    const char *value = http_form_value(form, name);

    return value == NULL ? "" : value;
}

/* What the address itself said; it is signed too. */
static void read_reference(const struct http_request *request, struct hook *hook)
{
    for (size_t i = 0; i < request->query_count; i++)
        if (strcmp(request->query[i].name, "delivery") == 0)
            snprintf(hook->reference, sizeof hook->reference, "%s", request->query[i].value);
}

int hook_twilio_status(struct exchange *exchange, struct error *error)
{
    struct http_form form;

    (void)error;
    if (!read_form(exchange, &form))
        return 0;
    struct hook *hook = hook_new(exchange, "twilio");
    if (hook != NULL) {
        snprintf(hook->id, sizeof hook->id, "%s", value_of(&form, "MessageSid"));
        read_reference(exchange->request, hook);
        hook_word(value_of(&form, "MessageStatus"), hook->kind);
        hook_word(value_of(&form, "ErrorCode"), hook->code);
        hook->state = hook_twilio_state(hook->kind);
        if (hook->state == NULL)
            hook_done(exchange, 204);
    }
    http_form_free(&form);
    return 0;
}

int hook_twilio_inbound(struct exchange *exchange, struct error *error)
{
    struct http_form form;

    (void)error;
    if (!read_form(exchange, &form))
        return 0;
    struct hook *hook = hook_new(exchange, "twilio");
    if (hook != NULL) {
        const char *choice =
            value_of(&form, "OptOutType"); /* the word that an account may rename */
        snprintf(hook->id, sizeof hook->id, "%s", value_of(&form, "MessageSid"));
        hook_text(choice[0] != '\0' ? choice : value_of(&form, "Body"), hook->text);
        if (hook->id[0] == '\0' || !hook_number(value_of(&form, "From"), hook->number))
            hook_done(exchange, 204);
    }
    http_form_free(&form);
    return 0;
}

static void put_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else
            fputc(*text, out);
    }
}

static bool is_answered_by_twilio(const char *answer)
{
    static const char *const answers[] = {"stopped", "started", "help"};

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcmp(answer, answers[i]) == 0)
            return true;
    return false;
}

void hook_twilio_answer(struct exchange *exchange)
{
    const struct hook *hook = exchange->own;
    char text[REPLY_SIZE * 5 + 128];
    FILE *out = fmemopen(text, sizeof text, "w");

    if (out == NULL) {
        hook_done(exchange, 204);
        exchange_reply(exchange);
        return;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>", out);
    if (hook->said[0] != '\0' && !is_answered_by_twilio(hook->answer)) {
        fputs("<Message>", out);
        put_escaped(out, hook->said);
        fputs("</Message>", out);
    }
    fputs("</Response>", out);
    fclose(out);
    exchange->content_type = "text/xml";
    exchange_json(exchange, 200, text, strlen(text));
    exchange_reply(exchange);
}
