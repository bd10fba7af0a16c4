/*
 * endpoint_records: handles the records of one request's body. Nothing is durable until the caller
 * commits the spool. All calls on the loop's thread.
 */
#ifndef LIAISON_FEED_ENDPOINT_RECORDS_H
#define LIAISON_FEED_ENDPOINT_RECORDS_H

#include "recall.h"
#include "source.h"
#include "spool.h"

#include <jansson.h>

enum { ENDPOINT_MAX_NAMES = 64, ENDPOINT_NAME_OCTETS = 64 };

struct endpoint_records {
    struct withhold *withhold;
    struct spool *spool;
    struct recall *recall;
    unsigned accepted, repeated, refused, withheld, events;
    struct text_found found; /* facts removed from their texts */
    uint64_t first, last;    /* sequences of the events; 0 if none */
    unsigned unfit_count;    /* values that their field could not keep */
    unsigned bare;           /* new incidents without type and place */
    json_t *results;         /* the caller calls json_decref on it, like the next three */
    /* Names of members that were left out: dropped, because the dictionary does not have them;
     * denied, by name. Each once, at most ENDPOINT_MAX_NAMES, cut at ENDPOINT_NAME_OCTETS. Never a
     * value. */
    json_t *dropped, *denied;
    json_t *unfit; /* by field, the number of values that could not be kept */
    char body[EVENT_MAX_OCTETS + 1];
};

/* How many records the body has, counted up to one more than most. Negative: no memory, or the body
 * as a whole cannot be read (error has the reason). */
int endpoint_records_count(enum source_format format, const char *body, size_t size, int most,
                           struct error *error);
/* Takes each record. ERR_NOMEM: the rest is not taken. */
int endpoint_records_take(struct endpoint_records *records, enum source_format format,
                          const char *body, size_t size);

#endif
