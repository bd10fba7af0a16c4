/*
 * http_strict: parses requests as strictly as RFC 9112 allows. The fuzz target compares the web
 * server's parser with it. It is slow, works on the complete input, and shares no code with the
 * server.
 */
#ifndef LIAISON_HTTP_STRICT_H
#define LIAISON_HTTP_STRICT_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_STRICT_MOST = 64 };

struct http_strict_request {
    bool post;
    size_t body; /* octets, without their framing */
};

struct http_strict {
    size_t count;
    bool headed; /* they are followed by the head of another, whose body is wrong or incomplete */
    struct http_strict_request request[HTTP_STRICT_MOST];
};

/* Parses up to the first request that is wrong, incomplete or the last of its connection. Bodies of
 * more than max_body octets are wrong. */
void http_strict_read(struct http_strict *strict, const char *data, size_t size, size_t max_body);

#endif
