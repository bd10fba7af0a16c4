#include "stream_client.h"

#include "clock.h"
#include "event.h"
#include "http.h"
#include "log.h"
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEARTBEAT_US = 15 * 1000000 };

int stream_client_send(struct stream_client *client, const char *event, int64_t id,
                       const char *data)
{
    char *text;
    int size;

    if (client->http == NULL)
        return ERR_STATE;
    if (id > 0)
        size = asprintf(&text, "id: %lld\nevent: %s\ndata: %s\n\n", (long long)id, event, data);
    else
        size = asprintf(&text, "event: %s\ndata: %s\n\n", event, data);
    if (size < 0)
        return ERR_NOMEM;
    int result = http_stream_send(client->http, text, (size_t)size);
    free(text);
    return result;
}

int stream_client_heartbeat(struct stream_client *client, int64_t now_us)
{
    char time[32], data[48];

    if (client->http == NULL || now_us - client->beaten_us < HEARTBEAT_US)
        return 0;
    client->beaten_us = now_us;
    event_time_format(clock_wall_us(), time);
    snprintf(data, sizeof data, "{\"at\":\"%s\"}", time);
    return stream_client_send(client, "heartbeat", 0, data);
}

void stream_client_end(struct stream_client *client)
{
    if (client->http != NULL) {
        struct http_stream *http = client->http;
        client->http = NULL;
        http_stream_close(http);
    }
    if (client->jobs == 0)
        free(client);
}

void stream_client_job_done(struct stream_client *client)
{
    client->jobs--;
    if (client->jobs == 0 && client->http == NULL)
        free(client);
}
