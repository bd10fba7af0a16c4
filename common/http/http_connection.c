#include "http_private.h"

#include "clock.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum {
    HEAD_S = 15,              /* for a head, and for the TLS handshake before it */
    IDLE_S = 30,              /* between two requests */
    HANDLE_S = 60,            /* for the handler to answer */
    WRITE_S = 30,             /* in which the client must read a part of an answer */
    ANSWER_S = 600,           /* and all of it */
    LINGER_S = 2,             /* for the client to read the last octets */
    LINGER_OCTETS = 64 << 20, /* and for it to send what nobody reads */
    KEEPALIVE_S = 60,
    MAX_EMPTY_LINES = 8, /* before a request */
};

struct writing {
    uv_write_t write;
    struct http_connection *connection;
    size_t size;
    bool of_stream;
    char data[];
};

static void advance(struct http_connection *connection);
static void read_on(struct http_connection *connection);
static int write_out(struct http_connection *connection, const char *head, size_t head_size,
                     const char *body, size_t body_size);

static void set_state(struct http_connection *connection, enum http_state state, int64_t within_us)
{
    connection->state = state;
    connection->since = clock_mono_us();
    connection->unwritten = SIZE_MAX;
    connection->deadline = within_us == 0 ? INT64_MAX : connection->since + within_us;
}

static int64_t seconds(int64_t count)
{
    return count * INT64_C(1000000);
}

/* Closing. */

static void free_cb(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;

    http_tls_free(connection->tls);
    free(connection);
}

static void not_counted(struct http_connection *connection)
{
    if (connection->counted)
        http_book_remove(connection->http->book, &connection->address);
    connection->counted = false;
}

void http_connection_close(struct http_connection *connection)
{
    struct http *http = connection->http;
    struct http_conversation *conversation = connection->conversation;
    enum http_state state = connection->state;

    if (state == HTTP_CLOSED)
        return;
    connection->state = HTTP_CLOSED;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        http->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    http->connections--;
    not_counted(connection);
    http_input_drop(&connection->in);
    http_parser_free(connection->parser);
    connection->parser = NULL;
    connection->conversation = NULL;
    if (conversation != NULL)
        conversation->connection = NULL;
    if (state == HTTP_READING)
        http_conversation_free(conversation);
    uv_close((uv_handle_t *)&connection->tcp, free_cb);
    if (state == HTTP_STREAMING && connection->stream.closed_cb != NULL)
        connection->stream.closed_cb(connection->stream.ctx, false);
}

static void shutdown_cb(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status; /* ignored: the deadline ends the connection in any case */
}

static int flush_tls(struct http_connection *connection)
{
    const char *data;
    size_t size = http_tls_pending(connection->tls, &data);
    int result = size == 0 ? 0 : write_out(connection, data, size, NULL, 0);

    http_tls_taken(connection->tls);
    return result;
}

/* Reads on, for LINGER_S and LINGER_OCTETS at most, and discards it. Closing a socket with unread
 * input resets the connection, and the client would lose the end of the answer (RFC 9112, 9.6). */
static void linger(struct http_connection *connection)
{
    http_input_drop(&connection->in);
    set_state(connection, HTTP_LINGERING, seconds(LINGER_S));
    if (connection->tls != NULL) {
        http_tls_end(connection->tls);
        if (flush_tls(connection) != 0)
            return;
    }
    if (connection->ended ||
        uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, shutdown_cb) != 0)
        connection->deadline = connection->since; /* the next sweep closes it */
    if (connection->ended && uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp) == 0)
        http_connection_close(connection);
    else
        read_on(connection);
}

/* Writing. */

static void answered(struct http_connection *connection)
{
    if (connection->proxied)
        not_counted(connection);
    if (connection->close_after) {
        linger(connection);
        return;
    }
    set_state(connection, HTTP_WAITING, seconds(connection->in.size > 0 ? HEAD_S : IDLE_S));
    advance(connection);
}

static void write_cb(uv_write_t *write, int status)
{
    struct writing *writing = (struct writing *)write;
    struct http_connection *connection = writing->connection;

    if (writing->of_stream)
        connection->stream.waiting -= sizeof *writing + writing->size;
    free(writing);
    if (connection->state == HTTP_CLOSED)
        return;
    bool written = uv_stream_get_write_queue_size((uv_stream_t *)&connection->tcp) == 0;
    if (status < 0 || (connection->state == HTTP_LINGERING && connection->ended && written))
        http_connection_close(connection);
    else if (connection->state == HTTP_ANSWERING && written)
        answered(connection);
}

static int write_out(struct http_connection *connection, const char *head, size_t head_size,
                     const char *body, size_t body_size)
{
    struct writing *writing = malloc(sizeof *writing + head_size + body_size);

    if (writing == NULL)
        goto fail;
    writing->connection = connection;
    writing->size = head_size + body_size;
    writing->of_stream = connection->state == HTTP_STREAMING;
    memcpy(writing->data, head, head_size);
    if (body_size > 0)
        memcpy(writing->data + head_size, body, body_size);
    uv_buf_t buffer = uv_buf_init(writing->data, (unsigned)writing->size);
    if (uv_write(&writing->write, (uv_stream_t *)&connection->tcp, &buffer, 1, write_cb) != 0) {
        free(writing);
        goto fail;
    }
    if (writing->of_stream)
        connection->stream.waiting += sizeof *writing + writing->size;
    return 0;

fail:
    http_connection_close(connection);
    return ERR_IO;
}

int http_connection_write(struct http_connection *connection, const char *head, size_t head_size,
                          const char *body, size_t body_size)
{
    if (connection->tls == NULL)
        return write_out(connection, head, head_size, body, body_size);
    if (http_tls_write(connection->tls, head, head_size) == 0 &&
        http_tls_write(connection->tls, body, body_size) == 0)
        return flush_tls(connection);
    http_connection_close(connection);
    return ERR_IO;
}

void http_connection_answer(struct http_connection *connection, const char *head, size_t head_size,
                            const char *body, size_t body_size)
{
    set_state(connection, HTTP_ANSWERING, seconds(WRITE_S));
    http_connection_write(connection, head, head_size, body, body_size);
}

int http_connection_stream(struct http_connection *connection, const char *head, size_t size)
{
    int kernel_buffer = HTTP_MAX_STREAM / 4; /* doubled by the kernel; the rest waits in libuv */

    if (connection->ended) {
        http_connection_close(connection);
        return ERR_ABSENT;
    }
    http_input_drop(&connection->in);
    uv_send_buffer_size((uv_handle_t *)&connection->tcp, &kernel_buffer);
    connection->stream = (struct http_stream){0};
    set_state(connection, HTTP_STREAMING, 0);
    if (http_connection_write(connection, head, size, NULL, 0) != 0)
        return ERR_IO;
    read_on(connection);
    return connection->state == HTTP_CLOSED ? ERR_IO : 0;
}

void http_connection_refuse(struct http_connection *connection, int status)
{
    char text[256];
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nCache-Control: no-store\r\n"
                        "%sConnection: close\r\n\r\n",
                        status, http_status_text(status),
                        status == 429 || status == 503 ? "Retry-After: 1\r\n" : "");

    http_conversation_free(connection->conversation);
    connection->conversation = NULL;
    http_parser_free(connection->parser);
    connection->parser = NULL;
    http_input_drop(&connection->in);
    connection->close_after = true;
    set_state(connection, HTTP_ANSWERING, seconds(WRITE_S));
    http_connection_write(connection, text, (size_t)size, NULL, 0);
}

/* Requests. */

static void hand_over(struct http_connection *connection)
{
    struct http *http = connection->http;

    http_parser_free(connection->parser);
    connection->parser = NULL;
    set_state(connection, HTTP_HANDLING, seconds(HANDLE_S));
    http->request_cb(http->ctx, &connection->conversation->request);
}

/* Behind a proxy, the client's address is known only from the request. */
static bool count_client(struct http_connection *connection, const struct http_address *client)
{
    struct http *http = connection->http;

    if (!connection->proxied)
        return true;
    connection->address = *client;
    if (!http_client_has_room(connection))
        return false;
    connection->counted = http_book_add(http->book, client) == 0;
    return connection->counted;
}

static void began(struct http_connection *connection, const struct http_head *head, size_t size)
{
    struct http *http = connection->http;
    struct http_conversation *conversation = http_conversation_new(connection, head);
    int64_t since = connection->since;

    if (conversation == NULL) {
        http_connection_refuse(connection, 503);
        return;
    }
    connection->conversation = conversation;
    set_state(connection, HTTP_READING, 0);
    connection->since = since;
    connection->deadline = since + http->request_us;
    connection->close_after = connection->close_after || !head->keep_alive || head->minor == 0;
    http_input_use(&connection->in, size);
    if (!count_client(connection, &conversation->address)) {
        http_connection_refuse(connection, 429);
        return;
    }
    if (!head->chunked && head->length > http->max_body)
        http_conversation_refuse(conversation, 413, "The body is larger than is taken here.");
    if (conversation->request.refused != 0) {
        connection->close_after = connection->close_after || head->has_body;
        hand_over(connection);
    } else if (!head->has_body) {
        hand_over(connection);
    } else if (http->admit_cb != NULL && !http->admit_cb(http->ctx, &conversation->request)) {
        connection->close_after = true;
        hand_over(connection);
    } else if (head->expects_continue && connection->in.size == 0) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        http_connection_write(connection, go_on, sizeof go_on - 1, NULL, 0);
    }
}

/* Skips empty lines before a request (RFC 9112, 2.2). A client that sends too many of them is
 * refused. Returns whether a request begins. */
static bool pass_empty_lines(struct http_connection *connection)
{
    struct http_input *in = &connection->in;

    while (connection->parser == NULL && in->size >= 2 && memcmp(in->data, "\r\n", 2) == 0) {
        if (connection->empty_lines++ == MAX_EMPTY_LINES) {
            http_connection_refuse(connection, 400);
            return false;
        }
        http_input_use(in, 2);
    }
    return in->size > 0 && !(connection->parser == NULL && in->size == 1 && in->data[0] == '\r');
}

/* Whether there is more to do. */
static bool read_head(struct http_connection *connection)
{
    struct http *http = connection->http;
    struct http_head head = {.count = 0};
    int found;

    if (!pass_empty_lines(connection))
        return false;
    if (connection->parser == NULL) {
        connection->parser = http_parser_new(http->max_body);
        if (connection->parser == NULL) {
            http_connection_refuse(connection, 503);
            return false;
        }
        connection->empty_lines = 0;
        set_state(connection, HTTP_WAITING,
                  http->request_us < seconds(HEAD_S) ? http->request_us : seconds(HEAD_S));
    }
    found = http_parser_find(connection->parser, connection->in.data, connection->in.size);
    if (found == 0)
        return false;
    int status =
        found < 0 ? -found
                  : http_parser_head(connection->parser, connection->in.data, (size_t)found, &head);
    if (status != 0) {
        http_connection_refuse(connection, status);
        return false;
    }
    began(connection, &head, (size_t)found);
    return true;
}

static int piece_cb(void *ctx, const char *data, size_t size)
{
    return http_conversation_body(ctx, data, size);
}

static bool read_body(struct http_connection *connection)
{
    size_t used;
    int result = http_parser_body(connection->parser, connection->in.data, connection->in.size,
                                  &used, piece_cb, connection->conversation);

    if (result == -413) {
        http_conversation_refuse(connection->conversation, 413,
                                 "The body is larger than is taken here.");
        hand_over(connection);
        return true;
    }
    if (result < 0) {
        http_connection_refuse(connection, -result);
        return false;
    }
    http_input_use(&connection->in, used);
    if (result == 1)
        hand_over(connection);
    return result == 1;
}

/* Processes what was received, until more is needed or the answer must be written first. */
static void advance(struct http_connection *connection)
{
    bool more = true;

    while (more && connection->in.size > 0) {
        if (connection->state == HTTP_WAITING)
            more = read_head(connection);
        else if (connection->state == HTTP_READING)
            more = read_body(connection);
        else
            more = false;
    }
    if (connection->state == HTTP_CLOSED)
        return;
    if (connection->ended &&
        (connection->state == HTTP_WAITING || connection->state == HTTP_READING))
        http_connection_close(connection);
    else
        read_on(connection);
}

/* Reading. */

static void take(struct http_connection *connection, const char *data, size_t size)
{
    bool over = connection->state == HTTP_LINGERING || connection->state == HTTP_CLOSED;
    bool last = connection->state == HTTP_HANDLING || connection->state == HTTP_ANSWERING;

    connection->discarded += connection->state == HTTP_LINGERING ? size : 0;
    if (connection->discarded > LINGER_OCTETS) {
        http_connection_close(connection);
        return;
    }
    if (over || (last && connection->close_after))
        return;
    if (connection->state == HTTP_STREAMING) { /* a client must not send during a stream */
        http_connection_close(connection);
        return;
    }
    if (http_input_add(&connection->in, data, size) != 0) {
        http_connection_close(connection);
        return;
    }
    advance(connection);
}

static void ended(struct http_connection *connection)
{
    connection->ended = true;
    connection->reading = false;
    uv_read_stop((uv_stream_t *)&connection->tcp);
    if (connection->state == HTTP_STREAMING || connection->state == HTTP_LINGERING)
        http_connection_close(connection);
    else if (connection->state == HTTP_WAITING || connection->state == HTTP_READING)
        advance(connection);
}

static void take_encrypted(struct http_connection *connection, const char *data, size_t size)
{
    struct http *http = connection->http;
    int got;

    if (http_tls_feed(connection->tls, data, size) != 0) {
        http_connection_close(connection);
        return;
    }
    while ((got = http_tls_read(connection->tls, http->decrypted, sizeof http->decrypted)) > 0) {
        take(connection, http->decrypted, (size_t)got);
        if (connection->state == HTTP_CLOSED)
            return;
    }
    if (flush_tls(connection) != 0) /* the handshake, or an alert */
        return;
    if (got == ERR_ABSENT)
        ended(connection);
    else if (got < 0)
        http_connection_close(connection);
}

static void alloc_cb(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct http_connection *connection = handle->data;
    (void)wanted;

    *buffer = uv_buf_init(connection->http->buffer, sizeof connection->http->buffer);
}

static void read_cb(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct http_connection *connection = stream->data;

    if (size == UV_EOF)
        ended(connection);
    else if (size < 0)
        http_connection_close(connection);
    else if (size > 0 && connection->tls != NULL)
        take_encrypted(connection, buffer->base, (size_t)size);
    else if (size > 0)
        take(connection, buffer->base, (size_t)size);
}

/* While an answer is made or written, at most the size of a head is read ahead. That is enough to
 * notice that the client has gone. */
static void read_on(struct http_connection *connection)
{
    bool busy = connection->state == HTTP_HANDLING || connection->state == HTTP_ANSWERING;
    bool wanted = !connection->ended && !(busy && connection->in.size >= HTTP_MAX_HEAD);

    if (wanted == connection->reading)
        return;
    connection->reading = wanted;
    if (!wanted)
        uv_read_stop((uv_stream_t *)&connection->tcp);
    else if (uv_read_start((uv_stream_t *)&connection->tcp, alloc_cb, read_cb) != 0)
        http_connection_close(connection);
}

void http_connection_begin(struct http_connection *connection)
{
    uv_tcp_nodelay(&connection->tcp, 1);
    uv_tcp_keepalive(&connection->tcp, 1, KEEPALIVE_S);
    set_state(connection, HTTP_WAITING, seconds(HEAD_S));
    read_on(connection);
}

/* Octets that the client has not acknowledged: in libuv's queue and in the kernel's. */
static size_t unwritten_of(const struct http_connection *connection)
{
    size_t ours = uv_stream_get_write_queue_size((const uv_stream_t *)&connection->tcp);
    uv_os_fd_t fd;
    int kernels = 0;

    if (uv_fileno((const uv_handle_t *)&connection->tcp, &fd) != 0 ||
        ioctl(fd, SIOCOUTQ, &kernels) != 0)
        kernels = 0;
    return ours + (size_t)kernels;
}

void http_connection_late(struct http_connection *connection, int64_t now)
{
    size_t unwritten = unwritten_of(connection);
    bool goes_on = unwritten < connection->unwritten && now - connection->since < seconds(ANSWER_S);

    if ((connection->state == HTTP_WAITING && connection->in.size > 0) ||
        connection->state == HTTP_READING) {
        http_connection_refuse(connection, 408);
    } else if (connection->state == HTTP_ANSWERING && goes_on) {
        connection->unwritten = unwritten;
        connection->deadline = now + seconds(WRITE_S);
    } else {
        http_connection_close(connection);
    }
}
