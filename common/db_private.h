/*
 * db_private: what db.c (jobs and their answers) and db_connect.c (the connection's life) share.
 */
#ifndef LIAISON_DB_PRIVATE_H
#define LIAISON_DB_PRIVATE_H

#include "db.h"

#include <sys/queue.h>

enum {
    DB_BACKOFF_FIRST_MS = 100,
    DB_BACKOFF_MOST_MS = 1000, /* a server that is back is found within a second */
    DB_CONNECT_MS = 10000,
    DB_SLOW_MS = 2000,        /* a job without an answer for this long is logged */
    DB_SLOW_AGAIN_MS = 10000, /* and then logged again at this interval */
    DB_MAX_TEXT_PARAMS = 32,
    DB_STATEMENT_MS = 60000,
};

#define DB_GONE_MS "2000" /* how often a working server checks that the client is connected */
#define DB_IDLE_MS "5000" /* longer than any pause of the loop between two flights of a job */

/* common/sql/connection.sql: what runs on each new connection. */
extern const struct db_statement connection_statements[];
extern const size_t connection_statement_count;

enum db_state {
    DB_S_DOWN,       /* waiting for the next try */
    DB_S_CONNECTING, /* PQconnectPoll */
    DB_S_PREPARING,  /* statements are being prepared */
    DB_S_READY,
};

enum db_phase {
    DB_P_RUNNING,    /* steps are queued or answered */
    DB_P_COMMITTING, /* COMMIT was sent */
    DB_P_ABORTING,   /* failed: waiting for the end of the pipeline */
    DB_P_ROLLBACK,   /* ROLLBACK was sent */
};

struct db_job {
    STAILQ_ENTRY(db_job) link;
    struct db *db;
    db_step_cb step;
    db_done_cb done;
    void *ctx;
    enum db_phase phase;
    bool commit_now;
    bool failed;
    struct db_error error;
};

/* FLIGHT: the sync after steps whose answers may queue more steps; SYNC: the sync that ends a
 * job. */
enum db_expected { DB_X_PREPARE, DB_X_CONTROL, DB_X_STEP, DB_X_COMMIT, DB_X_FLIGHT, DB_X_SYNC };

/* One answer that is expected from the server, in order. */
struct db_expect {
    enum db_expected kind;
    bool got;
    db_result_cb cb;
    void *ctx;
};

struct db {
    uv_loop_t *loop;
    char *conninfo;
    void (*up_cb)(void *ctx);
    void (*down_cb)(void *ctx);
    void *ctx;
    const struct db_statement *statements;
    size_t statement_count;
    char statement_ms[16];
    bool partial;

    PGconn *conn;
    bool broken; /* found as it was sent to; the timer ends the connection */
    enum db_state state;
    uv_poll_t *poll; /* of the connection's descriptor, which may change while connecting */
    int fd;
    int watched;
    uv_timer_t timer;  /* the next try, the time-out of this try, or the warning about a slow job */
    uint64_t begun_ms; /* the running job, by the loop's clock */
    int backoff_ms;

    STAILQ_HEAD(db_jobs, db_job) queue; /* the first one runs */
    size_t pending;
    bool running;
    bool unflushed; /* steps were queued since the last sync */

    struct db_expect *expect; /* ring */
    size_t expect_head, expect_count, expect_room;

    int depth; /* calls of db_process(): close waits for 0 */
    bool closing;
    void (*closed_cb)(void *ctx);
    void *closed_ctx;
};

/* db.c */
void db_expect_push(struct db *db, enum db_expected kind, db_result_cb cb, void *ctx);
int db_send_sync(struct db *db, enum db_expected kind);
void db_start_next(struct db *db);
/* Handles every answer that has arrived, and advances the running job. */
void db_process(struct db *db);
/* Ends every job through its done callback. The running job may have been committed. */
void db_end_all(struct db *db);

/* db_connect.c */
/* Sends what is queued, and watches the socket if some of it could not be written yet. */
void db_push(struct db *db);
/* The running job has begun: starts the timer that logs it if it is slow. */
void db_watch_job(struct db *db);
/* All statements are prepared. */
void db_prepared(struct db *db);
/* Drops the connection, ends every job, and tries again later. */
void db_lost(struct db *db, const char *why);

#endif
