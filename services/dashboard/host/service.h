/*
 * service: what the modules of the dashboard share; dashboard.c fills it. On the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_SERVICE_H
#define LIAISON_DASHBOARD_SERVICE_H

#include "bus.h"
#include "config.h"
#include "counters.h"
#include "db.h"
#include "errors.h"
#include "link_key.h"

#include <stdbool.h>
#include <uv.h>

struct assets;
struct hook_keys;
struct http;
struct limit;
struct metrics;
struct publisher;
struct route;
struct streams;
struct turns;
struct watch;

enum { SERVICE_SECRET_SIZE = 32 };

struct service_config {
    char listen[128], web[512], openapi[512], public_url[256], tls_cert[512], tls_key[512];
    char trusted_proxies[1024];
    int max_connections, max_per_address, request_s, rate_per_s, rate_burst;
    char conninfo[1024], public_conninfo[1024];
    char bus_publish[256], bus_subscribe[1024];
    char secret_file[512];
    char twilio_token_file[512], twilio_next_token_file[512], twilio_second_token_file[512];
    char kannel_secret_file[512];
    char link_key_file[512], link_old_key_file[512];
    int idle_min, absolute_h, tries, window_min, lock_min, device_days;
    char metrics_listen[128], metrics_token_file[512];
    char log_level[8];
};

struct service {
    const struct service_config *config;
    uv_loop_t *loop;
    void *zmq;
    struct db *db, *figures_db, *public_db;
    struct db_statement *statements; /* of the main and the figures connection */
    struct db_statement *public_statements;
    struct bus *bus;
    struct counters *counters;
    struct http *http;
    struct limit *limit;
    struct hook_keys *hook_keys;               /* of the providers that call us */
    const struct route *(*route_at)(size_t i); /* of the API; NULL behind the last */
    struct assets *assets;
    struct streams *streams;
    struct publisher *publisher;
    struct watch *watch;     /* whether alerts go out */
    struct metrics *metrics; /* NULL: off */
    unsigned char
        secret[SERVICE_SECRET_SIZE]; /* keys hashes of logins and addresses, and cursors */
    struct link_key link_keys[LINK_KEYS_MOST]; /* of links in messages: present, one before */
    bool secure;                               /* the page is served by https: cookies say so */
    struct turns *turns;                       /* the queue of sign-ins */
    uv_timer_t upkeep;
    bool stopping;
};

#endif
