/*
 * endpoint_failure: what the HTTP endpoint answers if it cannot store records: 503, with the
 * cause, so that a vendor knows whom to call. No state.
 */
#ifndef LIAISON_FEED_ENDPOINT_FAILURE_H
#define LIAISON_FEED_ENDPOINT_FAILURE_H

#include "errors.h"

struct endpoint_failure {
    int retry_after_s;
    const char *event; /* in the log */
    const char *why;   /* for the client */
};

/* The failure of that error. Static. */
const struct endpoint_failure *endpoint_failure_of(const struct error *error);

#endif
