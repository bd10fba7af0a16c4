#include "health.h"

#include "service.h"

#include <string.h>

void health(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    bool good =
        db_is_up(service->db) && db_is_up(service->figures_db) && db_is_up(service->public_db);
    const char *text = good ? "{\"status\":\"ok\"}" : "{\"status\":\"unavailable\"}";

    exchange_json(exchange, good ? 200 : 503, text, strlen(text));
    exchange_reply(exchange);
}
