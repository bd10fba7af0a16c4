/*
 * bus: wake-ups between services, ZeroMQ PUB to SUB on loopback or a private network. A message is
 * one line of text: "change DISTRICT CHANGE" (intake), "alert DISTRICT ALERT" (notify, dashboard).
 * Wake-ups are hints and may be lost, so a subscriber also polls. All calls on the loop's thread.
 */
#ifndef LIAISON_BUS_H
#define LIAISON_BUS_H

#include "errors.h"

#include <stdint.h>
#include <uv.h>

struct bus;

/* topic is "change" or "alert". */
typedef void (*bus_heard_cb)(void *ctx, const char *topic, int district, int64_t id);

/* publish: an endpoint to bind, or NULL or "". subscribe: endpoints to connect to, comma-separated,
 * or NULL or "". */
struct bus *bus_open(uv_loop_t *loop, void *zmq_context, const char *publish, const char *subscribe,
                     bus_heard_cb heard, void *ctx, struct error *error);
void bus_publish(struct bus *bus, const char *topic, int district, int64_t id);
void bus_close(struct bus *bus);

#endif
