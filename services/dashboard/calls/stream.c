#include "stream.h"

#include "clock.h"
#include "counters.h"
#include "log.h"
#include "service.h"
#include "stream_follower.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 1000 };

static void tick_cb(uv_timer_t *timer)
{
    struct streams *streams = timer->data;
    struct stream_follower *follower;
    struct stream_client *client, *next;
    int64_t now = clock_mono_us();

    for (follower = TAILQ_FIRST(&streams->followers); follower != NULL;
         follower = TAILQ_NEXT(follower, link))
        follower_read(follower);
    for (follower = TAILQ_FIRST(&streams->followers); follower != NULL;) {
        struct stream_follower *after = TAILQ_NEXT(follower, link);
        for (client = TAILQ_FIRST(&follower->clients); client != NULL; client = next) {
            next = TAILQ_NEXT(client, link);
            stream_client_heartbeat(client, now); /* it may drop the client */
        }
        follower = after;
    }
}

struct streams *streams_open(struct service *service)
{
    struct streams *streams = calloc(1, sizeof *streams);

    if (streams == NULL)
        return NULL;
    streams->service = service;
    TAILQ_INIT(&streams->followers);
    uv_timer_init(service->loop, &streams->timer);
    streams->timer.data = streams;
    uv_timer_start(&streams->timer, tick_cb, POLL_MS, POLL_MS);
    return streams;
}

void streams_close(struct streams *streams)
{
    if (streams == NULL || streams->closing)
        return;
    streams->closing = true;
    uv_close((uv_handle_t *)&streams->timer, NULL);
}

void streams_free(struct streams *streams)
{
    free(streams);
}

static void hear_alert(struct streams *streams, int district, int64_t alert)
{
    struct stream_follower *follower = follower_find(streams, district);

    if (follower != NULL)
        follower_hear_alert(follower, alert);
}

void streams_heard_cb(void *ctx, const char *topic, int district, int64_t id)
{
    struct service *service = ctx;
    struct stream_follower *follower;

    if (service->streams == NULL || service->streams->closing)
        return;
    if (strcmp(topic, "alert") == 0) {
        hear_alert(service->streams, district, id);
    } else if (strcmp(topic, "change") == 0) {
        follower = follower_find(service->streams, district);
        if (follower != NULL)
            follower_read(follower);
    }
}

void streams_alert_changed(struct service *service, int district, int64_t alert)
{
    if (service->bus != NULL)
        bus_publish(service->bus, "alert", district, alert);
    hear_alert(service->streams, district, alert);
}

void streams_tell_alert(struct service *service, int district, int64_t alert)
{
    counters_add(service->counters, "acknowledged", "", 1);
    streams_alert_changed(service, district, alert);
}

void streams_session_ended(struct service *service, const char *hash)
{
    struct stream_follower *follower, *after;
    struct stream_client *client, *next;

    for (follower = TAILQ_FIRST(&service->streams->followers); follower != NULL; follower = after) {
        after = TAILQ_NEXT(follower, link); /* it is freed with its last client */
        for (client = TAILQ_FIRST(&follower->clients); client != NULL; client = next) {
            next = TAILQ_NEXT(client, link);
            if (strcmp(client->session, hash) == 0)
                follower_end_client(client);
        }
    }
}
