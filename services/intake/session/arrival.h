/*
 * arrival: an event that came: counted against the credit, put into its place in the stream,
 * decoded, placed, and given to the writer, or refused.
 */
#ifndef INTAKE_ARRIVAL_H
#define INTAKE_ARRIVAL_H

#include "intake_router_private.h"

/* One event of a message. The texts are the message's. */
struct arrival {
    uint64_t seq;
    const char *type, *body;
    size_t type_size, size;
};

/* Of an open session, to which the caller has a reference: it may be refused when this returns. */
void arrival_take(struct router *router, struct session *session, const struct arrival *event);

#endif
