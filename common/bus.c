#include "bus.h"

#include "log.h"
#include "zsock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bus {
    struct zsock *publish;
    struct zsock *subscribe;
    bus_heard_cb heard;
    void *ctx;
};

static void readable_cb(void *ctx, struct zsock_message *message)
{
    struct bus *bus = ctx;
    char line[64], topic[16];
    int district;
    int64_t id;

    size_t size = zmq_msg_size(&message->frame[0]);
    if (message->count != 1 || size >= sizeof line)
        return;
    memcpy(line, zmq_msg_data(&message->frame[0]), size);
    line[size] = '\0';
    if (sscanf(line, "%15s %d %" SCNd64, topic, &district, &id) == 3 && bus->heard)
        bus->heard(bus->ctx, topic, district, id);
}

static int connect_all(struct zsock *sock, const char *endpoints, struct error *error)
{
    char list[512];

    if (strlen(endpoints) >= sizeof list)
        return error_set(error, ERR_SIZE, "bus.subscribe", "too long");
    strcpy(list, endpoints);
    for (char *save, *one = strtok_r(list, ", ", &save); one; one = strtok_r(NULL, ", ", &save)) {
        int err = zsock_connect(sock, one, error);
        if (err)
            return err;
    }
    return 0;
}

struct bus *bus_open(uv_loop_t *loop, void *zmq_context, const char *publish, const char *subscribe,
                     bus_heard_cb heard, void *ctx, struct error *error)
{
    struct bus *bus = calloc(1, sizeof *bus);
    if (!bus) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    bus->heard = heard;
    bus->ctx = ctx;
    if (publish && publish[0]) {
        bus->publish = zsock_open(loop, zmq_context, ZMQ_PUB, NULL, NULL, error);
        if (!bus->publish || zsock_bind(bus->publish, publish, error) != 0)
            goto fail;
    }
    if (subscribe && subscribe[0]) {
        bus->subscribe = zsock_open(loop, zmq_context, ZMQ_SUB, readable_cb, bus, error);
        if (!bus->subscribe)
            goto fail;
        zmq_setsockopt(zsock_handle(bus->subscribe), ZMQ_SUBSCRIBE, "", 0);
        if (connect_all(bus->subscribe, subscribe, error) != 0)
            goto fail;
    }
    return bus;
fail:
    bus_close(bus);
    return NULL;
}

void bus_publish(struct bus *bus, const char *topic, int district, int64_t id)
{
    char line[64];

    if (!bus->publish)
        return;
    int n = snprintf(line, sizeof line, "%s %d %" PRId64, topic, district, id);
    zsock_send(bus->publish, &(struct zsock_part){line, (size_t)n}, 1);
}

void bus_close(struct bus *bus)
{
    if (!bus)
        return;
    zsock_close(bus->publish);
    zsock_close(bus->subscribe);
    free(bus);
}
