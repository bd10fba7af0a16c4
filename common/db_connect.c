#include "db_private.h"

#include "log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void try_connect(struct db *db);
static void finish_close(struct db *db);

static void free_handle_cb(uv_handle_t *handle)
{
    free(handle);
}

static void unwatch(struct db *db)
{
    if (!db->poll)
        return;
    uv_poll_stop(db->poll);
    uv_close((uv_handle_t *)db->poll, free_handle_cb);
    db->poll = NULL;
    db->fd = -1;
    db->watched = 0;
}

static void poll_cb(uv_poll_t *poll, int status, int events);
static void timer_cb(uv_timer_t *timer);

static void watch(struct db *db, int events)
{
    int fd = PQsocket(db->conn);

    if (fd < 0)
        return;
    if (fd != db->fd) {
        unwatch(db);
        db->poll = malloc(sizeof *db->poll);
        if (!db->poll || uv_poll_init(db->loop, db->poll, fd) != 0)
            abort();
        db->poll->data = db;
        db->fd = fd;
    }
    if (events != db->watched) {
        db->watched = events;
        uv_poll_start(db->poll, events, poll_cb);
    }
}

/* libpq has closed the socket, as it may while it sends: no event will come of it, and the number
 * may soon be another's. The caller may be inside db_submit, where no job may end. */
static void found_broken(struct db *db)
{
    unwatch(db);
    db->broken = true;
    uv_timer_start(&db->timer, timer_cb, 0, 0);
}

/* Sends what is queued, and watches the socket if some of it could not be written yet. A flight
 * ends in a sync, not only in a flush: after a sync PostgreSQL counts the wait as idle in
 * transaction. */
void db_push(struct db *db)
{
    if (!db->conn || db->state < DB_S_PREPARING)
        return;
    if (db->unflushed)
        db_send_sync(db, DB_X_FLIGHT);
    int left = PQflush(db->conn);
    if (left < 0 || PQstatus(db->conn) == CONNECTION_BAD)
        found_broken(db);
    else
        watch(db, UV_READABLE | (left == 1 ? UV_WRITABLE : 0));
}

void db_prepared(struct db *db)
{
    db->state = DB_S_READY;
    db->backoff_ms = DB_BACKOFF_FIRST_MS;
    uv_timer_stop(&db->timer);
    log_info("db_up", "server_version=%d", PQserverVersion(db->conn));
    if (db->up_cb)
        db->up_cb(db->ctx);
    db_start_next(db);
}

static bool send_settings(struct db *db)
{
    const struct db_statement_list list = {connection_statements, connection_statement_count};
    const char *const values[] = {DB_IDLE_MS, DB_GONE_MS, db->statement_ms};

    return PQsendQueryParams(db->conn, db_statement_text(&list, 1, "connection_settings"), 3, NULL,
                             values, NULL, NULL, 0) == 1;
}

static void prepare_all(struct db *db)
{
    db->state = DB_S_PREPARING;
    PQsetnonblocking(db->conn, 1);
    if (PQenterPipelineMode(db->conn) != 1) {
        db_lost(db, "no pipeline mode");
        return;
    }
    if (!send_settings(db)) {
        db_lost(db, "a setting cannot be sent");
        return;
    }
    db_expect_push(db, DB_X_PREPARE, NULL, NULL);
    for (size_t i = 0; i < db->statement_count; i++) {
        if (PQsendPrepare(db->conn, db->statements[i].name, db->statements[i].sql, 0, NULL) != 1) {
            db_lost(db, "a statement cannot be sent");
            return;
        }
        db_expect_push(db, DB_X_PREPARE, NULL, (void *)db->statements[i].name);
        if (db->partial) /* else one that fails would take the others with it */
            db_send_sync(db, DB_X_FLIGHT);
    }
    db_send_sync(db, DB_X_SYNC);
    db_push(db);
}

static void connect_step(struct db *db)
{
    switch (PQconnectPoll(db->conn)) {
    case PGRES_POLLING_READING:
        watch(db, UV_READABLE);
        break;
    case PGRES_POLLING_WRITING:
        watch(db, UV_WRITABLE);
        break;
    case PGRES_POLLING_OK:
        prepare_all(db);
        break;
    default:
        db_lost(db, PQerrorMessage(db->conn));
        break;
    }
}

static void poll_cb(uv_poll_t *poll, int status, int events)
{
    struct db *db = poll->data;

    (void)status;
    if (db->state == DB_S_CONNECTING) {
        /* The descriptor may have been closed and opened anew under the same number. */
        unwatch(db);
        connect_step(db);
    } else {
        if ((events & UV_READABLE) || status < 0) {
            bool good = PQconsumeInput(db->conn) == 1;
            db_process(db);
            if (!good && db->conn && !db->closing)
                db_lost(db, PQerrorMessage(db->conn));
        }
        if (db->conn && !db->closing && db->state >= DB_S_PREPARING) {
            if (PQstatus(db->conn) == CONNECTION_BAD)
                db_lost(db, PQerrorMessage(db->conn));
            else
                db_push(db);
        }
    }
    if (db->closing && db->depth == 0)
        finish_close(db);
}

/* Answers that came before the end count. */
static void end_broken(struct db *db)
{
    db_process(db);
    if (db->conn && !db->closing)
        db_lost(db, PQerrorMessage(db->conn));
    if (db->closing)
        finish_close(db);
}

static void timer_cb(uv_timer_t *timer)
{
    struct db *db = timer->data;

    if (db->broken)
        end_broken(db);
    else if (db->state == DB_S_DOWN)
        try_connect(db);
    else if (db->state == DB_S_READY)
        log_warn("db_slow", "reason=\"no answer\" running_ms=%" PRIu64 " jobs=%zu",
                 uv_now(db->loop) - db->begun_ms, db->pending);
    else
        db_lost(db, "no answer in time");
}

/* The program cannot fix a lock of another process or a slow disk. The job waits, and the log tells
 * the operator. */
void db_watch_job(struct db *db)
{
    db->begun_ms = uv_now(db->loop);
    if (db->broken)
        return; /* the timer ends the connection first */
    uv_timer_start(&db->timer, timer_cb, DB_SLOW_MS, DB_SLOW_AGAIN_MS);
}

/* A notice may hold a value, and libpq would print it. */
static void ignore_notice_cb(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static void try_connect(struct db *db)
{
    db->conn = PQconnectStart(db->conninfo);
    db->state = DB_S_CONNECTING;
    uv_timer_start(&db->timer, timer_cb, DB_CONNECT_MS, 0);
    if (!db->conn || PQstatus(db->conn) == CONNECTION_BAD) {
        db_lost(db, db->conn ? PQerrorMessage(db->conn) : "no memory");
    } else {
        PQsetNoticeProcessor(db->conn, ignore_notice_cb, NULL);
        watch(db, UV_WRITABLE);
    }
}

static void drop_connection(struct db *db)
{
    unwatch(db);
    PQfinish(db->conn);
    db->conn = NULL;
    db->broken = false;
    db->expect_head = db->expect_count = 0;
    db->state = DB_S_DOWN;
}

void db_lost(struct db *db, const char *why)
{
    char quoted[300];
    bool was_up = db->state == DB_S_READY;

    log_warn("db_down", "reason=%s retry_ms=%d", log_quote(why, quoted, sizeof quoted),
             db->backoff_ms);
    drop_connection(db);
    db_end_all(db);
    if (was_up && db->down_cb)
        db->down_cb(db->ctx);
    if (db->closing)
        return;
    uv_timer_start(&db->timer, timer_cb, (uint64_t)db->backoff_ms, 0);
    db->backoff_ms =
        db->backoff_ms * 2 > DB_BACKOFF_MOST_MS ? DB_BACKOFF_MOST_MS : db->backoff_ms * 2;
}

struct db *db_open(uv_loop_t *loop, const struct db_options *options,
                   const struct db_statement *statements, size_t count, struct error *error)
{
    char *problem = NULL;
    PQconninfoOption *parsed = PQconninfoParse(options->conninfo, &problem);

    if (!parsed) {
        error_set(error, ERR_SYNTAX, "database.conninfo", "not a connection string");
        PQfreemem(problem);
        return NULL;
    }
    PQconninfoFree(parsed);
    struct db *db = calloc(1, sizeof *db);
    if (!db || !(db->conninfo = strdup(options->conninfo))) {
        free(db);
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    db->loop = loop;
    db->up_cb = options->up_cb;
    db->down_cb = options->down_cb;
    db->ctx = options->ctx;
    db->statements = statements;
    db->statement_count = count;
    snprintf(db->statement_ms, sizeof db->statement_ms, "%d",
             options->statement_ms ? options->statement_ms : DB_STATEMENT_MS);
    db->fd = -1;
    db->backoff_ms = DB_BACKOFF_FIRST_MS;
    STAILQ_INIT(&db->queue);
    uv_timer_init(loop, &db->timer);
    db->timer.data = db;
    uv_timer_start(&db->timer, timer_cb, 0, 0);
    return db;
}

void db_allow_partial(struct db *db)
{
    db->partial = true;
}

static void timer_closed_cb(uv_handle_t *handle)
{
    struct db *db = handle->data;

    if (db->closed_cb)
        db->closed_cb(db->closed_ctx);
    free(db->expect);
    free(db->conninfo);
    free(db);
}

static void finish_close(struct db *db)
{
    drop_connection(db);
    db_end_all(db);
    if (!uv_is_closing((uv_handle_t *)&db->timer))
        uv_close((uv_handle_t *)&db->timer, timer_closed_cb);
}

void db_close(struct db *db, void (*closed_cb)(void *ctx), void *ctx)
{
    db->closing = true;
    db->closed_cb = closed_cb;
    db->closed_ctx = ctx;
    if (db->depth == 0)
        finish_close(db);
}
