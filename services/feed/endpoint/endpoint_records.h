/*
 * door_records: what becomes of the records of one request's body. Nothing is durable until the
 * spool is committed, which is the caller's. On the loop's thread.
 */
#ifndef LIAISON_FEED_DOOR_RECORDS_H
#define LIAISON_FEED_DOOR_RECORDS_H

#include "recall.h"
#include "source.h"
#include "spool.h"

#include <jansson.h>

enum { DOOR_MAX_NAMES = 64, DOOR_NAME_OCTETS = 64 };

struct door_records {
    struct withhold *withhold;
    struct spool *spool;
    struct recall *recall;
    unsigned accepted, repeated, refused, withheld, events;
    struct text_found found; /* taken out of their texts */
    uint64_t first, last;    /* sequences of the events; 0 if none */
    unsigned unfit_count;    /* values that their field could not keep */
    unsigned bare;           /* new incidents without type and place */
    json_t *results;         /* the caller's to json_decref, like the next three */
    /* Names of members that were left out: dropped, because the dictionary has no such; denied, by
     * name. Each once, at most DOOR_MAX_NAMES, cut at DOOR_NAME_OCTETS. Never a value. */
    json_t *dropped, *denied;
    json_t *unfit; /* by field, how many values it could not keep */
    char body[EVENT_MAX_OCTETS + 1];
};

/* How many records the body has, counted up to one more than most. Negative: no memory, or the body
 * as a whole cannot be read, and fault says why. */
int door_records_count(enum source_format format, const char *body, size_t size, int most,
                       struct fault *fault);
/* Takes each. ERR_NOMEM: the rest is not taken. */
int door_records_take(struct door_records *records, enum source_format format, const char *body,
                      size_t size);

#endif
