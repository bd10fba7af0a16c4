#include "http.h"

#include "clock.h"
#include "http_conversation.h"
#include "log.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER_SPACE = 8192,    /* request line and headers */
    HEAD_ROOM = 2048,       /* headers of an answer */
    SLICE = 32768,          /* of an answer's body, a turn */
    HANDLER_TIMEOUT_S = 60, /* an answer takes at most so long */
    RECEIVE_TIMEOUT_S = 15, /* headers, and each piece of a body */
    KEEPALIVE_S = 30,
    SPARE_FILES = 64, /* for sockets that are not ours */
};

struct http {
    struct lws_context *context; /* libwebsockets clears it when the context is gone */
    uv_loop_t *loop;
    http_request_cb request_cb;
    http_admit_cb admit_cb;
    void *ctx;
    size_t max_body;
    unsigned request_s;
    bool forwarded, tls, closing;
    unsigned connections, max_connections;
    char host[64];
    char cert[512], key[512];
};

/* Strict, and the same on every answer. Scripts and styles come from our own files only. */
static const struct {
    const char *name, *value;
} security_headers[] = {
    {"content-security-policy:",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
     "form-action 'self'; frame-ancestors 'none'"},
    {"x-content-type-options:", "nosniff"},
    {"x-frame-options:", "DENY"},
    {"referrer-policy:", "no-referrer"},
    {"cross-origin-opener-policy:", "same-origin"},
    {"permissions-policy:", "camera=(), geolocation=(), microphone=()"},
};

static void conversation_free(struct http_conversation *conversation)
{
    if (conversation->wsi != NULL)
        lws_set_opaque_user_data(conversation->wsi, NULL);
    http_watch_stop(conversation->watch);
    http_request_clear(&conversation->request);
    free(conversation->out);
    free(conversation->stream.pending);
    free(conversation);
}

static void hand_over(struct http_conversation *conversation)
{
    conversation->state = HTTP_HANDLING;
    lws_set_timeout(conversation->wsi, PENDING_TIMEOUT_HTTP_CONTENT, HANDLER_TIMEOUT_S);
    conversation->http->request_cb(conversation->http->ctx, &conversation->request);
}

static int request_began(struct http *http, struct lws *wsi)
{
    struct http_conversation *conversation = calloc(1, sizeof *conversation);
    if (conversation == NULL)
        return -1;
    conversation->http = http;
    conversation->wsi = wsi;
    conversation->state = HTTP_READING;
    conversation->began = clock_mono_us();
    lws_set_opaque_user_data(wsi, conversation);
    if (!http_request_read(conversation, http->forwarded, http->max_body)) {
        hand_over(conversation);
    } else if (http->admit_cb != NULL && !http->admit_cb(http->ctx, &conversation->request)) {
        conversation->close_after = true;
        hand_over(conversation);
    }
    return 0;
}

/* Negative: the connection is to end, because the whole takes too long. */
static int request_goes_on(struct http_conversation *conversation, const void *data, size_t size)
{
    const struct http *http = conversation->http;

    if (http->request_s > 0 &&
        clock_mono_us() - conversation->began > http->request_s * INT64_C(1000000))
        return -1;
    http_request_body(conversation, data, size, http->max_body);
    return 0;
}

static void client_gone(struct http_conversation *conversation)
{
    conversation->wsi = NULL;
    switch (conversation->state) {
    case HTTP_READING:
    case HTTP_ANSWERING:
        conversation_free(conversation);
        break;
    case HTTP_HANDLING:
        break; /* http_answer frees it */
    case HTTP_STREAMING:
        if (!conversation->stream.ending)
            conversation->stream.closed_cb(conversation->stream.ctx, false);
        conversation_free(conversation);
        break;
    }
}

/* Ends the connection now; client_gone hears of it. Never from inside one of its own callbacks. */
static void kill_connection(struct http_conversation *conversation)
{
    lws_set_timeout(conversation->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LWS_TO_KILL_SYNC);
}

static void talked_cb(void *ctx)
{
    kill_connection(ctx);
}

static void watch(struct http_conversation *conversation)
{
    if (conversation->watch == NULL)
        conversation->watch =
            http_watch_start(conversation->http->loop, lws_get_socket_fd(conversation->wsi),
                             talked_cb, conversation);
}

static int add(struct lws *wsi, const char *name, const char *value, unsigned char **at,
               unsigned char *end)
{
    if (value == NULL)
        return 0;
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), at, end);
}

/* Writes the head at out + LWS_PRE; returns its size, or 0 if it does not fit. */
static size_t make_head(struct http_conversation *conversation, const struct http_answer *answer,
                        bool endless)
{
    struct lws *wsi = conversation->wsi;
    unsigned char *start = conversation->out + LWS_PRE;
    unsigned char *at = start;
    unsigned char *end = start + HEAD_ROOM;
    char retry[16];
    int failed = lws_add_http_header_status(wsi, (unsigned)answer->status, &at, end);

    snprintf(retry, sizeof retry, "%d", answer->retry_after_s);
    failed |= add(wsi, "content-type:", answer->content_type, &at, end);
    failed |= add(wsi, "cache-control:", answer->cache_control ? answer->cache_control : "no-store",
                  &at, end);
    failed |= add(wsi, "etag:", answer->etag, &at, end);
    failed |= add(wsi, "set-cookie:", answer->set_cookie, &at, end);
    failed |= add(wsi, "allow:", answer->allow, &at, end);
    failed |= add(wsi, "www-authenticate:", answer->challenge, &at, end);
    failed |= add(wsi, "retry-after:", answer->retry_after_s > 0 ? retry : NULL, &at, end);
    failed |= add(wsi, "connection:", conversation->close_after ? "close" : NULL, &at, end);
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
        failed |= add(wsi, security_headers[i].name, security_headers[i].value, &at, end);
    if (conversation->http->tls)
        failed |= add(wsi, "strict-transport-security:", "max-age=31536000", &at, end);
    if (!endless && answer->status != 204 && answer->status != 304)
        failed |= lws_add_http_header_content_length(wsi, answer->size, &at, end);
    failed |= lws_finalize_http_header(wsi, &at, end);
    return failed ? 0 : (size_t)(at - start);
}

/* The answer's octets, head and body, ready to be written. */
static int make_out(struct http_conversation *conversation, const struct http_answer *answer,
                    bool endless)
{
    size_t body = endless || conversation->request.head ? 0 : answer->size;

    conversation->out = malloc(LWS_PRE + HEAD_ROOM + LWS_PRE + body);
    if (conversation->out == NULL)
        return ERR_NOMEM;
    conversation->head_size = make_head(conversation, answer, endless);
    if (conversation->head_size == 0)
        return ERR_SIZE;
    conversation->body_size = body;
    if (body > 0)
        memcpy(conversation->out + LWS_PRE + HEAD_ROOM + LWS_PRE, answer->body, body);
    return 0;
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    struct http_conversation *conversation = (struct http_conversation *)request;

    if (conversation->wsi == NULL) {
        conversation_free(conversation);
        return;
    }
    conversation->state = HTTP_ANSWERING;
    if (make_out(conversation, answer, false) != 0) {
        log_error("answer", "status=%d reason=memory", answer->status);
        conversation->head_size = 0; /* writable() then ends the connection */
    }
    lws_callback_on_writable(conversation->wsi);
}

struct http_stream *http_stream(struct http_request *request, http_stream_closed_cb closed_cb,
                                void *ctx)
{
    struct http_conversation *conversation = (struct http_conversation *)request;
    static const struct http_answer head = {.status = 200, .content_type = "text/event-stream"};
    static const int kernel_buffer = HTTP_MAX_STREAM / 2; /* what waits should wait with us */

    if (conversation->wsi == NULL) {
        conversation_free(conversation);
        return NULL;
    }
    conversation->close_after = true; /* the end of the connection is the end of the stream */
    if (make_out(conversation, &head, true) != 0) {
        conversation->state = HTTP_ANSWERING;
        conversation->head_size = 0;
        lws_callback_on_writable(conversation->wsi);
        return NULL;
    }
    conversation->state = HTTP_STREAMING;
    conversation->stream.closed_cb = closed_cb;
    conversation->stream.ctx = ctx;
    lws_set_timeout(conversation->wsi, NO_PENDING_TIMEOUT, 0);
    setsockopt(lws_get_socket_fd(conversation->wsi), SOL_SOCKET, SO_SNDBUF, &kernel_buffer,
               sizeof kernel_buffer);
    watch(conversation);
    lws_callback_on_writable(conversation->wsi);
    return &conversation->stream;
}

static struct http_conversation *stream_owner(struct http_stream *stream)
{
    return (struct http_conversation *)((char *)stream -
                                        offsetof(struct http_conversation, stream));
}

int http_stream_send(struct http_stream *stream, const char *data, size_t size)
{
    struct http_conversation *conversation = stream_owner(stream);
    int result = 0;

    if (stream->size + size > stream->room) {
        size_t room = stream->room == 0 ? 1024 : stream->room * 2;
        while (room < stream->size + size)
            room *= 2;
        unsigned char *grown = NULL;
        if (stream->size + size <= HTTP_MAX_STREAM)
            grown = realloc(stream->pending, LWS_PRE + room);
        if (grown == NULL) {
            result = ERR_SIZE;
            goto drop;
        }
        stream->pending = grown;
        stream->room = room;
    }
    memcpy(stream->pending + LWS_PRE + stream->size, data, size);
    stream->size += size;
    lws_callback_on_writable(conversation->wsi);
    return 0;

drop:
    stream->closed_cb(stream->ctx, true);
    http_stream_close(stream);
    return result;
}

void http_stream_close(struct http_stream *stream)
{
    stream->ending = true;
    kill_connection(stream_owner(stream));
}

static int write_head(struct http_conversation *conversation)
{
    int size = (int)conversation->head_size;

    conversation->head_sent = true;
    return lws_write(conversation->wsi, conversation->out + LWS_PRE, (size_t)size,
                     LWS_WRITE_HTTP_HEADERS) < size
               ? -1
               : 0;
}

static int write_answer(struct http_conversation *conversation)
{
    struct lws *wsi = conversation->wsi;

    if (!conversation->head_sent && write_head(conversation) != 0)
        return -1;
    while (conversation->body_sent < conversation->body_size) {
        if (lws_send_pipe_choked(wsi) || lws_partial_buffered(wsi)) {
            watch(conversation);
            lws_callback_on_writable(wsi);
            return 0;
        }
        size_t left = conversation->body_size - conversation->body_sent;
        size_t slice = left > SLICE ? SLICE : left;
        unsigned char *at =
            conversation->out + LWS_PRE + HEAD_ROOM + LWS_PRE + conversation->body_sent;
        /* libwebsockets writes into the LWS_PRE octets before at: they have been sent already */
        if (lws_write(wsi, at, slice, slice == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
            (int)slice)
            return -1;
        conversation->body_sent += slice;
    }
    bool close = conversation->close_after;
    conversation_free(conversation);
    if (lws_http_transaction_completed(wsi) || close)
        return -1;
    return 0;
}

static int write_stream(struct http_conversation *conversation)
{
    struct http_stream *stream = &conversation->stream;
    size_t size = stream->size;

    if (!conversation->head_sent)
        if (write_head(conversation) != 0)
            return -1;
    if (size == 0 || stream->ending)
        return 0;
    if (lws_send_pipe_choked(conversation->wsi) || lws_partial_buffered(conversation->wsi)) {
        lws_callback_on_writable(conversation->wsi);
        return 0;
    }
    stream->size = 0;
    return lws_write(conversation->wsi, stream->pending + LWS_PRE, size, LWS_WRITE_HTTP) < (int)size
               ? -1
               : 0;
}

static int writable(struct http_conversation *conversation)
{
    if (conversation == NULL)
        return 0;
    if (conversation->state == HTTP_ANSWERING)
        return conversation->head_size > 0 ? write_answer(conversation) : -1;
    if (conversation->state == HTTP_STREAMING)
        return write_stream(conversation);
    return 0;
}

static int lws_event_cb(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                        size_t size)
{
    (void)user;
    struct lws_context *context = lws_get_context(wsi);
    struct http *http = context == NULL ? NULL : lws_context_user(context);
    struct http_conversation *conversation;

    if (http == NULL)
        return 0;
    switch ((int)reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return http->closing || http->connections >= http->max_connections;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        http->connections++;
        return 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        return -1; /* HTTP/1.1 and nothing else */
    case LWS_CALLBACK_HTTP:
        return request_began(http, wsi);
    case LWS_CALLBACK_HTTP_BODY:
        conversation = lws_get_opaque_user_data(wsi);
        if (conversation != NULL && conversation->state == HTTP_READING)
            return request_goes_on(conversation, in, size);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        conversation = lws_get_opaque_user_data(wsi);
        if (conversation != NULL && conversation->state == HTTP_READING)
            hand_over(conversation);
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return writable(lws_get_opaque_user_data(wsi));
    case LWS_CALLBACK_WSI_DESTROY:
        if (http->connections > 0)
            http->connections--;
        /* fallthrough */
    case LWS_CALLBACK_CLOSED_HTTP:
        conversation = lws_get_opaque_user_data(wsi);
        lws_set_opaque_user_data(wsi, NULL);
        if (conversation != NULL)
            client_gone(conversation);
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"http", lws_event_cb, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

/* libwebsockets' own lines may quote what a client sent: only that there was one is kept. */
static void lws_log_cb(int level, const char *line)
{
    (void)line;
    log_debug("libwebsockets", "level=%d", level);
}

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

/* libwebsockets ends the process, or waits for ever, where these fail: so they are tried before. */
static int try_listen(const char *host, int port)
{
    char service[8];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    const int on = 1;
    int result = ERR_IO;

    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &hints, &address) != 0)
        return ERR_VALUE;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, 1) == 0)
        result = 0;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(address);
    return result;
}

static bool is_pem(const char *path)
{
    char begin[11] = "";
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return false;
    size_t size = fread(begin, 1, sizeof begin, file);
    fclose(file);
    return size == sizeof begin && memcmp(begin, "-----BEGIN ", sizeof begin) == 0;
}

static int check_options(const struct http *http, int port, struct fault *fault)
{
    if (http->tls && !is_pem(http->cert))
        return fault_set(fault, ERR_IO, "http.tls_cert", "cannot be read, or is not PEM");
    if (http->tls && !is_pem(http->key))
        return fault_set(fault, ERR_IO, "http.tls_key", "cannot be read, or is not PEM");
    switch (try_listen(http->host, port)) {
    case 0:
        return 0;
    case ERR_VALUE:
        return fault_set(fault, ERR_VALUE, "http.listen", "must be a numeric address and a port");
    default:
        return fault_set(fault, ERR_IO, "http.listen", "cannot listen there: %s", strerror(errno));
    }
}

static void fill_info(struct http *http, uv_loop_t *loop, void **loops, int port,
                      struct lws_context_creation_info *info)
{
    loops[0] = loop;
    memset(info, 0, sizeof *info);
    info->port = port;
    info->iface = http->host;
    info->protocols = protocols;
    info->user = http;
    info->pcontext = &http->context;
    info->options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    if (strchr(http->host, ':') == NULL)
        info->options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    info->foreign_loops = loops;
    info->alpn = "http/1.1";
    info->max_http_header_data = HEADER_SPACE;
    info->max_http_header_pool = (unsigned short)http->max_connections;
    info->fd_limit_per_thread = http->max_connections + SPARE_FILES;
    info->timeout_secs = RECEIVE_TIMEOUT_S;
    info->timeout_secs_ah_idle = RECEIVE_TIMEOUT_S;
    info->keepalive_timeout = KEEPALIVE_S;
    if (http->tls) {
        info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info->ssl_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1;
        info->ssl_cert_filepath = http->cert;
        info->ssl_private_key_filepath = http->key;
    }
}

struct http *http_open(uv_loop_t *loop, const struct http_options *options, struct fault *fault)
{
    struct http *http = calloc(1, sizeof *http);
    struct lws_context_creation_info info;
    void *loops[1];
    int port;

    if (http == NULL) {
        fault_set(fault, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    if (http_parse_listen(options->listen, http->host, sizeof http->host, &port) != 0) {
        fault_set(fault, ERR_VALUE, "http.listen", "must be address:port");
        goto fail;
    }
    if (given(options->tls_cert) != given(options->tls_key)) {
        fault_set(fault, ERR_MISSING, "http.tls_key", "tls_cert and tls_key go together");
        goto fail;
    }
    http->tls = given(options->tls_cert);
    snprintf(http->cert, sizeof http->cert, "%s", http->tls ? options->tls_cert : "");
    snprintf(http->key, sizeof http->key, "%s", http->tls ? options->tls_key : "");
    http->loop = loop;
    http->forwarded = options->forwarded;
    http->max_connections = options->max_connections;
    http->max_body = options->max_body > 0 ? options->max_body : HTTP_MAX_BODY;
    http->request_s = options->request_s;
    http->request_cb = options->request_cb;
    http->admit_cb = options->admit_cb;
    http->ctx = options->ctx;

    if (check_options(http, port, fault) != 0)
        goto fail;
    lws_set_log_level(LLL_ERR | LLL_WARN, lws_log_cb);
    fill_info(http, loop, loops, port, &info);
    http->context = lws_create_context(&info);
    if (http->context == NULL) {
        fault_set(fault, ERR_IO, "http.listen", "cannot listen there, or the certificate is bad");
        goto fail;
    }
    return http;

fail:
    free(http);
    return NULL;
}

void http_close(struct http *http)
{
    if (http == NULL || http->closing)
        return;
    http->closing = true;
    lws_context_destroy(http->context);
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    if (http->context != NULL) /* the second step, when the loop has let go of every handle */
        lws_context_destroy(http->context);
    free(http);
}
