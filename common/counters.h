/*
 * counters: named counts of a running service, added into liaison.counter once a second, so that
 * liaisonctl status and restarts see them. Names are a fixed table of the service's own; labels are
 * an agency's slug, the first 8 characters of a public key, or "". On the loop's thread.
 */
#ifndef LIAISON_COUNTERS_H
#define LIAISON_COUNTERS_H

#include "db.h"

struct counters;

/* The statements below must be in the db's table: COUNTERS_STATEMENTS. */
#define COUNTERS_STATEMENTS                                                                  \
    {"counters_add",                                                                         \
     "insert into liaison.counter as c (service, name, label, value) "                       \
     "select $1, n, l, v from unnest($2::text[], $3::text[], $4::bigint[]) as u(n, l, v) "   \
     "on conflict (service, name, label) do update "                                         \
     "set value = c.value + excluded.value, last_at = now()"},                               \
    {                                                                                        \
        "counters_alive",                                                                    \
            "insert into liaison.service (service, instance, started_at, seen_at, version) " \
            "values ($1, $2, now(), now(), $3) on conflict (service, instance) "             \
            "do update set seen_at = now()"                                                  \
    }

struct counters *counters_open(uv_loop_t *loop, struct db *db, const char *service,
                               const char *version);
/* Stops the timer; what was counted since the last flush is written by a last job if db is up. */
void counters_close(struct counters *counters);
void counters_add(struct counters *counters, const char *name, const char *label, long delta);
long counters_get(const struct counters *counters, const char *name, const char *label);

#endif
