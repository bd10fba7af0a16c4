#include "transport.h"

#include "clock.h"

#include <sys/socket.h>

enum { CONNECT_MOST_MS = 10000, IDLE_CONNECTION_S = 20, LEAST_MS = 100, LATE_US = 500000 };

void transport_open(struct transport *transport, const struct transport_stop *stop, void *shared)
{
    *transport = (struct transport){.stop = stop, .shared = shared};
}

void transport_start(struct transport *transport, int timeout_s)
{
    transport->deadline_us = clock_mono_us() + timeout_s * INT64_C(1000000);
}

/* Ends a wait. libcurl keeps its own time limits but for one wait: that for the answer to QUIT. */
static int progress_cb(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    const struct transport *transport = ctx;

    (void)down_total, (void)down, (void)up_total;
    return (up == 0 && atomic_load(&transport->stop->hurry)) ||
           atomic_load(&transport->stop->abandon) ||
           clock_mono_us() > transport->deadline_us + LATE_US ||
           (transport->pointless && transport->pointless(transport->ctx));
}

CURL *transport_handle(struct transport *transport)
{
    int64_t left_ms = (transport->deadline_us - clock_mono_us()) / 1000;
    long wait_ms = left_ms > LEAST_MS ? (long)left_ms : LEAST_MS;

    if (!transport->curl)
        transport->curl = curl_easy_init();
    CURL *curl = transport->curl;
    if (!curl)
        return NULL;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, wait_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     wait_ms < CONNECT_MOST_MS ? wait_ms : (long)CONNECT_MOST_MS);
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (wait_ms + 999) / 1000);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)IDLE_CONNECTION_S);
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 1L);
    /* A name server that hangs is not waited for beyond the time limit. */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress_cb);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transport);
    return curl;
}

void transport_watch(struct transport *transport, bool (*pointless)(const void *ctx),
                     const void *ctx)
{
    transport->pointless = pointless;
    transport->ctx = ctx;
}

bool transport_reused(const struct transport *transport)
{
    long made = 1;

    curl_easy_getinfo(transport->curl, CURLINFO_NUM_CONNECTS, &made);
    return made == 0;
}

/* curl_easy_cleanup says good-bye (QUIT, LOGOUT) and waits two minutes for the answer: none is to
 * come. */
void transport_discard(CURL *curl, int how)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK && fd != CURL_SOCKET_BAD)
        shutdown(fd, how);
    curl_easy_cleanup(curl);
}

void transport_end(struct transport *transport, bool clean)
{
    transport_watch(transport, NULL, NULL);
    if (!transport->curl)
        return;
    if (clean) {
        curl_easy_reset(transport->curl);
        return;
    }
    transport_discard(transport->curl, SHUT_RDWR);
    transport->curl = NULL;
}

void transport_close(struct transport *transport)
{
    if (transport->curl)
        transport_discard(transport->curl, SHUT_RD);
    transport->curl = NULL;
}
