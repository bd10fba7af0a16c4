/*
 * stream: GET /api/v1/stream sends changes as they happen, as server-sent events. One follower per
 * district reads district.change in the order of (xid, change_id), and only below the oldest
 * running transaction, so that no change can appear before its position; it passes the changes to
 * all streams of the district. The bus wakes it up, and a timer of one second if the bus is silent.
 * A stream gets only changes of calls that its person may see. A stream that reads too slowly is
 * dropped; it then reconnects with Last-Event-ID and gets what it missed, or "reset" if that is too
 * much.
 *
 * All calls on the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_STREAM_H
#define LIAISON_DASHBOARD_STREAM_H

#include "exchange.h"

#include <stdint.h>

struct streams;

struct streams *streams_open(struct service *service);
/* Stops following. http_close ends the clients' connections, before or after. */
void streams_close(struct streams *streams);
/* Call when the loop is empty. */
void streams_free(struct streams *streams);

/* Handles a wake-up from the bus. */
void streams_heard_cb(void *ctx, const char *topic, int district, int64_t id);
/* What is known of an alert's messages has changed here: notifies the bus and the streams of this
 * process. */
void streams_alert_changed(struct service *service, int district, int64_t alert);
/* The same of an alert that was acknowledged here. */
void streams_tell_alert(struct service *service, int district, int64_t alert);

/* A person has signed out: ends the streams of that session (session_hash) at once. */
void streams_session_ended(struct service *service, const char *hash);

#endif
