/*
 * http_tls: the TLS of the web server's connections: OpenSSL over memory. Encrypted octets go in
 * and come out on the side of the network, plain octets on the side of the server. TLS 1.2 and 1.3,
 * with ciphers that are AEAD and forward-secret; no renegotiation, no tickets. On the loop's
 * thread.
 */
#ifndef LIAISON_HTTP_TLS_H
#define LIAISON_HTTP_TLS_H

#include "errors.h"

#include <stddef.h>

struct http_tls_context;
struct http_tls;

/* Certificate chain and key, PEM files. NULL: error says what is wrong. */
struct http_tls_context *http_tls_context_new(const char *cert, const char *key,
                                              struct error *error);
void http_tls_context_free(struct http_tls_context *context);

/* One connection, server side. NULL: no memory. */
struct http_tls *http_tls_new(struct http_tls_context *context);
void http_tls_free(struct http_tls *tls);

/* Takes octets that came from the network. 0 or ERR_NOMEM. */
int http_tls_feed(struct http_tls *tls, const char *data, size_t size);
/* Reads what the client sent. Returns the octets written into data; 0: more octets are needed from
 * the network; negative: the connection is over, ERR_ABSENT if the client ended it with a
 * close_notify. */
int http_tls_read(struct http_tls *tls, char *data, size_t size);
/* Encrypts all of data. 0, or negative: the connection is over. Only after the handshake. */
int http_tls_write(struct http_tls *tls, const char *data, size_t size);
/* Sends a close_notify: no more data will follow. */
void http_tls_end(struct http_tls *tls);
/* Octets that must go to the network; *data is valid until the next call. Returns their size, or
 * 0. */
size_t http_tls_pending(struct http_tls *tls, const char **data);
/* The caller has copied the pending octets. */
void http_tls_taken(struct http_tls *tls);

#endif
