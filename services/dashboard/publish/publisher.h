/*
 * publisher: publishes each district's last closed school year, at the start, after every reconnect
 * and daily. It has a database connection of its own, because no page may wait while a year is
 * counted, and goes from district to district, a transaction each. Publishing twice changes
 * nothing. On the loop's thread.
 */
#ifndef LIAISON_PUBLISHER_H
#define LIAISON_PUBLISHER_H

#include "db.h"
#include "fault.h"

#include <uv.h>

struct publisher;

extern const struct db_statement publisher_statements[];
extern const size_t publisher_statement_count;

/* NULL, and fault is filled, if conninfo is bad. */
struct publisher *publisher_open(uv_loop_t *loop, const char *conninfo, struct fault *fault);
/* Ends everything that keeps the loop running. NULL is fine. */
void publisher_stop(struct publisher *publisher);
/* After the loop has run out. NULL is fine. */
void publisher_free(struct publisher *publisher);

#endif
