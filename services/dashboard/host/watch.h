/*
 * watch: what notify.health() says, for the page and for /metrics: read every few seconds, once for
 * everybody, over a connection of its own. Who asks for what is no older than a few seconds waits
 * for the reading that is running, or begins one; there is one at a time.
 *
 * What cannot be read is not well: after a minute without an answer the page says so.
 *
 * On the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_WATCH_H
#define LIAISON_DASHBOARD_WATCH_H

#include "db.h"
#include "errors.h"

#include <uv.h>

struct watch;

extern const struct db_statement watch_statements[];
extern const size_t watch_statement_count;

/* The text of /metrics, valid during the call; NULL: it could not be read. */
typedef void (*watch_text_cb)(void *ctx, const char *text, size_t size);

/* NULL, and error is filled, if conninfo is bad. */
struct watch *watch_open(uv_loop_t *loop, const char *conninfo, struct error *error);
/* Calls back once, now or when it has been read. */
void watch_text(struct watch *watch, watch_text_cb text_cb, void *ctx);
/* JSON, to be freed: "failing", the checks for which alerts of a district do not go out, each with
 * its channel or null, check "unknown" if that is not known; and "working", the other channels that
 * the district needs. NULL: no memory. */
char *watch_alerts(const struct watch *watch, const char *district);
/* Closes everything that keeps the loop running. watch may be NULL. */
void watch_stop(struct watch *watch);
/* Call after the loop has run out. watch may be NULL. */
void watch_free(struct watch *watch);

#endif
