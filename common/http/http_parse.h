/*
 * http_parse: parses one HTTP/1.x request by RFC 9112. llhttp (the parser of Node.js, in its strict
 * mode) does the grammar and the framing of the body. Before llhttp sees them, the octets of the
 * head and of the chunk framing are checked against what the RFC allows, so that no proxy can read
 * a request differently: each line ends in CR LF, no other control character but a tab, no folded
 * line, no blank before a colon, one Host, one Content-Length or one Transfer-Encoding.
 *
 * It knows neither sockets nor the rest of the web server. A parser is for one request; the head
 * that it describes points into the caller's buffer. Any one thread.
 */
#ifndef LIAISON_HTTP_PARSE_H
#define LIAISON_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_MAX_HEAD = 8192, /* octets of the request line and the fields */
    HTTP_MAX_FIELDS = 64,
};

/* Points into the head: not NUL-terminated. */
struct http_field {
    const char *name, *value;
    size_t name_size, value_size;
};

struct http_head {
    const char *method; /* its name, NUL-terminated */
    const char *target;
    size_t target_size;
    int minor; /* of HTTP/1.minor */
    bool keep_alive;
    bool chunked;
    bool has_body;
    bool expects_continue;
    uint64_t length; /* of the body, unless it is chunked */
    size_t count;
    struct http_field field[HTTP_MAX_FIELDS];
};

struct http_parser;

/* Called with each piece of the body. Returns 0, or a status that refuses the request. */
typedef int (*http_piece_cb)(void *ctx, const char *data, size_t size);

/* max_body: most octets of a body. NULL: no memory. */
struct http_parser *http_parser_new(size_t max_body);
void http_parser_free(struct http_parser *parser);

/* Looks for the end of the head in data, which begins with the request line and only grows from
 * call to call. Returns the head's size; 0: more octets are needed; negative: the status (-400 ...)
 * that refuses the request. */
int http_parser_find(struct http_parser *parser, const char *data, size_t size);
/* Reads a head that http_parser_find has found, and replaces its tabs by blanks. Returns 0, or the
 * status that refuses the request. */
int http_parser_head(struct http_parser *parser, char *data, size_t size, struct http_head *head);
/* Reads on after the head; *used is how much of data belonged to this request. Returns 1: the body
 * is complete; 0: more octets are needed; negative: the status that refuses the request. */
int http_parser_body(struct http_parser *parser, const char *data, size_t size, size_t *used,
                     http_piece_cb piece_cb, void *ctx);

/* The first field of that name; NULL if there is none. *count: how many there are; may be NULL. */
const struct http_field *http_head_field(const struct http_head *head, const char *name,
                                         size_t *count);

#endif
