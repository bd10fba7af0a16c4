/*
 * db: one PostgreSQL connection on a libuv loop. It connects, reconnects with backoff, prepares
 * statements, and runs transactions as pipelines: several statements go out in one write and their
 * results come back in order. Only this room knows libpq's non-blocking rules.
 *
 * A job is what runs inside one transaction: BEGIN, the job's steps, COMMIT. Steps are queued with
 * db_exec inside the job's step callback; each answer arrives at its own result callback, which may
 * queue further steps; when none is left the wrapper commits. If anything fails, the transaction is
 * rolled back and the job's done callback hears why. Jobs run one after the other, in order.
 *
 * Rules: (1) all calls on the loop's thread; (2) done is called exactly once per job, never from
 * inside db_submit; (3) after an outage during COMMIT the outcome is DB_UNKNOWN: look before you
 * repeat; (4) results are valid only inside their callback; (5) db_close calls back when nothing
 * more will come, outstanding jobs having ended with DB_GONE. The server notices within seconds
 * that a connection was closed, and ends the statement that it was running.
 */
#ifndef LIAISON_DB_H
#define LIAISON_DB_H

#include "fault.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct db;
struct db_job;

enum db_outcome {
    DB_COMMITTED = 0, /* the commit was confirmed */
    DB_REFUSED,       /* the server said no: rolled back; db_error tells sqlstate and text */
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
 * A statement, prepared on every connection under its name. Statements stand in files of SQL,
 * services/X/sql/F.sql and common/sql/F.sql, which the build makes lists of: F_statements[] and
 * F_statement_count (deploy/sql-to-c.awk). Names are unique within a connection.
 */
struct db_statement {
    const char *name;
    const char *sql;
};

struct db_statement_list {
    const struct db_statement *first;
    size_t count;
};

/* The statements of several lists in one, for db_open; *count of them. The caller frees it. NULL
 * without memory. */
struct db_statement *db_statements_join(const struct db_statement_list *lists, size_t list_count,
                                        size_t *count);
/* The text of a statement, by its name. Where no list has it, the program is wrong, and ends. */
const char *db_statement_text(const struct db_statement_list *lists, size_t list_count,
                              const char *name);

/* Parameters of one execution: parallel arrays as PQsendQueryPrepared takes them. They are sent
 * (copied) before db_exec returns. lengths and formats may be NULL: all text. */
struct db_params {
    int count;
    const char *const *values;
    const int *lengths;
    const int *formats;
};

typedef void (*db_step_cb)(struct db_job *job, void *ctx);
typedef void (*db_result_cb)(struct db_job *job, PGresult *result, void *ctx);
typedef void (*db_done_cb)(void *ctx, enum db_outcome outcome, const struct db_error *error);

/* statements must stay valid as long as the db. Returns NULL and fills fault on bad conninfo. */
struct db *db_open(uv_loop_t *loop, const struct db_options *options,
                   const struct db_statement *statements, size_t count, struct fault *fault);
void db_close(struct db *db, void (*closed_cb)(void *ctx), void *ctx);
bool db_is_up(const struct db *db);
/* Jobs queued or running. */
size_t db_pending(const struct db *db);

/* Queues a job. step queues the first statements. Both callbacks get ctx. ERR_STATE while there is
 * no connection: then neither callback is called. */
int db_submit(struct db *db, db_step_cb step, db_done_cb done, void *ctx);
/* Only inside a step or result callback of this job. result may be NULL. Rows come in text format
 * (binary_results false) or binary. */
int db_exec(struct db_job *job, const char *statement, const struct db_params *params,
            bool binary_results, db_result_cb result, void *ctx);
/* Text parameters, NULL for null: db_exec_text(job, "name", cb, ctx, 2, a, b). Text results. */
int db_exec_text(struct db_job *job, const char *statement, db_result_cb result, void *ctx,
                 int count, ...);
/* Nothing more will be queued: COMMIT goes out with what is queued already, and saves a round trip.
 * Later result callbacks of the job still come, but must not queue. */
void db_commit_now(struct db_job *job);
/* Ends the job without storing anything: rolled back, done hears DB_REFUSED with sqlstate "" . */
void db_abandon(struct db_job *job, const char *why);

/* Class of an SQLSTATE: is it an outage or the server's state (try again), or the data (do not)? */
bool db_error_is_outage(const struct db_error *error);
/* Whether the rows themselves are refused. What is neither (a right or a function that is missing)
 * is nobody's data. */
bool db_error_is_data(const struct db_error *error);

#endif
