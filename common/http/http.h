/*
 * http: the web server, HTTP/1.1 with optional TLS on the caller's libuv loop. Sockets are libuv's,
 * the grammar is llhttp's (restricted to RFC 9112, see http_parse.h), TLS is OpenSSL's. Callers see
 * none of them: a request is passed out as plain text fields, an answer is passed in as one block,
 * and an event stream as pieces.
 *
 * The handler owns a request from the moment it gets it until it has answered, exactly once, by
 * http_answer or http_stream. It may answer much later. If the client has gone meanwhile, the
 * answer is discarded. After http_answer the request must not be touched. The handler gets the
 * requests of one connection one after another, each after it has answered the one before. Input
 * that is not HTTP is answered with a bare status, and no handler sees it.
 *
 * Limits: there are max_connections in all, of which a quarter is reserved for known addresses
 * (http_know, and loopback). An address may have max_per_address of them, a known address three
 * quarters of all. At a limit, the connection that has waited longest without a complete request is
 * closed; if there is none, the new one is closed. A complete request may take at most request_s
 * seconds.
 *
 * This is a library of its own (libhttp), which only services that listen link. All calls on the
 * loop's thread.
 */
#ifndef LIAISON_HTTP_H
#define LIAISON_HTTP_H

#include "errors.h"
#include "http_form.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum http_limit {
    HTTP_MAX_PATH = 1024,
    HTTP_MAX_QUERY = 24,     /* pairs */
    HTTP_MAX_ARGUMENT = 512, /* octets of one pair, decoded */
    HTTP_MAX_COOKIE = 2048,
    HTTP_MAX_BODY = 16384,    /* unless the options say otherwise */
    HTTP_MAX_STREAM = 262144, /* most octets that wait for one slow reader of a stream */
    HTTP_REQUEST_S = 30,      /* unless the options say otherwise */
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_DELETE, HTTP_OTHER };

struct http;
struct http_stream;

/* A request as the handler reads it. Texts are NUL-terminated, "" where absent; path and query are
 * decoded. */
struct http_request {
    enum http_method method;
    bool head; /* a GET whose answer has no body */
    char path[HTTP_MAX_PATH];
    char target[HTTP_MAX_PATH]; /* path and query as they came; "" if they are longer */
    size_t query_count;
    struct http_pair query[HTTP_MAX_QUERY];
    char cookie[HTTP_MAX_COOKIE];
    char csrf[128];
    char content_type[128];
    char none_match[128];
    char last_event[32];
    char authorization[512];
    char idempotency_key[256];
    char twilio_signature[64];
    bool wants_page; /* Accept names text/html: a browser going to an address */
    char peer[64];   /* the client's address, for limits; for IPv6 the network of 64 bits */
    char *body;      /* NUL-terminated */
    size_t body_size;
    int refused; /* 0, or the status that the server wants: the rest is then incomplete */
    const char *refused_why;
};

struct http_answer {
    int status;
    const char *content_type; /* NULL: no body */
    const void *body;         /* copied */
    size_t size;
    const char *cache_control;  /* NULL: "no-store" */
    const char *etag;           /* or NULL */
    const char *set_cookie;     /* or NULL */
    const char *set_cookie_too; /* a second cookie, or NULL */
    const char *allow;          /* or NULL */
    const char *challenge;      /* WWW-Authenticate; or NULL */
    int retry_after_s;          /* or 0 */
};

typedef void (*http_request_cb)(void *ctx, struct http_request *request);
/* Decides by request line and headers whether the body is read. If not, the handler gets the
 * request without it, and the connection ends with the answer. */
typedef bool (*http_admit_cb)(void *ctx, const struct http_request *request);
/* The client has gone, or was dropped because it reads too slowly. The stream is dead. */
typedef void (*http_stream_closed_cb)(void *ctx, bool dropped);

struct http_options {
    const char *listen;             /* "127.0.0.1:8600" or "[::1]:8600" */
    const char *tls_cert, *tls_key; /* both or neither ("" or NULL) */
    /* Addresses and networks of the installation's own proxies, comma-separated. Their
     * X-Forwarded-For is trusted, and limits count the client that it names. Without TLS, a server
     * that listens on another address than loopback serves only these proxies and loopback. */
    const char *trusted_proxies;
    unsigned max_connections;
    unsigned max_per_address; /* 0: as for a known address */
    size_t max_body;          /* 0: HTTP_MAX_BODY */
    unsigned request_s;       /* a complete request may take this long; 0: HTTP_REQUEST_S */
    http_admit_cb admit_cb;   /* or NULL */
    http_request_cb request_cb;
    void *ctx;
};

/* Checks the options without opening anything: 0 or negative. Plain HTTP is allowed for loopback
 * and for trusted proxies only. */
int http_check(const struct http_options *options, struct error *error);
/* Copies what it needs of options. */
struct http *http_open(uv_loop_t *loop, const struct http_options *options, struct error *error);
/* Closes every connection, and calls closed_cb of the streams. The loop must run until it is empty;
 * then call http_free. */
void http_close(struct http *http);
void http_free(struct http *http);

/* The sender of the request has authenticated: its address is known from now on. */
void http_know(const struct http_request *request);

void http_answer(struct http_request *request, const struct http_answer *answer);

/* Answers with an endless text/event-stream. NULL if the client has gone already: the request is
 * then over and closed_cb is not called. */
struct http_stream *http_stream(struct http_request *request, http_stream_closed_cb closed_cb,
                                void *ctx);
/* Copies data. When more than HTTP_MAX_STREAM octets would wait, the stream is dropped: closed_cb
 * is called before this returns ERR_SIZE. */
int http_stream_send(struct http_stream *stream, const char *data, size_t size);
/* Ends the stream at once; closed_cb is not called. */
void http_stream_close(struct http_stream *stream);

/* "host:port" into its parts; 0 or ERR_VALUE. Brackets around an IPv6 host are taken off. */
int http_parse_listen(const char *text, char *host, size_t size, int *port);

#endif
