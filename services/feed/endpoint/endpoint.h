/*
 * endpoint: POST /events, the agent's HTTP endpoint (struct endpoint) for dispatch systems that
 * only speak HTTP. It accepts Liaison's JSON form (one event, a list, NDJSON) and EIDO documents,
 * by content type, from clients with a token. It appends them to the spool that the pump fills too,
 * and answers 202 with the result of each record when they are on disk. Records that were stored
 * before are not stored again.
 *
 * It handles one request at a time on the loop's thread, which blocks for the disk. An address that
 * sends more requests than the settings allow, good or bad, gets 429 for the rest. While the spool
 * is full, or records cannot be stored, it answers 503 with the cause (endpoint_failure.h) and
 * takes nothing. Everything that is passed to it must outlive it.
 */
#ifndef LIAISON_FEED_ENDPOINT_H
#define LIAISON_FEED_ENDPOINT_H

#include "options.h"
#include "pump.h"
#include "recall.h"

enum { ENDPOINT_MAX_RECORDS = 1000 }; /* in one request */

struct endpoint;

struct endpoint_options {
    const struct feed_options *feed;
    struct withhold *withhold;
    struct spool *spool;
    struct recall *recall;
    struct manifests *manifests;
    const struct pump *pump;
    void (*moved_cb)(void *ctx); /* more was spooled, or there is a manifest to send */
    void *ctx;
};

struct endpoint *endpoint_open(uv_loop_t *loop, const struct endpoint_options *options,
                               struct error *error);
/* Call regularly. Adds a day's manifest when that day (UTC) is over, unless the pump does, and
 * makes counts durable that no record has made durable. */
void endpoint_look(struct endpoint *endpoint);
/* Ends all connections. The loop must run until it is empty, then endpoint_free, and once more. */
void endpoint_close(struct endpoint *endpoint);
void endpoint_free(struct endpoint *endpoint);

#endif
