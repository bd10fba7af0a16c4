/*
 * arrival: handles an event that has arrived: counts it against the credit, puts it in order in the
 * stream, decodes and places it, and passes it to the writer or refuses it.
 */
#ifndef INTAKE_ARRIVAL_H
#define INTAKE_ARRIVAL_H

#include "intake_router_private.h"

/* One event of a message. The message owns the texts. */
struct arrival {
    uint64_t seq;
    const char *type, *body;
    size_t type_size, size;
};

/* The session is open, and the caller has a reference to it: it may have been refused when this
 * returns. */
void arrival_take(struct router *router, struct session *session, const struct arrival *event);

#endif
