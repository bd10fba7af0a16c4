/*
 * door: POST /events, for dispatch systems that speak nothing but HTTP. Takes our own form (one
 * event, a list, NDJSON) and EIDO documents, by content type, from whoever has a token; puts them
 * into the spool that the pump fills too; answers 202 when they are on disk, with what became of
 * each record. What was stored before is not stored again.
 *
 * Requests are dealt with one at a time on the loop's thread, which blocks for the disk. An address
 * that sends more of them than the settings say, good or bad, gets 429 for the rest. While the
 * spool is full, or the disk does not take what came, it says 503 and nothing is taken.
 * Everything it is given must outlive it.
 */
#ifndef LIAISON_FEED_DOOR_H
#define LIAISON_FEED_DOOR_H

#include "options.h"
#include "pump.h"
#include "recall.h"

enum { DOOR_MAX_RECORDS = 1000 }; /* of one request */

struct door;

struct door_options {
    const struct feed_options *feed;
    struct withhold *withhold;
    struct spool *spool;
    struct recall *recall;
    struct manifests *manifests;
    const struct pump *pump;
    void (*moved_cb)(void *ctx); /* more was spooled, or there is a manifest to tell */
    void *ctx;
};

struct door *door_open(uv_loop_t *loop, const struct door_options *options, struct fault *fault);
/* Call now and then: tells a day's manifest when that day (UTC) is over, unless the pump does, and
 * makes counts durable that no record did. */
void door_look(struct door *door);
/* Ends all connections. The loop must run until it is empty, then door_free, and once more. */
void door_close(struct door *door);
void door_free(struct door *door);

#endif
