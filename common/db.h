/*
 * db: one PostgreSQL connection on a libuv loop. It connects, reconnects with backoff, prepares
 * statements, and runs transactions as pipelines: several statements go out in one write and their
 * results come back in order. libpq's non-blocking rules are known to this module alone.
 *
 * A job is one transaction: BEGIN, the job's steps, COMMIT. The job's step callback queues steps
 * with db_exec. Each answer goes to the result callback of its step, which may queue further steps.
 * When no step is left, db commits. If a step fails, the transaction is rolled back and the job's
 * done callback gets the error. Jobs run one after the other, in order.
 *
 * Rules: (1) all calls on the loop's thread; (2) done is called exactly once per job, never from
 * inside db_submit; (3) after an outage during COMMIT the outcome is DB_UNKNOWN: look before you
 * repeat; (4) results are valid only inside their callback; (5) db_close ends outstanding jobs with
 * DB_GONE, and calls back after its last callback. The server notices within seconds that a
 * connection was closed, and ends the statement that it was running.
 */
#ifndef LIAISON_DB_H
#define LIAISON_DB_H

#include "errors.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct db;
struct db_job;

enum db_outcome {
    DB_COMMITTED = 0, /* the commit was confirmed */
    DB_REFUSED,       /* the server refused it: rolled back; db_error has sqlstate and text */
    DB_GONE,          /* no connection, or lost before COMMIT was sent: nothing was stored */
    DB_UNKNOWN,       /* lost between COMMIT and its answer */
};

struct db_error {
    char sqlstate[6];
    char text[256];
};

struct db_options {
    const char *conninfo;       /* kept by copy */
    void (*up_cb)(void *ctx);   /* connected (again), statements prepared; may be NULL */
    void (*down_cb)(void *ctx); /* connection lost; may be NULL */
    void *ctx;
    int statement_ms; /* the server ends a statement that runs longer (SQLSTATE 57014); 0: a minute
                       */
};

/*
 * A statement, prepared on every connection under its name. Statements stand in SQL files,
 * services/X/sql/F.sql and common/sql/F.sql. The build generates a list from each file:
 * F_statements[] and F_statement_count (deploy/sql-to-c.awk). Names are unique within a connection.
 */
struct db_statement {
    const char *name;
    const char *sql;
};

struct db_statement_list {
    const struct db_statement *first;
    size_t count;
};

/* Joins the statements of several lists in one list for db_open; *count is its length. The caller
 * frees it. NULL if there is no memory. */
struct db_statement *db_statements_join(const struct db_statement_list *lists, size_t list_count,
                                        size_t *count);
/* The text of a statement, by its name. A name that no list has is a defect, and ends the
 * program. */
const char *db_statement_text(const struct db_statement_list *lists, size_t list_count,
                              const char *name);

/* Parameters of one execution: parallel arrays as PQsendQueryPrepared takes them. db_exec copies
 * them before it returns. lengths and formats may be NULL: all text. */
struct db_params {
    int count;
    const char *const *values;
    const int *lengths;
    const int *formats;
};

typedef void (*db_step_cb)(struct db_job *job, void *ctx);
typedef void (*db_result_cb)(struct db_job *job, PGresult *result, void *ctx);
typedef void (*db_done_cb)(void *ctx, enum db_outcome outcome, const struct db_error *error);

/* statements must stay valid as long as the db. Returns NULL and fills error on bad conninfo. */
struct db *db_open(uv_loop_t *loop, const struct db_options *options,
                   const struct db_statement *statements, size_t count, struct error *error);
/* Statements that cannot be prepared are logged and left out from now on: a job that runs one is
 * refused (SQLSTATE 26000). Else there is no connection without all of them. Call it after db_open.
 */
void db_allow_partial(struct db *db);
void db_close(struct db *db, void (*closed_cb)(void *ctx), void *ctx);
bool db_is_up(const struct db *db);
/* Jobs queued or running. */
size_t db_pending(const struct db *db);

/* Queues a job. step queues the first statements. Both callbacks get ctx. Returns ERR_STATE while
 * there is no connection; neither callback is called then. */
int db_submit(struct db *db, db_step_cb step, db_done_cb done, void *ctx);
/* Queues a job of one statement without parameters, whose rows nobody needs. A refusal is logged
 * under the statement's name, which must stay valid. ERR_STATE as above. */
int db_run(struct db *db, const char *statement);
/* Queues a statement. Call it only inside a step or result callback of this job. result may be
 * NULL. Rows come in text format (binary_results false) or binary. */
int db_exec(struct db_job *job, const char *statement, const struct db_params *params,
            bool binary_results, db_result_cb result, void *ctx);
/* Text parameters, NULL for null: db_exec_text(job, "name", cb, ctx, 2, a, b). Text results. */
int db_exec_text(struct db_job *job, const char *statement, db_result_cb result, void *ctx,
                 int count, ...);
/* Says that the job queues no more steps: COMMIT goes out with the queued steps, which saves a
 * round trip. The job's remaining result callbacks are still called, but must not queue steps. */
void db_commit_now(struct db_job *job);
/* Rolls the job back: nothing is stored, and done gets DB_REFUSED with sqlstate "". */
void db_abandon(struct db_job *job, const char *why);
/* The same, as if the server had refused it with this SQLSTATE: an answer cannot be used. */
void db_refuse(struct db_job *job, const char *sqlstate, const char *why);

/* Whether an SQLSTATE means an outage or a state of the server (try again), and not bad data (do
 * not try again). */
bool db_error_is_outage(const struct db_error *error);
/* Whether the server refused the rows themselves. An error that is neither an outage nor this (a
 * missing right or function) has nothing to do with the data. */
bool db_error_is_data(const struct db_error *error);

#endif
