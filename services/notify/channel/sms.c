#include "sms.h"

#include "sms_gsm.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MOST = 16384, CALLBACK_MOST = 400 };

/* Delivered, failed, accepted or refused by the SMS centre. */
#define KANNEL_REPORTS "27"

struct answer {
    size_t size;
    char body[ANSWER_MOST + 1];
};

/* Twilio's errors that say that this number will never take this message. Others of 4xx may be the
 * account's state, and are tried again until it is too late. */
static const int permanent_codes[] = {21211, 21212, 21214, 21217, 21408, 21602,
                                      21604, 21606, 21610, 21612, 21614, 21617};

static size_t take_cb(char *data, size_t size, size_t count, void *ctx)
{
    struct answer *answer = ctx;
    size_t octets = size * count;
    size_t room = ANSWER_MOST - answer->size;
    size_t kept = octets < room ? octets : room;

    memcpy(answer->body + answer->size, data, kept);
    answer->size += kept;
    answer->body[answer->size] = '\0';
    return octets;
}

enum { TWILIO_OPTED_OUT = 21610 };

static bool is_permanent(json_int_t code)
{
    for (size_t i = 0; i < sizeof permanent_codes / sizeof *permanent_codes; i++)
        if (permanent_codes[i] == code)
            return true;
    return false;
}

void sms_judge_twilio(long status, const char *body, struct parcel *parcel)
{
    json_t *json = json_loads(body, 0, NULL);
    json_int_t code = json_integer_value(json_object_get(json, "code"));
    const char *sid = json_string_value(json_object_get(json, "sid"));

    if (status >= 200 && status < 300) {
        parcel_sent(parcel);
        snprintf(parcel->provider_id, sizeof parcel->provider_id, "%s", sid ? sid : "");
    } else if (status == 400 && is_permanent(code)) {
        parcel_failed(parcel, END_PERMANENT,
                      code == TWILIO_OPTED_OUT ? REASON_OPTED_OUT : REASON_REFUSED, "twilio %lld",
                      (long long)code);
    } else if (code > 0) {
        parcel_failed(parcel, END_TEMPORARY, REASON_DEFERRED, "twilio %lld", (long long)code);
    } else {
        parcel_failed(parcel, END_TEMPORARY, REASON_DEFERRED, "http %ld", status);
    }
    json_decref(json);
}

void sms_judge_kannel(long status, const char *body, struct parcel *parcel)
{
    if (status == 202)
        parcel_sent(parcel);
    else if (status == 400 || (status == 403 && strstr(body, "Do not try again")))
        parcel_failed(parcel, END_PERMANENT, REASON_REFUSED, "kannel %ld", status);
    else
        parcel_failed(parcel, END_TEMPORARY, REASON_DEFERRED, "kannel %ld", status);
}

static void add_field(CURL *curl, FILE *form, const char *name, const char *value)
{
    char *coded = curl_easy_escape(curl, value, 0);

    fprintf(form, "%s%s=%s", ftell(form) > 0 ? "&" : "", name, coded ? coded : "");
    curl_free(coded);
}

/* Where this try's receipts come in. It names the try, so that a receipt finds it whatever the
 * answer to the request was. */
static bool callback_of(const struct sms_endpoint *to, const struct parcel *parcel, char *out,
                        size_t size)
{
    if (!to->callback[0])
        return false;
    snprintf(out, size, "%s?delivery=%d.%" PRId64 ".%d", to->callback, parcel->district_id,
             parcel->delivery_id, parcel->attempts);
    return true;
}

static void set_twilio(CURL *curl, const struct settings *settings, const struct parcel *parcel)
{
    const struct sms_endpoint *to = &settings->sms[parcel->lane];
    char callback[CALLBACK_MOST];
    char *form = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&form, &size);

    if (!out)
        return;
    add_field(curl, out, "To", parcel->to);
    add_field(curl, out, "From", settings->sms_from[0] ? settings->sms_from : "+15550100000");
    add_field(curl, out, "Body", parcel->brief);
    if (callback_of(to, parcel, callback, sizeof callback))
        add_field(curl, out, "StatusCallback", callback);
    fclose(out);
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, to->account);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, to->password);
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, form);
    free(form);
}

static struct curl_slist *kannel_header(struct curl_slist *list, const char *name,
                                        const char *value)
{
    char line[64 + CALLBACK_MOST];

    snprintf(line, sizeof line, "%s: %s", name, value);
    return curl_slist_append(list, line);
}

/* As a POST of plain text, with the rest in headers: in a URL the password would get into logs. */
static struct curl_slist *set_kannel(CURL *curl, const struct settings *settings,
                                     const struct parcel *parcel)
{
    const struct sms_endpoint *to = &settings->sms[parcel->lane];
    char callback[CALLBACK_MOST];
    struct curl_slist *list = kannel_header(NULL, "Content-Type", "text/plain; charset=UTF-8");

    list = kannel_header(list, "X-Kannel-Username", to->account);
    list = kannel_header(list, "X-Kannel-Password", to->password);
    list = kannel_header(list, "X-Kannel-From", settings->sms_from);
    list = kannel_header(list, "X-Kannel-To", parcel->to);
    list = kannel_header(list, "X-Kannel-Coding", "0");
    if (callback_of(to, parcel, callback, sizeof callback)) {
        /* Kannel puts in which report it is, and what the SMS centre answered. */
        size_t length = strlen(callback);
        snprintf(callback + length, sizeof callback - length, "&state=%%d&answer=%%A");
        list = kannel_header(list, "X-Kannel-DLR-Mask", KANNEL_REPORTS);
        list = kannel_header(list, "X-Kannel-DLR-Url", callback);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, parcel->brief);
    return list;
}

static bool number_ok(const char *number)
{
    return number[0] == '+' && strlen(number) > 7 && strlen(number) < 17 &&
           strspn(number + 1, "0123456789") == strlen(number + 1);
}

static void sms_send(CURL *curl, const struct settings *settings, struct parcel *parcel)
{
    const struct sms_endpoint *to = &settings->sms[parcel->lane];
    struct answer *answer = calloc(1, sizeof *answer);
    struct curl_slist *list = NULL;
    long status = 0;
    long request_octets = 0;

    if (!answer) {
        parcel_failed(parcel, END_TEMPORARY, REASON_INTERNAL, "sms memory");
        goto out;
    }
    if (!number_ok(parcel->to)) {
        parcel_failed(parcel, END_PERMANENT, REASON_BAD_ADDRESS, "sms number");
        goto out;
    }
    curl_easy_setopt(curl, CURLOPT_URL, to->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_cb);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (to->ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, to->ca_file);
    if (to->provider == SMS_TWILIO)
        set_twilio(curl, settings, parcel);
    else
        list = set_kannel(curl, settings, parcel);
    CURLcode rc = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_octets);
    if (rc != CURLE_OK && request_octets > 0)
        parcel_failed(parcel, END_UNKNOWN, REASON_NO_ANSWER, "http curl-%d", (int)rc);
    else if (rc != CURLE_OK)
        parcel_failed(parcel, END_TEMPORARY, REASON_UNREACHABLE, "http curl-%d", (int)rc);
    else if (to->provider == SMS_TWILIO)
        sms_judge_twilio(status, answer->body, parcel);
    else
        sms_judge_kannel(status, answer->body, parcel);
out:
    curl_easy_reset(curl);
    curl_slist_free_all(list);
    free(answer);
}

static bool sms_available(const struct settings *settings, enum settings_lane lane)
{
    return settings->sms[lane].provider != SMS_NONE;
}

/* One segment: a message in two parts may come as one part. */
static const struct brief_form one_segment = {
    .most = GSM_SEGMENT,
    .link_most = 90,
    .measure = gsm_septets,
    .spell = gsm_transliterate,
    .shorten = gsm_shorten,
};

const struct channel sms_channel = {
    .bit = CHANNEL_SMS,
    .name = "sms",
    .address_column = "phone",
    .sent_counter = "sent_sms",
    .failed_counter = "failed_sms",
    .retried_counter = "retried_sms",
    .brief = &one_segment,
    .repeatable = false,
    .available = sms_available,
    .send = sms_send,
};
