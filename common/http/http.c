#include "clock.h"
#include "http_private.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    BACKLOG = 512,
    SWEEP_MS = 500,   /* how often deadlines are checked */
    SPARE_FILES = 64, /* descriptors for other files and sockets */
    LOG_US = 60 * 1000000,
};

int http_parse_listen(const char *text, char *host, size_t size, int *port)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text)
        return ERR_VALUE;
    const char *start = text;
    size_t length = (size_t)(colon - text);
    if (text[0] == '[') {
        if (colon[-1] != ']' || length < 3)
            return ERR_VALUE;
        start++;
        length -= 2;
    }
    char *end;
    long number = strtol(colon + 1, &end, 10);
    if (*end != '\0' || colon[1] < '0' || colon[1] > '9' || number < 1 || number > 65535 ||
        length == 0 || length >= size || memchr(start, ']', length) != NULL)
        return ERR_VALUE;
    memcpy(host, start, length);
    host[length] = '\0';
    *port = (int)number;
    return 0;
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static int parse_listen(const char *listen, struct sockaddr_storage *address, struct error *error)
{
    char host[64];
    int port;

    if (http_parse_listen(listen, host, sizeof host, &port) != 0)
        return error_set(error, ERR_VALUE, "http.listen", "must be ADDRESS:PORT");
    if (uv_ip4_addr(host, port, (struct sockaddr_in *)address) != 0 &&
        uv_ip6_addr(host, port, (struct sockaddr_in6 *)address) != 0)
        return error_set(error, ERR_VALUE, "http.listen", "must be a numeric address and a port");
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *storage)
{
    struct http_address address;

    http_address_of((const struct sockaddr *)storage, &address);
    return http_address_is_loopback(&address);
}

int http_check(const struct http_options *options, struct error *error)
{
    struct sockaddr_storage address;
    struct http_proxies proxies;
    int result = parse_listen(options->listen, &address, error);

    if (result != 0 ||
        (result = http_proxies_parse(options->trusted_proxies, &proxies, error)) != 0)
        return result;
    if (given(options->tls_cert) != given(options->tls_key))
        return error_set(error, ERR_MISSING, "http.tls_key", "tls_cert and tls_key go together");
    if (!given(options->tls_cert) && proxies.count == 0 && !is_loopback(&address))
        return error_set(error, ERR_MISSING, "http.listen",
                         "is no loopback address: tls_cert and tls_key must be given, or "
                         "trusted_proxies name the proxy that has TLS");
    if (!given(options->tls_cert))
        return 0;
    struct http_tls_context *tls = http_tls_context_new(options->tls_cert, options->tls_key, error);
    http_tls_context_free(tls);
    return tls == NULL ? ERR_IO : 0;
}

/* Admission. */

static unsigned reserve_of(const struct http *http)
{
    return http->max_connections / 4;
}

static bool is_known(const struct http *http, const struct http_address *address)
{
    return http_address_is_loopback(address) || http_book_knows(http->book, address);
}

/* Whether the connection may be closed to admit another: it has no complete request yet, or is
 * ending. */
static bool may_go(const struct http_connection *connection)
{
    return connection->state == HTTP_WAITING || connection->state == HTTP_READING ||
           connection->state == HTTP_LINGERING;
}

/* Idle connections go before those that have begun a request; among equals, the one that has waited
 * longest. */
static bool goes_before(const struct http_connection *one, const struct http_connection *other)
{
    bool one_idle = one->in.size == 0 && one->state != HTTP_READING;
    bool other_idle = other->in.size == 0 && other->state != HTTP_READING;

    return one_idle != other_idle ? one_idle : one->since < other->since;
}

/* Closes the connection that has waited longest: one of this address, or any if address is NULL.
 * Connections of known addresses are spared unless known_too is set. Returns false if there is
 * none. */
static bool close_longest(struct http *http, const struct http_connection *except,
                          const struct http_address *address, bool known_too)
{
    struct http_connection *longest = NULL;

    for (struct http_connection *one = http->first; one != NULL; one = one->next)
        if (one != except && may_go(one) &&
            (address == NULL || (one->counted && http_address_same(&one->address, address))) &&
            (known_too || !is_known(http, &one->address)) &&
            (longest == NULL || goes_before(one, longest)))
            longest = one;
    if (longest == NULL)
        return false;
    http->turned_away++;
    http_connection_close(longest);
    return true;
}

static bool address_has_room(struct http *http, const struct http_connection *of)
{
    unsigned most = http->max_connections - reserve_of(http);

    if (!is_known(http, &of->address) && http->max_per_address > 0 && http->max_per_address < most)
        most = http->max_per_address;
    while (http_book_count(http->book, &of->address) >= most)
        if (!close_longest(http, of, &of->address, true))
            return false;
    return true;
}

/* own: 1 if http->connections counts this connection already, else 0. */
static bool has_room(struct http *http, const struct http_connection *of, unsigned own, bool known)
{
    unsigned most = http->max_connections - (known ? 0 : reserve_of(http));

    while (http->connections - own >= most)
        if (!close_longest(http, of, NULL, false) &&
            !(known && close_longest(http, of, NULL, true)))
            return false;
    return true;
}

bool http_client_has_room(const struct http_connection *connection)
{
    struct http *http = connection->http;

    return address_has_room(http, connection) &&
           has_room(http, connection, 1, is_known(http, &connection->address));
}

static bool let_in(struct http *http, struct http_connection *connection)
{
    struct sockaddr_storage from;
    int size = sizeof from;

    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&from, &size) != 0)
        return false;
    http_address_of((struct sockaddr *)&from, &connection->address);
    connection->proxied = http_proxies_have(&http->proxies, &connection->address);
    if (http->only_proxies && !connection->proxied &&
        !http_address_is_loopback(&connection->address))
        return false;
    if (!connection->proxied && !address_has_room(http, connection))
        return false;
    if (!has_room(http, connection, 0, connection->proxied || is_known(http, &connection->address)))
        return false;
    connection->counted =
        !connection->proxied && http_book_add(http->book, &connection->address) == 0;
    return connection->counted || connection->proxied;
}

static void gone_cb(uv_handle_t *handle)
{
    free(handle->data);
}

static void connection_cb(uv_stream_t *listener, int status)
{
    struct http *http = listener->data;
    struct http_connection *connection;

    if (status != 0 || (connection = calloc(1, sizeof *connection)) == NULL)
        return;
    connection->http = http;
    connection->tcp.data = connection;
    uv_tcp_init(http->loop, &connection->tcp);
    if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0 || !let_in(http, connection) ||
        (http->tls != NULL && (connection->tls = http_tls_new(http->tls)) == NULL)) {
        if (connection->counted)
            http_book_remove(http->book, &connection->address);
        http->turned_away++;
        uv_close((uv_handle_t *)&connection->tcp, gone_cb);
        return;
    }
    connection->next = http->first;
    if (http->first != NULL)
        http->first->previous = connection;
    http->first = connection;
    http->connections++;
    http_connection_begin(connection);
}

static void sweep_cb(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int64_t now = clock_mono_us();
    struct http_connection *next;

    /* Closing a connection may close others (a handler that ends a stream). If it closed the next
     * one, the rest waits for the next round. */
    for (struct http_connection *one = http->first; one != NULL; one = next) {
        next = one->next;
        if (one->deadline <= now)
            http_connection_late(one, now);
        if (next != NULL && next->state == HTTP_CLOSED)
            break;
    }
    if (http->turned_away > 0 && now - http->logged > LOG_US) {
        log_warn("http_full", "connections=%u turned_away=%u", http->connections,
                 http->turned_away);
        http->turned_away = 0;
        http->logged = now;
    }
}

/* Opening and closing. */

/* Raises the soft limit of open files to what is needed, if the hard limit allows it. */
static int make_files(unsigned connections, struct error *error)
{
    struct rlimit limit;
    rlim_t needed = (rlim_t)connections + SPARE_FILES;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur >= needed)
        return 0;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed)
        return error_set(error, ERR_RANGE, "http.max_connections",
                         "needs %llu open files; the limit (LimitNOFILE) is %llu",
                         (unsigned long long)needed, (unsigned long long)limit.rlim_max);
    limit.rlim_cur = needed;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0
               ? 0
               : error_set(error, ERR_IO, "http.max_connections",
                           "the limit of open files cannot be raised");
}

static int fill(struct http *http, const struct http_options *options, struct error *error)
{
    int result = http_check(options, error);

    if (result != 0)
        return result;
    http->max_connections = options->max_connections;
    http->max_per_address = options->max_per_address;
    http->max_body = options->max_body > 0 ? options->max_body : HTTP_MAX_BODY;
    http->request_us =
        INT64_C(1000000) * (options->request_s > 0 ? options->request_s : HTTP_REQUEST_S);
    http->request_cb = options->request_cb;
    http->admit_cb = options->admit_cb;
    http->ctx = options->ctx;
    http_proxies_parse(options->trusted_proxies, &http->proxies, error);
    if ((result = make_files(http->max_connections, error)) != 0)
        return result;
    http->book = http_book_new();
    if (http->book == NULL)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (!given(options->tls_cert))
        return 0;
    http->tls = http_tls_context_new(options->tls_cert, options->tls_key, error);
    return http->tls == NULL ? ERR_IO : 0;
}

static int open_listener(struct http *http, const char *listen, struct error *error)
{
    struct sockaddr_storage address;
    int result = parse_listen(listen, &address, error);

    if (result != 0)
        return result;
    http->only_proxies = http->tls == NULL && !is_loopback(&address);
    uv_tcp_init(http->loop, &http->listener);
    http->listener.data = http;
    result = uv_tcp_bind(&http->listener, (struct sockaddr *)&address, 0);
    if (result == 0)
        result = uv_listen((uv_stream_t *)&http->listener, BACKLOG, connection_cb);
    if (result != 0)
        return error_set(error, ERR_IO, "http.listen", "cannot listen there: %s",
                         uv_strerror(result));
    return 0;
}

static void free_server(struct http *http)
{
    http_book_free(http->book);
    http_tls_context_free(http->tls);
    free(http);
}

static void failed_cb(uv_handle_t *handle)
{
    free_server(handle->data);
}

struct http *http_open(uv_loop_t *loop, const struct http_options *options, struct error *error)
{
    struct http *http = calloc(1, sizeof *http);

    if (http == NULL) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    http->loop = loop;
    if (fill(http, options, error) != 0) {
        free_server(http);
        return NULL;
    }
    if (open_listener(http, options->listen, error) != 0) {
        http->listener.data = http; /* the handle may be open */
        uv_close((uv_handle_t *)&http->listener, failed_cb);
        return NULL;
    }
    uv_timer_init(loop, &http->sweep);
    http->sweep.data = http;
    uv_timer_start(&http->sweep, sweep_cb, SWEEP_MS, SWEEP_MS);
    return http;
}

void http_close(struct http *http)
{
    if (http == NULL || http->closing)
        return;
    http->closing = true;
    uv_close((uv_handle_t *)&http->listener, NULL);
    uv_close((uv_handle_t *)&http->sweep, NULL);
    while (http->first != NULL)
        http_connection_close(http->first);
}

void http_free(struct http *http)
{
    if (http != NULL)
        free_server(http);
}

void http_know(const struct http_request *request)
{
    const struct http_conversation *conversation = (const struct http_conversation *)request;

    if (conversation->connection != NULL)
        http_book_know(conversation->http->book, &conversation->address);
}
