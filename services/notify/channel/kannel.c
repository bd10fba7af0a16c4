#include "kannel.h"

#include "sms_gsm.h"

#include <stdio.h>
#include <string.h>

/* Which reports are wanted: delivered, failed, accepted or refused by the SMS centre. */
#define REPORTS "27"

/* The answers that Kannel gives (gw/smsbox.c). What is not here is not Kannel's: a proxy in front
 * of it, or a page of something else. */
static const struct {
    long status;
    const char *text; /* how the body begins */
    enum parcel_verdict verdict;
} answers[] = {
    {202, "0: Accepted for delivery", VERDICT_SENT},
    {202, "3: Queued for later delivery", VERDICT_SENT},
    {400, "Missing receiver number", VERDICT_OUR_MESSAGE},
    {400, "Empty receiver number", VERDICT_OUR_MESSAGE},
    {400, "Number(s) has/have been denied", VERDICT_REFUSED},
    {400, "", VERDICT_OUR_MESSAGE}, /* our sender, our form */
    {403, "Not routable. Do not try again.", VERDICT_REFUSED},
    {403, "", VERDICT_OUR_ACCOUNT},
    {500, "Sending failed.", VERDICT_FAILING},
    {503, "Temporal failure, try again later.", VERDICT_FAILING},
};

void kannel_judge(const struct gateway_answer *answer, struct parcel *parcel)
{
    const char *text = gateway_text(answer);

    if (gateway_judge_silence(answer, parcel))
        return;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (answers[i].status != answer->status ||
            strncmp(text, answers[i].text, strlen(answers[i].text)) != 0)
            continue;
        if (answers[i].verdict == VERDICT_SENT)
            parcel_judged(parcel, VERDICT_SENT, "%s", "");
        else
            parcel_judged(parcel, answers[i].verdict, "kannel %ld", answer->status);
        return;
    }
    gateway_judge_status(answer, parcel);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    char line[64 + GATEWAY_CALLBACK_SIZE];

    snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, line);
    if (!longer)
        curl_slist_free_all(list);
    return longer;
}

/* Kannel puts in which report it is, and what the SMS centre answered. */
static struct curl_slist *add_callback(struct curl_slist *list, const struct sms_endpoint *to,
                                       const struct parcel *parcel)
{
    char callback[GATEWAY_CALLBACK_SIZE];

    if (!gateway_callback(to, parcel, callback))
        return list;
    size_t length = strlen(callback);
    snprintf(callback + length, sizeof callback - length, "&state=%%d&answer=%%A");
    list = add_header(list, "X-Kannel-DLR-Mask", REPORTS);
    return list ? add_header(list, "X-Kannel-DLR-Url", callback) : NULL;
}

/* A POST of plain text, with the rest in headers: in a URL the password would get into logs. */
static struct curl_slist *headers_of(const struct settings *settings, const struct parcel *parcel)
{
    const struct sms_endpoint *to = &settings->sms_to[parcel->way];
    const struct {
        const char *name, *value;
    } rows[] = {
        {"Content-Type", "text/plain; charset=UTF-8"},
        {"X-Kannel-Username", to->account},
        {"X-Kannel-Password", to->password},
        {"X-Kannel-From", to->from},
        {"X-Kannel-To", parcel->to},
        {"X-Kannel-Coding", sms_encoding_of(parcel->brief) == SMS_GSM7 ? "0" : "2"},
    };
    struct curl_slist *list = NULL;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        list = add_header(list, rows[i].name, rows[i].value);
        if (!list)
            return NULL;
    }
    return add_callback(list, to, parcel);
}

static void kannel_send(struct transport *transport, const struct settings *settings,
                        struct parcel *parcel)
{
    const struct sms_endpoint *to = &settings->sms_to[parcel->way];
    struct gateway_request request = {
        .url = to->url, .ca_file = to->ca_file, .body = parcel->brief};
    struct gateway_answer answer;

    request.headers = headers_of(settings, parcel);
    if (!request.headers) {
        parcel_judged(parcel, VERDICT_INTERNAL, "sms memory");
        return;
    }
    gateway_exchange(transport, &request, &answer);
    kannel_judge(&answer, parcel);
    gateway_answer_free(&answer);
    curl_slist_free_all(request.headers);
}

const struct gateway kannel_gateway = {
    .provider = SMS_KANNEL,
    .name = "kannel",
    .second_name = "kannel2",
    .send = kannel_send,
};
