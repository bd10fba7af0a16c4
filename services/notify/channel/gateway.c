#include "gateway.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MOST = 1 << 20 };

static size_t take_cb(char *data, size_t size, size_t count, void *ctx)
{
    struct gateway_answer *answer = ctx;
    size_t octets = size * count;

    if (answer->size + octets > ANSWER_MOST)
        return octets; /* read to the end, so that the connection can be used again */
    char *body = realloc(answer->body, answer->size + octets + 1);
    if (!body)
        return 0;
    memcpy(body + answer->size, data, octets);
    answer->body = body;
    answer->size += octets;
    answer->body[answer->size] = '\0';
    return octets;
}

/* The body is read by a callback that cannot be rewound: from memory libcurl would send it again
 * over another connection when the gateway resets the first. */
struct source {
    const char *body;
    size_t left;
    bool begun; /* libcurl's own count is gone when it wanted to send the body again */
};

static size_t give_cb(char *out, size_t size, size_t count, void *ctx)
{
    struct source *source = ctx;
    size_t octets = size * count < source->left ? size * count : source->left;

    source->begun |= octets > 0;
    memcpy(out, source->body, octets);
    source->body += octets;
    source->left -= octets;
    return octets;
}

static void set_request(CURL *curl, const struct gateway_request *request, struct source *source)
{
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers);
    if (request->ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
    if (request->user) {
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password);
    }
    if (!request->body)
        return;
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)source->left);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_cb);
    curl_easy_setopt(curl, CURLOPT_READDATA, source);
}

static void read_answer(CURL *curl, struct gateway_answer *answer)
{
    curl_off_t wait_s = 0;
    struct curl_header *date;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait_s);
    if (wait_s > 0)
        answer->retry_after_s = wait_s < INT_MAX ? (int)wait_s : INT_MAX;
    if (curl_easy_header(curl, "Date", 0, CURLH_HEADER, -1, &date) == CURLHE_OK &&
        (answer->date = curl_getdate(date->value, NULL)) < 0)
        answer->date = 0;
}

bool gateway_callback(const struct sms_endpoint *to, const struct parcel *parcel,
                      char out[GATEWAY_CALLBACK_SIZE])
{
    if (!to->callback[0])
        return false;
    snprintf(out, GATEWAY_CALLBACK_SIZE, "%s?delivery=%d.%" PRId64 ".%d", to->callback,
             parcel->district_id, parcel->delivery_id, parcel->attempts);
    return true;
}

void gateway_exchange(struct transport *transport, const struct gateway_request *request,
                      struct gateway_answer *answer)
{
    struct source source = {.body = request->body,
                            .left = request->body ? strlen(request->body) : 0};
    CURL *curl = transport_handle(transport);

    *answer = (struct gateway_answer){.rc = CURLE_OUT_OF_MEMORY, .retry_after_s = -1};
    if (!curl)
        return;
    set_request(curl, request, &source);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_cb);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    answer->rc = curl_easy_perform(curl);
    answer->went_out = source.begun;
    read_answer(curl, answer);
    transport_end(transport, answer->rc == CURLE_OK);
}

void gateway_answer_free(struct gateway_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
}

const char *gateway_text(const struct gateway_answer *answer)
{
    return answer->body ? answer->body : "";
}

bool gateway_judge_silence(const struct gateway_answer *answer, struct parcel *parcel)
{
    parcel->went_out = answer->went_out;
    parcel->retry_after_s = answer->retry_after_s;
    if (answer->rc == CURLE_OK)
        return false;
    enum parcel_verdict verdict = answer->went_out                          ? VERDICT_NO_ANSWER
                                  : answer->rc == CURLE_ABORTED_BY_CALLBACK ? VERDICT_INTERNAL
                                  : answer->rc == CURLE_OUT_OF_MEMORY       ? VERDICT_INTERNAL
                                                                            : VERDICT_UNREACHABLE;
    parcel_judged(parcel, verdict, "http curl-%d", (int)answer->rc);
    return true;
}

void gateway_judge_status(const struct gateway_answer *answer, struct parcel *parcel)
{
    bool refused = answer->status >= 400 && answer->status < 500 && answer->status != 408;

    parcel_judged(parcel,
                  answer->status == 429 ? VERDICT_BUSY
                  : refused             ? VERDICT_OUR_ACCOUNT
                                        : VERDICT_ODD_ANSWER,
                  "http %ld", answer->status);
}
