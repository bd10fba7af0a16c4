/*
 * stream: GET /api/v1/stream, what changes as it changes, as server-sent events. One follower a
 * district reads district.change in the order of (xid, change_id), and only below the oldest
 * running transaction, so that nothing can appear behind it; all streams of the district hear of it
 * from there. The bus wakes it, and a timer of one second where the bus is silent. Each stream is
 * told only of calls that its person may see, and is dropped when it reads too slowly; it then
 * comes back with Last-Event-ID and hears what it missed, or "reset" if that is too much.
 *
 * On the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_STREAM_H
#define LIAISON_DASHBOARD_STREAM_H

#include "exchange.h"

#include <stdint.h>

struct streams;

struct streams *streams_open(struct service *service);
/* Stops following. The clients' connections are http_close's to end, before or after. */
void streams_close(struct streams *streams);
/* When the loop is empty. */
void streams_free(struct streams *streams);

/* What the bus said. */
void streams_heard_cb(void *ctx, const char *topic, int district, int64_t id);
/* An alert was acknowledged here: tells the bus and our own streams. */
void streams_tell_alert(struct service *service, int district, int64_t alert);

/* Somebody signed out: streams of that session (session_hash) end at once. */
void streams_session_ended(struct service *service, const char *hash);

#endif
