#include "http_tls.h"

/* OpenSSL has a type with the name of one of our error codes. */
#define ERR_STATE openssl_err_state
#include <openssl/err.h>
#include <openssl/ssl.h>
#undef ERR_STATE

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct http_tls_context {
    SSL_CTX *ssl;
};

struct http_tls {
    SSL *ssl;
    BIO *in, *out; /* ssl's */
};

/* For TLS 1.2. All ciphers of TLS 1.3 are AEAD and forward-secret. */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                              "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                              "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/* Selects HTTP/1.1 if the client offers it; else answers without ALPN. */
static int alpn_cb(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                   const unsigned char *in, unsigned in_size, void *ctx)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;
    (void)ssl;
    (void)ctx;

    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static int load(SSL_CTX *ssl, const char *cert, const char *key, struct error *error)
{
    if (SSL_CTX_use_certificate_chain_file(ssl, cert) != 1)
        return error_set(error, ERR_IO, "http.tls_cert", "cannot be read, or is not PEM");
    if (SSL_CTX_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM) != 1)
        return error_set(error, ERR_IO, "http.tls_key",
                         "cannot be read, is not PEM, or is another certificate's");
    if (SSL_CTX_check_private_key(ssl) != 1)
        return error_set(error, ERR_IO, "http.tls_key", "is not the certificate's");
    return 0;
}

struct http_tls_context *http_tls_context_new(const char *cert, const char *key,
                                              struct error *error)
{
    struct http_tls_context *context = calloc(1, sizeof *context);

    if (context == NULL || (context->ssl = SSL_CTX_new(TLS_server_method())) == NULL) {
        error_set(error, ERR_NOMEM, "", "no memory");
        goto fail;
    }
    if (SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context->ssl, ciphers) != 1) {
        error_set(error, ERR_STATE, "http.tls_cert", "OpenSSL has none of the ciphers");
        goto fail;
    }
    /* A ticket would be encrypted by a key that outlives the connection. */
    SSL_CTX_set_options(context->ssl,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context->ssl, 0);
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context->ssl, alpn_cb, NULL);
    if (load(context->ssl, cert, key, error) != 0)
        goto fail;
    return context;

fail:
    ERR_clear_error();
    http_tls_context_free(context);
    return NULL;
}

void http_tls_context_free(struct http_tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

struct http_tls *http_tls_new(struct http_tls_context *context)
{
    struct http_tls *tls = calloc(1, sizeof *tls);

    if (tls == NULL)
        return NULL;
    tls->ssl = SSL_new(context->ssl);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        SSL_free(tls->ssl);
        free(tls);
        return NULL;
    }
    BIO_set_mem_eof_return(tls->in, -1); /* empty is not the end */
    BIO_set_mem_eof_return(tls->out, -1);
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_accept_state(tls->ssl);
    return tls;
}

void http_tls_free(struct http_tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl); /* and both BIOs */
    free(tls);
}

int http_tls_feed(struct http_tls *tls, const char *data, size_t size)
{
    ERR_clear_error();
    return size <= INT_MAX && BIO_write(tls->in, data, (int)size) == (int)size ? 0 : ERR_NOMEM;
}

int http_tls_read(struct http_tls *tls, char *data, size_t size)
{
    ERR_clear_error();
    int got = SSL_read(tls->ssl, data, size > INT_MAX ? INT_MAX : (int)size);
    if (got > 0)
        return got;
    switch (SSL_get_error(tls->ssl, got)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return ERR_ABSENT;
    default:
        ERR_clear_error();
        return ERR_IO;
    }
}

int http_tls_write(struct http_tls *tls, const char *data, size_t size)
{
    size_t written;

    ERR_clear_error();
    if (size == 0 || SSL_write_ex(tls->ssl, data, size, &written) == 1)
        return 0;
    ERR_clear_error();
    return ERR_IO;
}

void http_tls_end(struct http_tls *tls)
{
    ERR_clear_error();
    if (SSL_is_init_finished(tls->ssl))
        SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

size_t http_tls_pending(struct http_tls *tls, const char **data)
{
    char *start;
    long size = BIO_get_mem_data(tls->out, &start);

    *data = start;
    return size > 0 ? (size_t)size : 0;
}

void http_tls_taken(struct http_tls *tls)
{
    (void)BIO_reset(tls->out);
}
