#include "twilio.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLACK_S = 300 }; /* a repetition may wait for a worker */

/* Whose fault an error is. Those that are not here are ours until somebody has looked: Twilio's
 * codes change, and none that we do not know ends a message for good. */
static const struct {
    int code;
    enum parcel_verdict verdict;
} codes[] = {
    {20003, VERDICT_OUR_ACCOUNT}, /* credentials */
    {20005, VERDICT_OUR_ACCOUNT}, /* account not active */
    {20404, VERDICT_OUR_ACCOUNT}, /* no such account */
    {20429, VERDICT_BUSY},        {20500, VERDICT_FAILING},
    {20503, VERDICT_FAILING},     {21211, VERDICT_REFUSED}, /* the number: not valid */
    {21212, VERDICT_OUR_ACCOUNT},                           /* our number: not valid */
    {21214, VERDICT_REFUSED},                               /* the number: cannot be reached */
    {21217, VERDICT_REFUSED},                               /* the number: not valid */
    {21408, VERDICT_OUR_MESSAGE}, /* our account may not send to that region */
    {21602, VERDICT_OUR_MESSAGE}, /* no body */
    {21603, VERDICT_OUR_ACCOUNT}, /* no sender */
    {21604, VERDICT_OUR_MESSAGE}, /* no receiver */
    {21606, VERDICT_OUR_ACCOUNT}, /* our number: sends no texts */
    {21608, VERDICT_OUR_MESSAGE}, /* a trial account, and a number that it may not use */
    {21610, VERDICT_OPTED_OUT},   {21611, VERDICT_BUSY}, /* the queue of our number is full */
    {21612, VERDICT_REFUSED},                            /* no way to the number */
    {21614, VERDICT_REFUSED},                            /* the number takes no texts */
    {21617, VERDICT_OUR_MESSAGE},                        /* too long */
    {21619, VERDICT_OUR_MESSAGE},                        /* no body */
    {21659, VERDICT_OUR_ACCOUNT},                        /* our number: not of this account */
    {21660, VERDICT_OUR_ACCOUNT},                        /* our number: not of this account */
    {30001, VERDICT_BUSY},                               /* its queue is full */
    {30002, VERDICT_OUR_ACCOUNT},                        /* account suspended */
    {30003, VERDICT_DEFERRED},                           /* the telephone is off or away */
    {30004, VERDICT_REFUSED},     /* blocked by the receiver or the carrier */
    {30005, VERDICT_REFUSED},     /* no such telephone */
    {30006, VERDICT_REFUSED},     /* a landline */
    {30007, VERDICT_OUR_MESSAGE}, /* filtered as unwanted */
    {30008, VERDICT_DEFERRED},    /* the carrier gave no reason */
    {30034, VERDICT_OUR_ACCOUNT}, /* our number: not registered with the carriers */
};

static enum parcel_verdict verdict_of(json_int_t code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].verdict;
    return VERDICT_OUR_MESSAGE;
}

/* States of a message that it will not leave, and in which nobody got it. */
static bool is_failed(const char *status)
{
    static const char *const failed[] = {"failed", "undelivered", "canceled"};

    for (size_t i = 0; i < sizeof failed / sizeof *failed; i++)
        if (strcmp(status, failed[i]) == 0)
            return true;
    return false;
}

/* A message as Twilio shows it. False: this is none. */
static bool judge_message(const json_t *message, struct parcel *parcel)
{
    const char *sid = json_string_value(json_object_get(message, "sid"));
    const char *status = json_string_value(json_object_get(message, "status"));
    json_int_t code = json_integer_value(json_object_get(message, "error_code"));

    if (!sid || !sid[0] || !status || strlen(sid) >= sizeof parcel->provider_id)
        return false;
    snprintf(parcel->provider_id, sizeof parcel->provider_id, "%s", sid);
    if (code > 0)
        parcel_judged(parcel, verdict_of(code), "twilio %lld", (long long)code);
    else if (is_failed(status))
        parcel_judged(parcel, VERDICT_DEFERRED, "twilio %.32s", status);
    else
        parcel_judged(parcel, VERDICT_SENT, "%s", "");
    return true;
}

/* Twilio's own error. Of 5xx too: it says that the message was not taken. */
static bool judge_error(long status, const json_t *json, struct parcel *parcel)
{
    json_int_t code = json_integer_value(json_object_get(json, "code"));
    bool known = code > 0 && status >= 400;
    enum parcel_verdict verdict = verdict_of(code);

    if (!known)
        return false;
    if (status == 429)
        verdict = VERDICT_BUSY;
    else if (status >= 500 && verdict == VERDICT_OUR_MESSAGE)
        verdict = VERDICT_FAILING;
    else if ((status == 401 || status == 403) && verdict == VERDICT_OUR_MESSAGE)
        verdict = VERDICT_OUR_ACCOUNT;
    parcel_judged(parcel, verdict, "twilio %lld", (long long)code);
    return true;
}

void twilio_judge(const struct gateway_answer *answer, struct parcel *parcel)
{
    if (gateway_judge_silence(answer, parcel))
        return;
    json_t *json = json_loads(gateway_text(answer), 0, NULL);
    bool good = answer->status >= 200 && answer->status < 300;

    if (!(good ? judge_message(json, parcel) : judge_error(answer->status, json, parcel)))
        gateway_judge_status(answer, parcel);
    json_decref(json);
}

/* Asking before a repetition --------------------------------------------------------------------*/

/* Texts that differ in nothing but the token of their link: each try has a link of its own. */
static bool same_text(const char *one, const char *other, const char *base_url)
{
    char link[sizeof((struct settings *)0)->base_url + 4];
    int length = snprintf(link, sizeof link, "%s/a/", base_url);
    const char *at = strstr(one, link);
    const char *other_at = strstr(other, link);
    const char *const token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    if (!at || !other_at)
        return strcmp(one, other) == 0;
    if (at - one != other_at - other || strncmp(one, other, (size_t)(at - one)) != 0)
        return false;
    at += length;
    other_at += length;
    return strcmp(at + strspn(at, token), other_at + strspn(other_at, token)) == 0;
}

/* An id that another of our messages has. Two calls, or two rounds of one, may say the same. */
static bool is_another(const char *sid, const char *others)
{
    size_t length = strlen(sid);

    while (others && *others) {
        size_t word = strcspn(others, " ");

        if (word == length && strncmp(others, sid, word) == 0)
            return true;
        others += word + strspn(others + word, " ");
    }
    return false;
}

/* since: the message is not older, by the clock of Twilio. */
static bool is_ours(const json_t *message, const struct settings *settings,
                    const struct parcel *parcel, time_t since)
{
    const char *body = json_string_value(json_object_get(message, "body"));
    const char *to = json_string_value(json_object_get(message, "to"));
    const char *created = json_string_value(json_object_get(message, "date_created"));
    const char *sid = json_string_value(json_object_get(message, "sid"));

    return body && to && created && sid && strcmp(to, parcel->to) == 0 &&
           curl_getdate(created, NULL) >= since && !is_another(sid, parcel->others) &&
           same_text(body, parcel->brief, settings->base_url);
}

/* The two clocks may be apart: what is compared is how long ago it was, by each. */
enum twilio_kept twilio_find(const struct gateway_answer *answer, const struct settings *settings,
                             struct parcel *parcel)
{
    time_t since = (answer->date ? answer->date : time(NULL)) - parcel->tried_s - SLACK_S;
    json_t *json = json_loads(gateway_text(answer), 0, NULL);
    const json_t *messages = json_object_get(json, "messages");
    enum twilio_kept kept = TWILIO_NO_WORD;
    const json_t *message;
    size_t i;

    if (answer->status == 404 || answer->status == 405 || answer->status == 501)
        kept = TWILIO_CANNOT;
    else if (answer->rc == CURLE_OK && answer->status == 200 && json_is_array(messages))
        kept = TWILIO_ABSENT;
    if (kept == TWILIO_ABSENT)
        json_array_foreach(messages, i, message) if (is_ours(message, settings, parcel, since) &&
                                                     judge_message(message, parcel))
        {
            kept = TWILIO_KEPT;
            break;
        }
    json_decref(json);
    return kept;
}

static void set_address(struct gateway_request *request, const struct sms_endpoint *to)
{
    request->url = to->url;
    request->user = to->account;
    request->password = to->password;
    request->ca_file = to->ca_file;
}

/* The newest come first. Dates are compared here: Twilio's own filter is by the time of sending,
 * which a message that waits has not. */
static enum twilio_kept ask(struct transport *transport, const struct settings *settings,
                            struct parcel *parcel)
{
    struct gateway_request request = {0};
    struct gateway_answer answer;
    char url[sizeof((struct sms_endpoint *)0)->url + 64];

    set_address(&request, &settings->sms_to[parcel->way]);
    snprintf(url, sizeof url, "%s?PageSize=50&To=%%2B%s", request.url, parcel->to + 1);
    request.url = url;
    gateway_exchange(transport, &request, &answer);
    enum twilio_kept kept = twilio_find(&answer, settings, parcel);
    if (kept == TWILIO_NO_WORD && answer.rc != CURLE_OK)
        parcel_judged(parcel, VERDICT_NO_ANSWER, "twilio list curl-%d", (int)answer.rc);
    else if (kept == TWILIO_NO_WORD)
        parcel_judged(parcel, VERDICT_NO_ANSWER, "twilio list http %ld", answer.status);
    gateway_answer_free(&answer);
    return kept;
}

/* Sending ---------------------------------------------------------------------------------------*/

static int add_field(FILE *form, const char *name, const char *value)
{
    char *coded = curl_easy_escape(NULL, value, 0);

    if (!coded)
        return ERR_NOMEM;
    fprintf(form, "%s%s=%s", ftell(form) > 0 ? "&" : "", name, coded);
    curl_free(coded);
    return 0;
}

static char *form_of(const struct settings *settings, const struct parcel *parcel)
{
    const struct sms_endpoint *to = &settings->sms_to[parcel->way];
    char callback[GATEWAY_CALLBACK_SIZE];
    char *form = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&form, &size);

    if (!out)
        return NULL;
    int err = add_field(out, "To", parcel->to);
    err = err ? err : add_field(out, "From", to->from);
    err = err ? err : add_field(out, "Body", parcel->brief);
    if (gateway_callback(to, parcel, callback))
        err = err ? err : add_field(out, "StatusCallback", callback);
    if (fclose(out) == 0 && !err)
        return form;
    free(form);
    return NULL;
}

static void post(struct transport *transport, const struct settings *settings,
                 struct parcel *parcel)
{
    struct gateway_request request = {0};
    struct gateway_answer answer;
    char *form = form_of(settings, parcel);

    if (!form) {
        parcel_judged(parcel, VERDICT_INTERNAL, "sms memory");
        return;
    }
    set_address(&request, &settings->sms_to[parcel->way]);
    request.body = form;
    gateway_exchange(transport, &request, &answer);
    twilio_judge(&answer, parcel);
    gateway_answer_free(&answer);
    free(form);
}

static void twilio_send(struct transport *transport, const struct settings *settings,
                        struct parcel *parcel)
{
    enum twilio_kept kept = TWILIO_ABSENT;

    if (parcel->ask)
        kept = ask(transport, settings, parcel);
    if (kept == TWILIO_ABSENT || kept == TWILIO_CANNOT)
        post(transport, settings, parcel);
}

const struct gateway twilio_gateway = {
    .provider = SMS_TWILIO,
    .name = "twilio",
    .second_name = "twilio2",
    .says_what_it_has = true,
    .send = twilio_send,
};
