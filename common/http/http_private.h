/*
 * http_private: what the files of the web server share with each other alone: the server, its
 * connections, and a request together with its connection (a conversation).
 *
 *   http.c             listening, limits of connections, opening and closing
 *   http_connection.c  reading and writing, time-outs, the states of a connection
 *   http_request.c     from a head to the request that a handler reads
 *   http_answer.c      answers and streams
 *   http_parse.c, http_tls.c, http_address.c    see their headers
 *
 * A connection reads one request, passes it to the handler, writes the answer, and only then reads
 * the next request. Octets that the client sends meanwhile wait: in the process up to the size of a
 * head, the rest in the kernel. A connection's memory is freed when libuv has closed its handle.
 * The connection owns a conversation until it passes it to the handler; the handler owns it until
 * it has answered.
 */
#ifndef LIAISON_HTTP_PRIVATE_H
#define LIAISON_HTTP_PRIVATE_H

#include "http.h"
#include "http_address.h"
#include "http_input.h"
#include "http_parse.h"
#include "http_tls.h"

enum http_state {
    HTTP_WAITING,   /* for a request, or for the rest of its head */
    HTTP_READING,   /* the body is still to come */
    HTTP_HANDLING,  /* with the handler */
    HTTP_ANSWERING, /* the answer is being written */
    HTTP_STREAMING,
    HTTP_LINGERING, /* the answer is written; what the client still sends is discarded */
    HTTP_CLOSED,
};

struct http_stream {
    http_stream_closed_cb closed_cb;
    void *ctx;
    size_t waiting; /* octets of memory that wait for the reader */
};

struct http_connection {
    struct http *http;
    struct http_connection *previous, *next;
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct http_tls *tls; /* NULL: plain */
    enum http_state state;
    bool proxied;                /* the other side is a trusted proxy */
    bool counted;                /* in the book, as address */
    struct http_address address; /* the client's, for limits */
    int64_t since, deadline;     /* monotonic: of the state, or of the request that is read */
    size_t unwritten;            /* when the deadline was checked last */
    bool ended;                  /* the client sends no more */
    bool reading;                /* libuv reads */
    bool close_after;            /* the answer */
    size_t discarded;            /* octets that came after the last answer */
    struct http_input in;        /* what was received and not used yet */
    unsigned empty_lines;        /* since the last request */
    struct http_parser *parser;  /* while a request is read */
    struct http_conversation *conversation; /* until it was answered */
    struct http_stream stream;
};

struct http_conversation {
    struct http_request request; /* first: the handler's pointer is ours */
    struct http *http;
    struct http_connection *connection; /* NULL: the client has gone */
    struct http_address address;
    size_t body_room;
};

struct http {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t sweep;
    http_request_cb request_cb;
    http_admit_cb admit_cb;
    void *ctx;
    size_t max_body;
    int64_t request_us;
    unsigned connections, max_connections, max_per_address;
    bool closing;
    bool only_proxies; /* plain, and not on loopback */
    struct http_proxies proxies;
    struct http_book *book;
    struct http_tls_context *tls; /* NULL: plain */
    struct http_connection *first;
    unsigned turned_away; /* connections, since it was logged */
    int64_t logged;       /* monotonic */
    char buffer[65536];   /* of the current read */
    char decrypted[16384];
};

/* http.c */

/* Whether a client behind a proxy may make a request; the proxy's connection exists already.
 * Another connection may be closed to make room. */
bool http_client_has_room(const struct http_connection *connection);

/* http_connection.c */

/* Takes over what libuv has accepted. */
void http_connection_begin(struct http_connection *connection);
/* Closes it at once; the owner of the conversation or the stream is notified. */
void http_connection_close(struct http_connection *connection);
/* Its deadline has passed. */
void http_connection_late(struct http_connection *connection, int64_t now);
/* Writes a copy of both parts. Negative: the connection was closed. */
int http_connection_write(struct http_connection *connection, const char *head, size_t head_size,
                          const char *body, size_t body_size);
/* Writes an answer; the next request follows when it has been written. */
void http_connection_answer(struct http_connection *connection, const char *head, size_t head_size,
                            const char *body, size_t body_size);
/* Begins a stream. Negative: the client has gone. */
int http_connection_stream(struct http_connection *connection, const char *head, size_t size);
/* Answers with a bare status and ends the connection. */
void http_connection_refuse(struct http_connection *connection, int status);

/* http_request.c */

/* NULL: no memory. */
struct http_conversation *http_conversation_new(struct http_connection *connection,
                                                const struct http_head *head);
void http_conversation_free(struct http_conversation *conversation);
/* Adds a piece of the body: 0 or the status that refuses it. */
int http_conversation_body(struct http_conversation *conversation, const char *data, size_t size);
/* Marks the request as refused for the handler; the connection ends with the answer. */
void http_conversation_refuse(struct http_conversation *conversation, int status, const char *why);

/* http_answer.c */

const char *http_status_text(int status);

#endif
