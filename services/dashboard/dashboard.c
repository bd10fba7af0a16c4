#include "dashboard.h"

#include "api.h"
#include "assets.h"
#include "exchange.h"
#include "hook_keys.h"
#include "http.h"
#include "limit.h"
#include "log.h"
#include "metrics.h"
#include "password.h"
#include "publisher.h"
#include "session.h"
#include "sign_in.h"
#include "stream.h"
#include "turns.h"
#include "url.h"
#include "watch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    UPKEEP_MS = 60 * 1000,
    WAIT_EACH = 8,   /* waiting sign-ins of one source (turns.h) */
    WAIT_MOST = 256, /* of all sources */
};

const struct config_row service_config_rows[] = {
    CONFIG_TEXT(struct service_config, "http", listen, "127.0.0.1:8600",
                "address and port to listen on"),
    CONFIG_TEXT(struct service_config, "http", web, "", "folder of the built page"),
    CONFIG_TEXT(struct service_config, "http", openapi, "", "file served as /openapi.json"),
    CONFIG_TEXT(struct service_config, "http", public_url, "",
                "address under which people reach the page; https makes cookies Secure"),
    CONFIG_TEXT(struct service_config, "http", tls_cert, "",
                "certificate chain, PEM; with tls_key"),
    CONFIG_TEXT(struct service_config, "http", tls_key, "", "its private key, PEM"),
    CONFIG_TEXT(struct service_config, "http", trusted_proxies, "",
                "addresses or networks of proxies of ours: their X-Forwarded-For is believed, and "
                "without tls_cert nobody else is served but loopback"),
    CONFIG_INT(struct service_config, "http", max_connections, "512", 16, 20000,
               "connections at the same time; a quarter is kept for addresses that have signed in"),
    CONFIG_INT(struct service_config, "http", max_per_address, "32", 1, 20000,
               "of them, of one address where nobody has signed in"),
    CONFIG_INT(struct service_config, "http", request_s, "30", 1, 600,
               "seconds in which a whole request must have come"),
    CONFIG_INT(struct service_config, "http", rate_per_s, "50", 1, 100000,
               "API requests a second of one address, lastingly"),
    CONFIG_INT(struct service_config, "http", rate_burst, "200", 1, 100000,
               "API requests of one address at once"),
    CONFIG_TEXT(struct service_config, "database", conninfo, NULL,
                "PostgreSQL, as liaison_dashboard"),
    CONFIG_TEXT_AS(struct service_config, "public_database", "conninfo", public_conninfo, NULL,
                   "PostgreSQL, as liaison_public, for the public page"),
    CONFIG_TEXT_AS(struct service_config, "bus", "publish", bus_publish, "",
                   "endpoint to tell of acknowledgements, or empty"),
    CONFIG_TEXT_AS(struct service_config, "bus", "subscribe", bus_subscribe, "",
                   "endpoints of intake and notify, comma-separated, or empty"),
    CONFIG_TEXT(struct service_config, "session", secret_file, "",
                "file of 32 characters or more that keys hashes; empty: a new key each start"),
    CONFIG_INT(struct service_config, "session", idle_min, "480", 1, 10080,
               "minutes without use that end a session"),
    CONFIG_INT(struct service_config, "session", absolute_h, "72", 1, 8760,
               "hours after which a session ends in any case"),
    CONFIG_INT(
        struct service_config, "session", tries, "5", 3, 20,
        "wrong passwords for a person that lock the sign-in; ten times as many of an address"),
    CONFIG_INT(struct service_config, "session", window_min, "15", 1, 1440,
               "minutes within which they count"),
    CONFIG_INT(struct service_config, "session", lock_min, "10", 1, 525600,
               "minutes that a lock lasts, unless an operator enables the person"),
    CONFIG_INT(struct service_config, "session", device_days, "180", 0, 400,
               "days for which a browser stays known, which strangers cannot lock out; 0: none is"),
    CONFIG_TEXT_AS(struct service_config, "links", "key_file", link_key_file, "",
                   "file (0600) of 32 characters or more that keys the digests of links, the same "
                   "as notify's; none: digests have no key"),
    CONFIG_TEXT_AS(struct service_config, "links", "old_key_file", link_old_key_file, "",
                   "file of the key before, whose links are accepted too while it is replaced"),
    CONFIG_TEXT(struct service_config, "hooks", twilio_token_file, "",
                "file (0600) with Twilio's auth token, which signs what it sends us"),
    CONFIG_TEXT(struct service_config, "hooks", twilio_next_token_file, "",
                "file with a second token that is accepted too, while the first is replaced"),
    CONFIG_TEXT(struct service_config, "hooks", twilio_second_token_file, "",
                "file with the auth token of a second account ([sms2] of liaison-notify)"),
    CONFIG_TEXT(struct service_config, "hooks", kannel_secret_file, "",
                "file (0600) of 32 characters or more: the end of the path that Kannel calls"),
    CONFIG_TEXT_AS(struct service_config, "metrics", "listen", metrics_listen, "",
                   "address and port of /metrics, for Prometheus; none: off"),
    CONFIG_TEXT_AS(struct service_config, "metrics", "token_file", metrics_token_file, "",
                   "file (0600) with a bearer token of 32 characters or more; needed unless listen "
                   "is a loopback address"),
    CONFIG_TEXT_AS(struct service_config, "log", "level", log_level, "info",
                   "debug, info, warn or error"),
};
const size_t service_config_count = sizeof service_config_rows / sizeof service_config_rows[0];

static void upkeep_cb(uv_timer_t *timer)
{
    sign_in_upkeep(timer->data);
}

static void up_cb(void *ctx)
{
    sign_in_upkeep(ctx);
}

static void request_cb(void *ctx, struct http_request *request)
{
    struct service *service = ctx;

    if (request->refused != 0 || !assets_answer(service->assets, request))
        exchange_begin(service, request);
}

static int open_secret(struct service *service, struct error *error)
{
    char text[512];

    if (service->config->secret_file[0] == '\0') {
        randombytes_buf(service->secret, sizeof service->secret);
        return 0;
    }
    int result = config_secret(service->config->secret_file, text, sizeof text, error);
    if (result != 0)
        return result;
    if (strlen(text) < 32)
        return error_set(error, ERR_SIZE, "session.secret_file", "needs 32 characters or more");
    crypto_generichash(service->secret, sizeof service->secret, (const unsigned char *)text,
                       strlen(text), NULL, 0);
    sodium_memzero(text, sizeof text);
    return 0;
}

static int open_link_keys(struct service *service, struct error *error)
{
    const struct service_config *config = service->config;
    int result =
        link_key_read(&service->link_keys[0], config->link_key_file, "links.key_file", error);

    return result != 0 ? result
                       : link_key_read(&service->link_keys[1], config->link_old_key_file,
                                       "links.old_key_file", error);
}

static int open_databases(struct service *service, struct error *error)
{
    const struct service_config *config = service->config;
    size_t count = 0, public_count = 0;

    service->statements = api_statements(false, &count);
    service->public_statements = api_statements(true, &public_count);
    if (service->statements == NULL || service->public_statements == NULL)
        return error_set(error, ERR_NOMEM, "", "no memory");
    service->db =
        db_open(service->loop, &(struct db_options){config->conninfo, up_cb, NULL, service, 0},
                service->statements, count, error);
    if (service->db == NULL)
        return ERR_DB;
    service->figures_db = db_open(service->loop, &(struct db_options){.conninfo = config->conninfo},
                                  service->statements, count, error);
    if (service->figures_db == NULL)
        return ERR_DB;
    service->public_db =
        db_open(service->loop, &(struct db_options){.conninfo = config->public_conninfo},
                service->public_statements, public_count, error);
    if (service->public_db == NULL)
        return ERR_DB;
    service->publisher = publisher_open(service->loop, config->conninfo, error);
    if (service->publisher == NULL)
        return error->code;
    service->watch = watch_open(service->loop, config->conninfo, error);
    return service->watch == NULL ? error->code : 0;
}

static struct http_options http_options_of(const struct service_config *config)
{
    return (struct http_options){
        .listen = config->listen,
        .tls_cert = config->tls_cert,
        .tls_key = config->tls_key,
        .trusted_proxies = config->trusted_proxies,
        .max_connections = (unsigned)config->max_connections,
        .max_per_address = (unsigned)config->max_per_address,
        .request_s = (unsigned)config->request_s,
    };
}

int service_config_check(const void *config, struct error *error)
{
    struct http_options options = http_options_of(config);
    const char *public_url = ((const struct service_config *)config)->public_url;
    const char *defect = public_url[0] != '\0' ? url_defect(public_url) : NULL;
    int result = http_check(&options, error);

    if (result == 0 && defect != NULL)
        result = error_set(error, ERR_VALUE, "http.public_url", "%s", defect);
    return result != 0 ? result : metrics_check(config, error);
}

static int open_http(struct service *service, struct error *error)
{
    const struct service_config *config = service->config;
    struct http_options options = http_options_of(config);

    options.request_cb = request_cb;
    options.ctx = service;
    service->secure =
        config->tls_cert[0] != '\0' || strncmp(config->public_url, "https://", 8) == 0;
    service->http = http_open(service->loop, &options, error);
    if (service->http == NULL)
        return ERR_IO;
    service->metrics = metrics_open(service, error);
    return service->metrics == NULL ? error->code : 0;
}

int dashboard_open(struct service *service, uv_loop_t *loop, const struct service_config *config,
                   struct error *error)
{
    char link_keys[LINK_MARKS_TEXT];
    int result;

    memset(service, 0, sizeof *service);
    service->config = config;
    service->loop = loop;
    service->route_at = api_route_at;
    uv_timer_init(loop, &service->upkeep);
    service->upkeep.data = service;
    uv_timer_start(&service->upkeep, upkeep_cb, UPKEEP_MS, UPKEEP_MS);
    service->zmq = zmq_ctx_new();
    service->limit = limit_new((unsigned)config->rate_per_s, (unsigned)config->rate_burst);
    service->assets = assets_load(config->web, config->openapi, api_is_page);
    service->streams = streams_open(service);
    service->turns = turns_new(PASSWORD_MAX_AT_ONCE, WAIT_EACH, WAIT_MOST);
    if (service->zmq == NULL || service->limit == NULL || service->assets == NULL ||
        service->streams == NULL || service->turns == NULL)
        return error_set(error, ERR_NOMEM, "", "no memory");
    service->hook_keys = hook_keys_open(config, error);
    if (service->hook_keys == NULL)
        return error->code;
    if ((result = open_secret(service, error)) != 0 ||
        (result = open_link_keys(service, error)) != 0 ||
        (result = open_databases(service, error)) != 0)
        return result;
    link_key_marks(service->link_keys, LINK_KEYS_MOST, true, link_keys);
    service->counters = counters_open(loop, service->db, "dashboard", LIAISON_VERSION, link_keys);
    service->bus = bus_open(loop, service->zmq, config->bus_publish, config->bus_subscribe,
                            streams_heard_cb, service, error);
    if (service->counters == NULL || service->bus == NULL)
        return ERR_IO;
    if ((result = open_http(service, error)) != 0)
        return result;
    log_info("ready", "listen=%s tls=%d", config->listen, config->tls_cert[0] != '\0');
    return 0;
}

void dashboard_stop(struct service *service)
{
    struct db *const databases[] = {service->db, service->figures_db, service->public_db};

    service->stopping = true;
    uv_close((uv_handle_t *)&service->upkeep, NULL);
    if (service->turns != NULL)
        turns_stop(service->turns);
    http_close(service->http);
    metrics_stop(service->metrics);
    watch_stop(service->watch);
    publisher_stop(service->publisher);
    streams_close(service->streams);
    if (service->counters != NULL)
        counters_close(service->counters);
    if (service->bus != NULL)
        bus_close(service->bus);
    for (size_t i = 0; i < 3; i++)
        if (databases[i] != NULL)
            db_close(databases[i], NULL, NULL);
}

void dashboard_free(struct service *service)
{
    http_free(service->http);
    metrics_free(service->metrics);
    watch_free(service->watch);
    publisher_free(service->publisher);
    streams_free(service->streams);
    turns_free(service->turns);
    assets_free(service->assets);
    limit_free(service->limit);
    hook_keys_free(service->hook_keys);
    free(service->statements);
    free(service->public_statements);
    if (service->zmq != NULL)
        zmq_ctx_term(service->zmq);
    sodium_memzero(service->secret, sizeof service->secret);
    sodium_memzero(service->link_keys, sizeof service->link_keys);
}
