/*
 * http_conversation: a request together with its connection; shared by http.c (connections and
 * answers) and http_request.c (reading), and by nobody else. A conversation is freed when both
 * sides are done with it: the handler by answering, the connection by closing or by its next
 * request.
 */
#ifndef LIAISON_HTTP_CONVERSATION_H
#define LIAISON_HTTP_CONVERSATION_H

#include "http.h"
#include "http_watch.h"

/* OpenSSL, which libwebsockets.h includes, has a type of the name of one of our error codes. */
#define ERR_STATE openssl_err_state
#include <libwebsockets.h>
#undef ERR_STATE

enum http_state {
    HTTP_READING,   /* the body is still to come */
    HTTP_HANDLING,  /* with the handler */
    HTTP_ANSWERING, /* the answer is being written */
    HTTP_STREAMING,
};

struct http_stream {
    http_stream_closed_cb closed_cb;
    void *ctx;
    unsigned char *pending; /* LWS_PRE octets, then what waits */
    size_t size, room;      /* without LWS_PRE */
    bool ending;
};

struct http_conversation {
    struct http_request request; /* first: the handler's pointer is ours */
    struct http *http;
    struct lws *wsi; /* NULL: the client has gone */
    enum http_state state;
    bool close_after;
    int64_t began;      /* monotonic */
    unsigned char *out; /* LWS_PRE octets, head, LWS_PRE octets, body */
    size_t head_size, body_size, body_sent;
    bool head_sent;
    struct http_watch *watch; /* while the answer waits for its reader */
    struct http_stream stream;
};

/* Reads the request line and the headers. Returns whether a body is to come. */
bool http_request_read(struct http_conversation *conversation, bool forwarded, size_t max_body);
/* Adds a piece of the body; what is over the limit makes the request refused. */
void http_request_body(struct http_conversation *conversation, const void *data, size_t size,
                       size_t max_body);
void http_request_clear(struct http_request *request);

#endif
