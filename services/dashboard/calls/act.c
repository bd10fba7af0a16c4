#include "act.h"

#include "service.h"
#include "stream.h"
#include "text_check.h"
#include "utf8.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

enum { WINDOW = 500, WINDOW_STEP = 250 };

/* text_check reads texts up to TEXT_CHECK_MAX octets: a longer one is checked in windows that
 * overlap. */
static bool holds_denied(const char *text)
{
    char window[WINDOW + sizeof TEXT_WITHHELD];
    size_t size = strlen(text);

    for (size_t from = 0;; from += WINDOW_STEP) {
        while ((text[from] & 0xc0) == 0x80)
            from++;
        size_t end = from + WINDOW < size ? from + WINDOW : size;
        while (end < size && (text[end] & 0xc0) == 0x80)
            end--;
        snprintf(window, sizeof window, "%.*s", (int)(end - from), text + from);
        if (text_check(window, sizeof window, TEXT_OF_OTHER, NULL) > 0)
            return true;
        if (end == size)
            return false;
    }
}

/* A comment is free text, and is checked like that of agencies. It is not changed: who wrote it
 * says it in other words. */
static int read_text(const json_t *text, struct act *act, struct error *error)
{
    const char *said = json_string_value(text);
    const char *defect;

    if (said == NULL || utf8_is_blank(said, strlen(said)))
        return error_set(error, ERR_MISSING, "text", "is missing");
    if (characters(said) > ACT_TEXT_MOST)
        return error_set(error, ERR_SIZE, "text", "may have at most %d characters", ACT_TEXT_MOST);
    defect = utf8_text_defect(said, strlen(said));
    if (defect)
        return error_set(error, ERR_VALUE, "text", "%s", defect);
    if (holds_denied(said))
        return error_set(error, ERR_VALUE, "text",
                         "must not tell an immigration status, a date or place of birth, or the "
                         "name of a person of the call");
    snprintf(act->text, sizeof act->text, "%s", said);
    return 0;
}

static int read_to(const json_t *to, struct act *act, struct error *error)
{
    json_int_t id = json_integer_value(to);

    if (!json_is_integer(to) || id < 1 || id > INT32_MAX)
        return error_set(error, ERR_TYPE, "to", "must be the id of a contact");
    snprintf(act->to, sizeof act->to, "%d", (int)id);
    return 0;
}

/* Which acts there are, and the member that goes with each. */
static const struct {
    const char *name;
    const char *member; /* or NULL */
    int (*read)(const json_t *value, struct act *act, struct error *error);
} acts[] = {
    {"has", NULL, NULL},
    {"undone", NULL, NULL},
    {"handed_over", "to", read_to},
    {"comment", "text", read_text},
};

/* An empty object takes the alert, as programs of before do. */
static int read_body(const json_t *body, bool may_have, struct act *act, struct error *error)
{
    const char *name = json_string_value(json_object_get(body, "act"));

    if (may_have && json_object_size(body) == 0) {
        snprintf(act->what, sizeof act->what, "has");
        return 0;
    }
    for (size_t i = may_have ? 0 : 1; name != NULL && i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(name, acts[i].name) != 0)
            continue;
        if (json_object_size(body) != (acts[i].member != NULL ? 2 : 1))
            return error_set(error, ERR_SYNTAX, "body", "has members that do not go with the act");
        snprintf(act->what, sizeof act->what, "%s", name);
        return acts[i].read == NULL
                   ? 0
                   : acts[i].read(json_object_get(body, acts[i].member), act, error);
    }
    return error_set(error, ERR_VALUE, "act", "must be one of the acts that there are");
}

int act_read(struct exchange *exchange, bool may_have, struct error *error)
{
    const struct http_request *request = exchange->request;
    struct act *act = calloc(1, sizeof *act);
    json_error_t json_error;

    if (act == NULL)
        return error_set(error, ERR_NOMEM, "", "the server is busy");
    exchange->own = act;
    exchange->own_size = sizeof *act;
    if (may_have && request->content_type[0] == '\0') { /* no form sends this */
        snprintf(act->what, sizeof act->what, "has");
        return 0;
    }
    if (strncasecmp(request->content_type, "application/json", 16) != 0)
        return error_set(error, ERR_SYNTAX, "content-type", "must be application/json");
    json_t *body = json_loadb(request->body != NULL ? request->body : "", request->body_size,
                              JSON_REJECT_DUPLICATES, &json_error);
    if (body == NULL)
        return error_set(error, ERR_SYNTAX, "body", "is not JSON (line %d, column %d)",
                         json_error.line, json_error.column);
    int result = json_is_object(body) ? read_body(body, may_have, act, error)
                                      : error_set(error, ERR_TYPE, "body", "must be an object");
    json_decref(body);
    return result;
}

/* Why nothing was noted, and what to do about it. The last is for a reason of a newer schema. */
static const struct {
    const char *why, *code, *says;
} refusals[] = {
    {"full", "not_noted", "There are 100 comments already: no more can be added."},
    {"not_yours", "not_noted",
     "You do not have it, so you can neither give it back nor hand it over."},
    {"over", "not_noted", "It is over: nobody needs to take it."},
    {"yourself", "not_noted", "You have it already. Choose somebody else."},
    {"has_it", "not_noted", "That person has it already. Choose somebody else."},
    {"not_reachable", "not_reachable",
     "No message reaches that person now: there is no e-mail address or telephone number that "
     "takes "
     "it. Hand it to somebody else, or call."},
    {"cannot_take", "not_noted",
     "That person cannot take it: absent, no contact of this school, or not allowed to see the "
     "call. Choose somebody else."},
    {"", "not_noted", "That could not be noted. Load the page again."},
};

void act_refuse(struct exchange *exchange, const char *why)
{
    size_t i = 0;

    while (refusals[i].why[0] && strcmp(refusals[i].why, why) != 0)
        i++;
    exchange_error(exchange, 409, refusals[i].code, NULL, refusals[i].says);
}

const char *act_to(const struct act *act)
{
    return act->to[0] ? act->to : NULL;
}

const char *act_text(const struct act *act)
{
    return act->text[0] ? act->text : NULL;
}

void act_done(struct exchange *exchange)
{
    const struct act *act = exchange->own;

    if (act != NULL && act->noted)
        streams_tell_alert(exchange->service, act->district, act->alert);
    exchange_reply(exchange);
}
