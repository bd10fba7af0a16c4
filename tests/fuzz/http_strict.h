/*
 * http_strict: the requests that octets hold by RFC 9112, read as narrowly as the RFC allows. It is
 * the fuzz target's own reading, to hold the web server's against: slow, whole, and without any
 * code in common.
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
    bool headed; /* behind them there is the head of one more, whose body is wrong or incomplete */
    struct http_strict_request request[HTTP_STRICT_MOST];
};

/* Reads until what is wrong, incomplete or the last of its connection. Bodies of more than max_body
 * are wrong. */
void http_strict_read(struct http_strict *strict, const char *data, size_t size, size_t max_body);

#endif
