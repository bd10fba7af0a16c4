#include "metrics.h"

#include "http.h"
#include "http_address.h"
#include "log.h"
#include "watch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CONNECTIONS = 16, TOKEN_MIN = 32, DIGEST = 32 };

struct metrics {
    struct http *http;
    struct watch *watch;
    bool has_token;
    unsigned char token[DIGEST];
};

/* Settings --------------------------------------------------------------------------------------*/

static struct http_options options_of(const struct service_config *config)
{
    return (struct http_options){
        .listen = config->metrics_listen,
        .tls_cert = config->tls_cert,
        .tls_key = config->tls_key,
        .max_connections = CONNECTIONS,
    };
}

static bool is_loopback(const char *listen)
{
    struct http_address address;
    char host[128];
    int port;

    return http_parse_listen(listen, host, sizeof host, &port) == 0 &&
           http_address_parse(host, strlen(host), &address) == 0 &&
           http_address_is_loopback(&address);
}

int metrics_check(const struct service_config *config, struct error *error)
{
    struct http_options options = options_of(config);

    if (config->metrics_listen[0] == '\0')
        return 0;
    if (!is_loopback(config->metrics_listen) && config->metrics_token_file[0] == '\0')
        return error_set(error, ERR_MISSING, "metrics.token_file",
                         "is needed unless metrics.listen is a loopback address");
    return http_check(&options, error);
}

static void digest_of(const char *text, unsigned char out[DIGEST])
{
    crypto_generichash(out, DIGEST, (const unsigned char *)text, strlen(text), NULL, 0);
}

static int read_token(struct metrics *metrics, const char *path, struct error *error)
{
    char text[512];

    if (path[0] == '\0')
        return 0;
    int result = config_secret(path, text, sizeof text, error);
    if (result == 0 && strlen(text) < TOKEN_MIN)
        result = error_set(error, ERR_SIZE, "metrics.token_file", "needs 32 characters or more");
    if (result == 0)
        digest_of(text, metrics->token);
    metrics->has_token = result == 0;
    sodium_memzero(text, sizeof text);
    return result;
}

/* Requests --------------------------------------------------------------------------------------*/

static bool is_admitted(const struct metrics *metrics, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    unsigned char digest[DIGEST];

    if (!metrics->has_token)
        return true;
    if (strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    digest_of(authorization + sizeof scheme - 1, digest);
    return sodium_memcmp(digest, metrics->token, DIGEST) == 0;
}

static void text_cb(void *ctx, const char *text, size_t size)
{
    struct http_answer answer = {
        .status = text != NULL ? 200 : 503,
        .content_type = text != NULL ? "text/plain; version=0.0.4; charset=utf-8" : NULL,
        .body = text,
        .size = size,
    };

    http_answer(ctx, &answer);
}

static void request_cb(void *ctx, struct http_request *request)
{
    struct metrics *metrics = ctx;
    struct http_answer answer = {.status = request->refused};

    if (answer.status == 0 && !is_admitted(metrics, request->authorization))
        answer = (struct http_answer){.status = 401, .challenge = "Bearer"};
    else if (answer.status == 0 && strcmp(request->path, "/metrics") != 0)
        answer.status = 404;
    else if (answer.status == 0 && request->method != HTTP_GET)
        answer = (struct http_answer){.status = 405, .allow = "GET, HEAD"};
    if (answer.status == 0)
        watch_text(metrics->watch, text_cb, request);
    else
        http_answer(request, &answer);
}

/* Life ------------------------------------------------------------------------------------------*/

struct metrics *metrics_open(struct service *service, struct error *error)
{
    const struct service_config *config = service->config;
    struct http_options options = options_of(config);
    struct metrics *metrics = NULL;

    error->code = 0;
    if (config->metrics_listen[0] == '\0')
        return NULL;
    metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    metrics->watch = service->watch;
    options.request_cb = request_cb;
    options.ctx = metrics;
    if (read_token(metrics, config->metrics_token_file, error) == 0)
        metrics->http = http_open(service->loop, &options, error);
    if (metrics->http == NULL) {
        free(metrics);
        return NULL;
    }
    log_info("metrics", "listen=%s", config->metrics_listen);
    return metrics;
}

void metrics_stop(struct metrics *metrics)
{
    if (metrics != NULL)
        http_close(metrics->http);
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    http_free(metrics->http);
    free(metrics);
}
