#include "webhook.h"

#include "cap.h"
#include "clock.h"
#include "network.h"
#include "receivers.h"
#include "webhook_address.h"

#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whom a message goes to. */
struct target {
    const char *url, *secret;
    char host[WEBHOOK_HOST];
    bool private_too, plain_too;
};

/* A replay goes to the sandbox, whoever it is for. */
static int find_target(const struct settings *settings, const struct parcel *parcel,
                       struct target *target)
{
    bool replay = parcel->lane == LANE_REPLAY;

    *target = (struct target){
        .url = replay ? settings->sandbox_webhook_url : parcel->to,
        .secret = replay ? "replay" : parcel->secret,
        .private_too = replay || settings->webhook_private_networks,
        .plain_too = replay,
    };
    if (!target->secret || !target->secret[0]) /* nothing goes out unsigned */
        return ERR_VALUE;
    return webhook_host(target->url, target->plain_too, target->host);
}

/* The request ----------------------------------------------------------------------------------*/

void webhook_sign(const char *secret, int64_t seconds, const char *body,
                  char signature[WEBHOOK_SIGNATURE])
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char head[32];
    int length = snprintf(head, sizeof head, "%" PRId64 ".", seconds);

    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)head, (size_t)length);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, strlen(body));
    crypto_auth_hmacsha256_final(&state, mac);
    snprintf(signature, WEBHOOK_SIGNATURE, "v1=");
    sodium_bin2hex(signature + 3, WEBHOOK_SIGNATURE - 3, mac, sizeof mac);
    sodium_memzero(&state, sizeof state);
}

static struct curl_slist *add(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = list ? curl_slist_append(list, line) : NULL;

    if (!longer)
        curl_slist_free_all(list);
    return longer;
}

/* The time is that of the try: a receiver refuses one that is long past. */
static struct curl_slist *headers_of(const struct target *target, const struct parcel *parcel)
{
    int64_t seconds = (int64_t)time(NULL);
    char signature[WEBHOOK_SIGNATURE], line[400];
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/cap+xml");

    list = add(list, "Accept: */*");
    list = add(list, "Expect:"); /* libcurl's own is taken out */
    list = add(list, "User-Agent: liaison-notify/" LIAISON_VERSION);
    snprintf(line, sizeof line, "Idempotency-Key: \"%.300s\"", parcel->message_id);
    list = add(list, line);
    snprintf(line, sizeof line, "Liaison-Timestamp: %" PRId64, seconds);
    list = add(list, line);
    webhook_sign(target->secret, seconds, parcel->text, signature);
    snprintf(line, sizeof line, "Liaison-Signature: %s", signature);
    return add(list, line);
}

/* What answers mean -----------------------------------------------------------------------------*/

/* The first row that holds the status counts. */
static const struct {
    long from, to;
    enum parcel_verdict verdict;
} answers[] = {
    {200, 299, VERDICT_SENT},        {300, 399, VERDICT_OUR_MESSAGE}, /* we have an old address: a
                                                                         redirection is not followed
                                                                       */
    {408, 409, VERDICT_DEFERRED}, /* too slow for it; it has the same key in its hands */
    {410, 410, VERDICT_REFUSED},  /* it wants nothing any more */
    {421, 421, VERDICT_DEFERRED},    {423, 425, VERDICT_DEFERRED},    {429, 429, VERDICT_BUSY},
    {400, 499, VERDICT_OUR_MESSAGE}, /* our address, secret or form */
    {500, 599, VERDICT_DEFERRED},    /* this address; another at the host may do */
};

static enum parcel_verdict verdict_of(const struct webhook_answer *answer)
{
    if (answer->status == 503 && answer->retry_after_s >= 0)
        return VERDICT_BUSY;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (answer->status >= answers[i].from && answer->status <= answers[i].to)
            return answers[i].verdict;
    return VERDICT_ODD_ANSWER;
}

/* How an exchange that brought no status ended: before any of the request went out, and after. */
static const struct {
    CURLcode rc;
    enum parcel_verdict before, after;
} silences[] = {
    {CURLE_OUT_OF_MEMORY, VERDICT_INTERNAL, VERDICT_NO_ANSWER},
    {CURLE_ABORTED_BY_CALLBACK, VERDICT_INTERNAL, VERDICT_NO_ANSWER},
    {CURLE_UNSUPPORTED_PROTOCOL, VERDICT_UNREACHABLE, VERDICT_ODD_ANSWER}, /* not HTTP */
    {CURLE_WEIRD_SERVER_REPLY, VERDICT_UNREACHABLE, VERDICT_ODD_ANSWER},
};

static enum parcel_verdict silence_of(const struct webhook_answer *answer)
{
    for (size_t i = 0; i < sizeof silences / sizeof *silences; i++)
        if (silences[i].rc == answer->rc)
            return answer->went_out ? silences[i].after : silences[i].before;
    return answer->went_out ? VERDICT_NO_ANSWER : VERDICT_UNREACHABLE;
}

static void judge_silence(const struct webhook_answer *answer, struct parcel *parcel)
{
    if (answer->forbidden)
        parcel_judged(parcel, VERDICT_BAD_ADDRESS, "webhook private");
    else
        parcel_judged(parcel, silence_of(answer), "webhook curl-%d", (int)answer->rc);
}

void webhook_judge(const struct webhook_answer *answer, struct parcel *parcel)
{
    parcel->went_out = answer->went_out;
    parcel->retry_after_s = answer->retry_after_s;
    if (answer->status < 200) {
        judge_silence(answer, parcel);
        return;
    }
    enum parcel_verdict verdict = verdict_of(answer);
    if (verdict == VERDICT_SENT)
        parcel_judged(parcel, verdict, "%s", "");
    else
        parcel_judged(parcel, verdict, "webhook %ld", answer->status);
}

/* Sending ---------------------------------------------------------------------------------------*/

enum { CONNECT_MOST_MS = 5000 }; /* a host that is dead in silence holds a worker for so long */

/* The addresses of the host that were tried, and those that may not be. */
struct guard {
    bool private_too;
    unsigned tried, forbidden;
};

static curl_socket_t open_cb(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct guard *guard = ctx;

    (void)purpose;
    if (!network_allows(&address->addr, guard->private_too)) {
        guard->forbidden++;
        return CURL_SOCKET_BAD;
    }
    guard->tried++;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* The status has been read: that is all that there is to know. */
static size_t body_cb(char *data, size_t size, size_t count, void *ctx)
{
    (void)data, (void)size, (void)count, (void)ctx;
    return 0;
}

static void set_request(CURL *curl, const struct settings *settings, const struct target *target,
                        const char *body, struct guard *guard)
{
    curl_easy_setopt(curl, CURLOPT_URL, target->url);
    if (settings->webhook_timeout_s * 1000L > CONNECT_MOST_MS)
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MOST_MS);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, target->plain_too ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_cb);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, guard);
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_cb);
    if (settings->webhook_ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->webhook_ca_file);
}

static void read_answer(CURL *curl, const struct guard *guard, struct webhook_answer *answer)
{
    curl_off_t wait_s = 0;
    long octets = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &octets);
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait_s);
    answer->went_out = octets > 0;
    answer->forbidden = guard->forbidden > 0 && guard->tried == 0;
    if (wait_s > 0)
        answer->retry_after_s = wait_s < INT_MAX ? (int)wait_s : INT_MAX;
}

static void post(struct transport *transport, const struct settings *settings,
                 const struct target *target, struct parcel *parcel)
{
    struct guard guard = {.private_too = target->private_too};
    struct webhook_answer answer = {.rc = CURLE_OUT_OF_MEMORY, .retry_after_s = -1};
    struct curl_slist *headers = headers_of(target, parcel);

    transport_start(transport, settings->webhook_timeout_s);
    CURL *curl = headers ? transport_handle(transport) : NULL;
    if (curl) {
        set_request(curl, settings, target, parcel->text, &guard);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        answer.rc = curl_easy_perform(curl);
        read_answer(curl, &guard, &answer);
        transport_end(transport, false);
    }
    curl_slist_free_all(headers);
    webhook_judge(&answer, parcel);
}

/* The signs of its end are the host's: the provider of all hosts hears of none. */
static void webhook_send(struct transport *transport, const struct settings *settings,
                         struct parcel *parcel)
{
    struct receivers *receivers = transport->shared;
    struct receiver_pass pass;
    struct receiver_hold hold;
    struct target target;

    if (find_target(settings, parcel, &target) != 0) {
        parcel_judged(parcel, VERDICT_BAD_ADDRESS, "webhook address");
        return;
    }
    const struct receiver_wish wish = {target.host, parcel->district_id, parcel->urgent};
    if (!receivers_enter(receivers, &wish, clock_mono_us(), &pass, &hold)) {
        parcel_held(parcel, hold.reason, hold.wait_ms);
        return;
    }
    post(transport, settings, &target, parcel);
    int64_t wait_ms =
        receivers_leave(receivers, &pass, parcel->sign, parcel->retry_after_s, clock_mono_us());
    if (parcel->sign == SIGN_DOWN || parcel->sign == SIGN_BUSY)
        parcel->hold_ms = wait_ms;
    parcel->sign = SIGN_NONE;
    parcel->deferred = false;
}

/* The channel -----------------------------------------------------------------------------------*/

static void *webhook_share(const struct settings *settings)
{
    const struct receivers_options options = {
        .base_s = settings->base_s,
        .most_s = settings->most_s,
        .per_second = settings->webhook_per_second,
        .workers = (size_t)settings->webhook_connections,
        .reserved = (size_t)settings->webhook_urgent_connections,
    };

    return receivers_open(&options);
}

static void webhook_unshare(void *shared)
{
    receivers_close(shared);
}

static bool webhook_plan(const struct settings *settings, enum settings_way way,
                         struct provider_plan *plan)
{
    *plan = (struct provider_plan){.name = "webhook",
                                   .workers = settings->webhook_connections,
                                   .reserved = settings->webhook_urgent_connections};
    return way == WAY_REPLAY ? settings->sandbox_webhook_url[0] != '\0'
                             : way == WAY_FIRST && settings->webhook_enabled;
}

const struct channel webhook_channel = {
    .bit = CHANNEL_WEBHOOK,
    .name = "webhook",
    .address_column = "webhook",
    .secret_column = "webhook_secret",
    .sent_counter = "sent_webhook",
    .failed_counter = "failed_webhook",
    .retried_counter = "retried_webhook",
    .repeatable = true, /* by its Idempotency-Key */
    .write = cap_message,
    .plan = webhook_plan,
    .share = webhook_share,
    .unshare = webhook_unshare,
    .send = webhook_send,
};
