/*
 * counters: named counts of a running service, added into liaison.counter once a second, so that
 * liaisonctl status and restarts see them. Each service has a fixed table of names; labels are an
 * agency's slug, the first 8 characters of a public key, or "". All calls on the loop's thread.
 */
#ifndef LIAISON_COUNTERS_H
#define LIAISON_COUNTERS_H

#include "db.h"

struct counters;

/* Must be in the db's list of statements (common/sql/counters.sql). */
extern const struct db_statement counters_statements[];
extern const size_t counters_statement_count;

/* link_keys: by which keys the process makes links or finds them (link_key_marks); NULL: it does
 * neither. */
struct counters *counters_open(uv_loop_t *loop, struct db *db, const char *service,
                               const char *version, const char *link_keys);
/* Stops the timer. If db is up, a last job writes what was counted since the last flush. */
void counters_close(struct counters *counters);
void counters_add(struct counters *counters, const char *name, const char *label, long delta);

#endif
