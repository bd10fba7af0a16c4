/*
 * One connection to the web server, over loopback, while the target runs the server's loop. The
 * first octet says how the rest is sent: bits 0-2 the number of pieces minus one, bit 3 half-close
 * afterwards, bit 4 the handler answers an iteration later, bit 5 bodies are not admitted, bit 6
 * the first request is answered by a stream.
 *
 * http_strict.c parses the same octets independently: the requests handed to the handler must be
 * those that it found, so that nothing after an error is ever taken for a request.
 */
#include "fuzz.h"
#include "http.h"
#include "http_strict.h"
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BODY = 4096, MOST = 64, TURNS = 20000, ROOM = 1 << 20 };

enum flag { PIECES = 7, HALF = 8, LATER = 16, NO_BODY = 32, STREAM = 64 };

static struct {
    uv_loop_t loop;
    struct http *http;
    uint16_t port;
    uv_timer_t timer; /* answers the waiting request */
} server;

static struct {
    unsigned flags, handed, answered;
    bool refused; /* no other request may follow */
    struct http_request *waiting;
    struct http_stream *stream;
    struct http_strict strict;
} one;

static struct {
    char data[ROOM];
    size_t size;
    bool ended;
} heard;

static void stream_closed_cb(void *ctx, bool dropped)
{
    (void)ctx;
    (void)dropped;
    one.stream = NULL;
}

/* The entity tag of each answer is its number. */
static void answer(struct http_request *request)
{
    char etag[24];
    struct http_answer reply = {.status = request->refused ? request->refused : 200,
                                .content_type = "text/plain",
                                .body = "good",
                                .size = 4,
                                .etag = etag};

    snprintf(etag, sizeof etag, "\"r%u\"", one.answered);
    one.answered++;
    one.waiting = NULL;
    if (one.flags & STREAM && one.answered == 1 && !request->refused) {
        one.stream = http_stream(request, stream_closed_cb, NULL);
        if (one.stream != NULL && http_stream_send(one.stream, "data: x\n\n", 9) != 0)
            one.stream = NULL;
        return;
    }
    http_answer(request, &reply);
}

static void answer_cb(uv_timer_t *timer)
{
    (void)timer;
    if (one.waiting != NULL)
        answer(one.waiting);
}

static bool admit_cb(void *ctx, const struct http_request *request)
{
    (void)ctx;
    (void)request;
    return !(one.flags & NO_BODY);
}

static void must_be_as_read(const struct http_request *request)
{
    const struct http_strict_request *read;

    if (one.flags & NO_BODY && one.strict.headed && one.handed == one.strict.count + 1)
        return; /* this request was handed over before its body was read */
    fuzz_require(one.handed <= one.strict.count, "what is handed over is a request by the RFC");
    read = &one.strict.request[one.handed - 1];
    fuzz_require((request->method == HTTP_POST) == read->post, "the method is that of the line");
    if (!(one.flags & NO_BODY) || request->body_size > 0)
        fuzz_require(request->body_size == read->body, "the body is as long as its framing says");
}

static void request_cb(void *ctx, struct http_request *request)
{
    (void)ctx;
    one.handed++;
    fuzz_require(!one.refused, "nothing is handed over behind a refusal");
    fuzz_require(one.waiting == NULL, "one request of a connection at a time");
    fuzz_require(strlen(request->path) < sizeof request->path, "texts end");
    bool known = one.handed <= MOST; /* else the strict reader has stopped before it */
    if (known && request->refused && one.handed > one.strict.count)
        one.refused = true; /* otherwise it was read completely, and only its meaning is refused */
    else if (known && !request->refused)
        must_be_as_read(request);
    if (one.flags & LATER) {
        one.waiting = request;
        uv_timer_start(&server.timer, answer_cb, 0, 0);
    } else {
        answer(request);
    }
}

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    fuzz_require(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
                     getsockname(fd, (struct sockaddr *)&address, &size) == 0,
                 "there is a port");
    close(fd);
    return ntohs(address.sin_port);
}

static void start(void)
{
    char listen[32];
    struct error error = {0};
    struct http_options options = {.listen = listen,
                                   .max_connections = 256,
                                   .max_body = BODY,
                                   .admit_cb = admit_cb,
                                   .request_cb = request_cb};

    log_init("fuzz", LOG_LEVEL_ERROR);
    server.port = free_port();
    snprintf(listen, sizeof listen, "127.0.0.1:%u", server.port);
    uv_loop_init(&server.loop);
    uv_timer_init(&server.loop, &server.timer);
    server.http = http_open(&server.loop, &options, &error);
    fuzz_require(server.http != NULL, "the server listens");
}

static void hear(int fd)
{
    ssize_t size;

    while (!heard.ended && heard.size < sizeof heard.data - 1) {
        size = recv(fd, heard.data + heard.size, sizeof heard.data - 1 - heard.size, MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        heard.ended = size <= 0;
        heard.size += size > 0 ? (size_t)size : 0;
    }
    heard.data[heard.size] = '\0';
}

/* Runs the loop until it is idle. One that never is has stopped the service before. */
static void turn(int fd)
{
    struct pollfd backend = {.fd = uv_backend_fd(&server.loop), .events = POLLIN};
    int rests = 0;

    for (int i = 0; rests < 2; i++) {
        fuzz_require(i < TURNS, "the loop comes to rest");
        uv_run(&server.loop, UV_RUN_NOWAIT);
        if (fd >= 0)
            hear(fd);
        uv_update_time(&server.loop);
        rests = poll(&backend, 1, 0) == 0 && uv_backend_timeout(&server.loop) != 0 ? rests + 1 : 0;
    }
}

/* Connects from varying addresses, since a half-closed connection keeps its port for a minute. */
static int connect_client(void)
{
    static uint32_t host;
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + host++ % 60000)};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(server.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static const struct linger now = {.l_onoff = 1};
    static const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    fuzz_require(fd >= 0 &&
                     setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
                     bind(fd, (struct sockaddr *)&from, sizeof from) == 0,
                 "there is a socket");
    while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EISCONN)
        fuzz_require(errno == EINTR || errno == EALREADY, strerror(errno)); /* libFuzzer's alarm */
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);                /* no TIME_WAIT */
    setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    return fd;
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
    size_t pieces = (one.flags & PIECES) + 1;
    int stalled = 0;

    for (size_t i = 0; i < pieces; i++) {
        const uint8_t *at = data + size * i / pieces;
        size_t left = (size_t)(data + size * (i + 1) / pieces - at);
        while (left > 0) {
            ssize_t sent = send(fd, at, left, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && ((errno != EAGAIN && errno != EINTR) || ++stalled > 8))
                return; /* the server has closed it, or reads no more */
            at += sent > 0 ? sent : 0;
            left -= sent > 0 ? (size_t)sent : 0;
            turn(fd);
        }
    }
}

/* Answers must come in order, once each; nothing may follow an answer that is not the handler's. */
static void check_answers(void)
{
    const char *at = heard.data;
    unsigned number = 0;
    bool own = false;

    while ((at = strstr(at, "HTTP/1.1 ")) != NULL) {
        const char *end = strstr(at, "\r\n\r\n");
        const char *etag = strstr(at, "\"r");
        const char *type = strstr(at, "text/event-stream");
        if (end == NULL)
            break;
        at += 9;
        if (at[0] == '1')
            continue;
        fuzz_require(!own, "an error ends the connection");
        bool stream = type != NULL && end != NULL && type < end;
        own = !stream && (etag == NULL || etag > end);
        if (!own && !stream)
            fuzz_require(strtoul(etag + 2, NULL, 10) == number, "each is answered once, in order");
        number++;
        at = end;
    }
    fuzz_require(number <= one.answered + (own ? 1 : 0), "no answer without a request");
    if (own || one.refused)
        fuzz_require(heard.ended, "an error ends the connection");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;

    if (size == 0)
        return 0;
    if (server.http == NULL)
        start();
    memset(&one, 0, sizeof one);
    heard.size = 0;
    heard.ended = false;
    one.flags = data[0];
    http_strict_read(&one.strict, (const char *)data + 1, size - 1, BODY);
    fd = connect_client();
    turn(fd);
    send_all(fd, data + 1, size - 1);
    if (one.flags & HALF)
        shutdown(fd, SHUT_WR);
    turn(fd);
    if (heard.size < sizeof heard.data - 1)
        check_answers();
    close(fd);
    turn(-1);
    fuzz_require(one.handed == one.answered, "each request is answered");
    fuzz_require(one.stream == NULL, "a stream ends with its client");
    return 0;
}
