/*
 * aside: notes why work was set aside, for notify.health(). In a transaction of its own: work is
 * set aside also where it cannot be noted. So is it noted that a job which runs again and again
 * does nothing any more: without it people are not told, and nothing else would show that. On the
 * loop's thread.
 */
#ifndef NOTIFY_ASIDE_H
#define NOTIFY_ASIDE_H

#include "db.h"

#include <stdbool.h>
#include <stdint.h>

enum { ASIDE_WHY_SIZE = 100 };

/* kind: of its subject, and stays; why: an SQLSTATE, the statement and what it does not give, or
 * the error of a server. */
void aside_note(struct db *db, const char *kind, const char *why);

/* A job that runs again and again, once at a time. All but the name is zero at the start. */
struct aside_job {
    const char *name;     /* stays */
    int64_t refused_mono; /* since when PostgreSQL refuses it; 0: it does not */
    int64_t done_mono;    /* when it did its work last, or was begun first */
    bool runs;
};

/* Begins it, unless it runs still or there is no connection. done calls aside_job_ended. */
void aside_job_begin(struct db *db, struct aside_job *job, db_step_cb step, db_done_cb done,
                     void *ctx);

/* How it ended. What PostgreSQL refuses twice in succession is noted, an outage after five minutes:
 * a deadlock, or an upgrade that holds locks, is over soon. */
void aside_job_ended(struct db *db, struct aside_job *job, enum db_outcome outcome,
                     const struct db_error *error);

/* It ended without having done its work: another process was at it. */
void aside_job_passed(struct aside_job *job);
/* Notes that it has not done its work for most_us: it hangs, its session is lost again and again,
 * or the process that is at it hangs. Call it regularly; notes: another session than the job's. */
void aside_job_watch(struct db *notes, struct aside_job *job, int64_t most_us);

#endif
