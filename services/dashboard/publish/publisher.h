/*
 * publisher: publishes each district's last closed school year, at the start, after every reconnect
 * and daily. It uses a separate database connection, so that no page waits while a year is counted,
 * and handles the districts one after another, a transaction each. Publishing twice changes
 * nothing. On the loop's thread.
 */
#ifndef LIAISON_PUBLISHER_H
#define LIAISON_PUBLISHER_H

#include "db.h"
#include "errors.h"

#include <uv.h>

struct publisher;

extern const struct db_statement publisher_statements[];
extern const size_t publisher_statement_count;

/* NULL, and error is filled, if conninfo is bad. */
struct publisher *publisher_open(uv_loop_t *loop, const char *conninfo, struct error *error);
/* Closes everything that keeps the loop running. publisher may be NULL. */
void publisher_stop(struct publisher *publisher);
/* Call after the loop has run out. publisher may be NULL. */
void publisher_free(struct publisher *publisher);

#endif
