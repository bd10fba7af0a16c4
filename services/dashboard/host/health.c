/* GET /healthz, for monitoring. 503 while a database cannot be reached. */
#include "api.h"
#include "service.h"

#include <string.h>

static void health(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    bool good =
        db_is_up(service->db) && db_is_up(service->figures_db) && db_is_up(service->public_db);
    const char *text = good ? "{\"status\":\"ok\"}" : "{\"status\":\"unavailable\"}";

    exchange_json(exchange, good ? 200 : 503, text, strlen(text));
    exchange_reply(exchange);
}

static const struct route routes[] = {
    {.method = HTTP_GET, .pattern = "/healthz", .unlimited = true, .handle = health},
};

const struct api_part health_part = {API_PART_OF(health), API_ROUTES(routes)};
