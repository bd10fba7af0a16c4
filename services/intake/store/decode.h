/*
 * decode: turns the body of an EVENT into an event that may be stored. It checks content type,
 * limits and the agency, and withholds the codes that this agency's map withholds.
 */
#ifndef INTAKE_DECODE_H
#define INTAKE_DECODE_H

#include "event.h"
#include "intake_session.h"
#include "reload.h"

/* The content type without its parameters, as a constant; "" if it is not accepted. */
const char *decode_type(const char *type, size_t size);

/* Returns 0 or a negative enum err with the error filled. */
int decode_body(struct event *event, const struct session *session, const struct tables *tables,
                const char *type, size_t type_size, const char *body, size_t size, int64_t now,
                struct event_dropped *dropped, struct error *error);

#endif
