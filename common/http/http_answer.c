#include "clock.h"
#include "http_private.h"
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAD_ROOM = 4096 }; /* the fields of an answer */

struct head {
    char text[HEAD_ROOM];
    size_t size;
    bool failed;
};

static const struct {
    int status;
    const char *text;
} statuses[] = {
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

/* Strict, and the same on every answer. Scripts and styles come from our own files only. */
static const struct {
    const char *name, *value;
} security_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
     "form-action 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

const char *http_status_text(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Status";
}

static void add(struct head *head, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct head *head, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int size = vsnprintf(head->text + head->size, sizeof head->text - head->size, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof head->text - head->size)
        head->failed = true;
    else
        head->size += (size_t)size;
}

/* A line end in a value would begin another field, so the answer fails. */
static void add_field(struct head *head, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (value[strcspn(value, "\r\n")] != '\0')
        head->failed = true;
    else
        add(head, "%s: %s\r\n", name, value);
}

static void add_date(struct head *head)
{
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm utc;
    char text[64];

    if (gmtime_r(&now, &utc) != NULL &&
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc) > 0)
        add_field(head, "Date", text);
}

static void make_head(struct head *head, const struct http_connection *connection,
                      const struct http_answer *answer, bool endless)
{
    head->size = 0;
    head->failed = false;
    add(head, "HTTP/1.1 %d %s\r\n", answer->status, http_status_text(answer->status));
    add_date(head);
    add_field(head, "Content-Type", answer->content_type);
    add_field(head, "Cache-Control", answer->cache_control ? answer->cache_control : "no-store");
    add_field(head, "ETag", answer->etag);
    add_field(head, "Set-Cookie", answer->set_cookie);
    add_field(head, "Set-Cookie", answer->set_cookie_too);
    add_field(head, "Allow", answer->allow);
    add_field(head, "WWW-Authenticate", answer->challenge);
    if (answer->status == 415)
        add_field(head, "Accept-Encoding", "identity");
    if (answer->retry_after_s > 0)
        add(head, "Retry-After: %d\r\n", answer->retry_after_s);
    if (connection->close_after)
        add_field(head, "Connection", "close");
    for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
        add_field(head, security_headers[i].name, security_headers[i].value);
    if (connection->tls != NULL)
        add_field(head, "Strict-Transport-Security", "max-age=31536000");
    if (!endless && answer->status != 204 && answer->status != 304)
        add(head, "Content-Length: %zu\r\n", answer->size);
    add(head, "\r\n");
}

/* Detaches the conversation from its connection. NULL: the client has gone. */
static struct http_connection *take_connection(struct http_conversation *conversation)
{
    struct http_connection *connection = conversation->connection;

    conversation->connection = NULL;
    if (connection != NULL)
        connection->conversation = NULL;
    return connection;
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    struct http_conversation *conversation = (struct http_conversation *)request;
    struct http_connection *connection = take_connection(conversation);
    bool bodiless = request->head || answer->status == 204 || answer->status == 304;
    struct head head;

    if (connection != NULL) {
        make_head(&head, connection, answer, false);
        if (head.failed) {
            log_error("answer", "status=%d reason=head", answer->status);
            http_connection_refuse(connection, 500);
        } else {
            http_connection_answer(connection, head.text, head.size, answer->body,
                                   bodiless ? 0 : answer->size);
        }
    }
    http_conversation_free(conversation);
}

struct http_stream *http_stream(struct http_request *request, http_stream_closed_cb closed_cb,
                                void *ctx)
{
    static const struct http_answer answer = {.status = 200, .content_type = "text/event-stream"};
    struct http_conversation *conversation = (struct http_conversation *)request;
    struct http_connection *connection = take_connection(conversation);
    bool bodiless = request->head;
    struct head head;

    http_conversation_free(conversation);
    if (connection == NULL)
        return NULL;
    connection->close_after = true; /* the end of the connection is the end of the stream */
    make_head(&head, connection, &answer, true);
    if (bodiless) {
        http_connection_answer(connection, head.text, head.size, NULL, 0);
        return NULL;
    }
    if (http_connection_stream(connection, head.text, head.size) != 0)
        return NULL;
    connection->stream.closed_cb = closed_cb;
    connection->stream.ctx = ctx;
    return &connection->stream;
}

static struct http_connection *stream_owner(struct http_stream *stream)
{
    return (struct http_connection *)((char *)stream - offsetof(struct http_connection, stream));
}

int http_stream_send(struct http_stream *stream, const char *data, size_t size)
{
    struct http_connection *connection = stream_owner(stream);

    if (size <= HTTP_MAX_STREAM && stream->waiting <= HTTP_MAX_STREAM - size) {
        http_stream_closed_cb closed_cb = stream->closed_cb;
        void *ctx = stream->ctx;
        stream->closed_cb = NULL;
        if (http_connection_write(connection, data, size, NULL, 0) == 0) {
            stream->closed_cb = closed_cb;
            return 0;
        }
        closed_cb(ctx, true);
        return ERR_SIZE;
    }
    stream->closed_cb(stream->ctx, true);
    http_stream_close(stream);
    return ERR_SIZE;
}

void http_stream_close(struct http_stream *stream)
{
    stream->closed_cb = NULL;
    http_connection_close(stream_owner(stream));
}
