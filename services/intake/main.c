/* liaison-intake: wires the rooms of this folder together. */
#include "bus.h"
#include "clock.h"
#include "counters.h"
#include "decimal.h"
#include "log.h"
#include "options.h"
#include "reload.h"
#include "router.h"
#include "takeover.h"
#include "watchdog.h"
#include "zap.h"

#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* libzmq names it only in its draft section, but has had it since 4.3.0. */
#ifndef ZMQ_ZERO_COPY_RECV
#define ZMQ_ZERO_COPY_RECV 10
#endif

enum { TICK_MS = 1000, LARGE_BLOCK = 128 * 1024 };

struct intake {
    struct intake_options options;
    uv_loop_t loop;
    void *zmq_context;
    struct db *db;
    struct counters *counters;
    struct bus *bus;
    struct tables tables;
    struct reload *reload;
    struct zap *zap;
    struct router *router;
    struct writer *writer[INTAKE_MOST_WRITERS];
    struct db *writer_db[INTAKE_MOST_WRITERS]; /* a connection each */
    uv_timer_t tick;
    uv_signal_t signals[2];
    struct watchdog watchdog;
    struct db_statement *statements;
    size_t statement_count;
    struct db_statement *writer_statements;
    size_t writer_statement_count;
    int64_t purged_mono;
    bool purging;
    bool expiring;
    bool stopping;
    int status;
};

extern const struct db_statement upkeep_statements[];
extern const size_t upkeep_statement_count;

static void stop(struct intake *intake, int status);

static int gather_statements(struct intake *intake, struct fault *fault)
{
    const struct db_statement_list lists[] = {
        {counters_statements, counters_statement_count},
        {upkeep_statements, upkeep_statement_count},
        {reload_statements, reload_statement_count},
        {router_statements, router_statement_count},
        {takeover_statements, takeover_statement_count},
    };
    const struct db_statement_list of_writers[] = {
        {commit_statements, commit_statement_count},
        {events_statements, events_statement_count},
    };

    intake->statements =
        db_statements_join(lists, sizeof lists / sizeof lists[0], &intake->statement_count);
    intake->writer_statements = db_statements_join(
        of_writers, sizeof of_writers / sizeof of_writers[0], &intake->writer_statement_count);
    return intake->statements && intake->writer_statements
               ? 0
               : fault_set(fault, ERR_NOMEM, "", "no memory");
}

/* ---- Ends the holding window of calls that concern no school, and the wait of outcomes ---- */

static void outcomes_expired_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct intake *intake = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        counters_add(intake->counters, "outcomes_expired", PQgetvalue(result, r, 0),
                     atol(PQgetvalue(result, r, 1)));
}

static void purge_step_cb(struct db_job *job, void *ctx)
{
    struct intake *intake = ctx;

    db_exec_text(job, "purge", NULL, NULL, 1, DECIMAL(intake->options.window_h));
    db_exec_text(job, "expire_outcomes", outcomes_expired_cb, intake, 1,
                 DECIMAL(intake->options.outcome_days));
}

static void purge_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct intake *intake = ctx;

    intake->purging = false;
    if (outcome == DB_REFUSED)
        log_warn("purge_refused", "sqlstate=%s", error->sqlstate);
}

static void purge(struct intake *intake)
{
    int64_t now = clock_mono_us();

    if (intake->purging || now - intake->purged_mono < intake->options.purge_s * 1000000LL)
        return;
    intake->purged_mono = now;
    intake->purging = db_submit(intake->db, purge_step_cb, purge_done_cb, intake) == 0;
}

/* ---- Ends the time in which a person may say where a call is ---- */

static void reviews_expired_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct intake *intake = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        bus_publish(intake->bus, "change", atoi(PQgetvalue(result, r, 0)),
                    strtoll(PQgetvalue(result, r, 1), NULL, 10));
}

static void expire_step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "expire_reviews", reviews_expired_cb, ctx, 0);
}

static void expire_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct intake *intake = ctx;

    intake->expiring = false;
    if (outcome == DB_REFUSED)
        log_warn("expire_refused", "sqlstate=%s", error->sqlstate);
}

static void expire(struct intake *intake)
{
    if (!intake->expiring && db_is_up(intake->db))
        intake->expiring = db_submit(intake->db, expire_step_cb, expire_done_cb, intake) == 0;
}

static void tick_cb(uv_timer_t *tick)
{
    struct intake *intake = tick->data;

    if (intake->stopping)
        return;
    reload_look(intake->reload);
    router_tick(intake->router);
    purge(intake);
    expire(intake);
}

/* The socket opens when the tables are there, without which nobody could be told apart, and all
 * writers. */
static void listen_when_ready(struct intake *intake)
{
    struct fault fault = {0};

    if (intake->stopping || !intake->tables.loaded || router_is_listening(intake->router))
        return;
    for (int i = 0; i < intake->options.writers; i++)
        if (!intake->writer[i] || !writer_is_up(intake->writer[i]))
            return;
    if (router_listen(intake->router, &fault) != 0) {
        char quoted[200];
        log_error("listen", "field=%s reason=%s", fault.field,
                  log_quote(fault.reason, quoted, sizeof quoted));
        stop(intake, 1);
        return;
    }
    log_info("ready", "listen=%s", intake->options.listen);
}

static void changed_cb(void *ctx, const char *name)
{
    struct intake *intake = ctx;

    log_info("loaded", "table=%s keys=%u schools=%zu", name, HASH_COUNT(intake->tables.keys.by_z85),
             intake->tables.places ? place_map_schools(intake->tables.places) : 0);
    if (strcmp(name, "keys") == 0 && router_is_listening(intake->router))
        router_keys_changed(intake->router);
    listen_when_ready(intake);
}

static void writer_up_cb(void *ctx)
{
    struct intake *intake = ctx;

    for (int i = 0; i < intake->options.writers; i++)
        if (intake->writer[i] && writer_is_up(intake->writer[i]))
            writer_warm(intake->writer[i]);
    listen_when_ready(intake);
}

static void up_cb(void *ctx)
{
    struct intake *intake = ctx;

    reload_look(intake->reload);
}

static void down_cb(void *ctx)
{
    struct intake *intake = ctx;

    if (router_is_listening(intake->router) && !intake->stopping)
        router_outage_cb(intake->router);
}

static void moved_cb(void *ctx, int district, int64_t change)
{
    struct intake *intake = ctx;

    bus_publish(intake->bus, "change", district, change);
}

static void signal_cb(uv_signal_t *signal, int number)
{
    log_info("stop", "signal=%d", number);
    stop(signal->data, 0);
}

static int open_writers(struct intake *intake, struct fault *fault)
{
    struct db_options db = {intake->options.conninfo, writer_up_cb, down_cb, intake, 0};
    struct writer_events events = {
        router_answered_cb, router_flushed_cb, router_taken_cb, router_outage_cb,
        moved_cb,           intake->router,    intake};

    for (int i = 0; i < intake->options.writers; i++) {
        intake->writer_db[i] = db_open(&intake->loop, &db, intake->writer_statements,
                                       intake->writer_statement_count, fault);
        if (!intake->writer_db[i])
            return fault->code;
        intake->writer[i] = writer_new(intake->writer_db[i], intake->counters, &events,
                                       (size_t)intake->options.batch_rows);
    }
    router_set_writers(intake->router, intake->writer, (size_t)intake->options.writers);
    return 0;
}

static int open_all(struct intake *intake, struct fault *fault)
{
    struct db_options db = {intake->options.conninfo, up_cb, down_cb, intake, 0};

    intake->zmq_context = zmq_ctx_new();
    zmq_ctx_set(intake->zmq_context, ZMQ_MAX_SOCKETS, 16384);
    /* Else each frame that waits, however small, keeps the whole buffer that it was read into:
     * 18 KiB, which no credit accounts for. */
    zmq_ctx_set(intake->zmq_context, ZMQ_ZERO_COPY_RECV, 0);
    if (gather_statements(intake, fault) != 0)
        return fault->code;
    intake->db = db_open(&intake->loop, &db, intake->statements, intake->statement_count, fault);
    if (!intake->db)
        return fault->code;
    intake->counters = counters_open(&intake->loop, intake->db, "intake", LIAISON_VERSION);
    intake->bus = bus_open(&intake->loop, intake->zmq_context, intake->options.publish, NULL, NULL,
                           NULL, fault);
    if (!intake->bus)
        return fault->code;
    struct router_parts parts = {&intake->loop,    intake->zmq_context, intake->db,
                                 intake->counters, &intake->tables,     &intake->options};
    intake->router = router_new(&parts);
    intake->zap = zap_open(&intake->loop, intake->zmq_context, &intake->tables.keys,
                           intake->counters, router_may_connect_cb, intake->router, fault);
    if (!intake->zap)
        return fault->code;
    intake->reload = reload_new(intake->db, &intake->tables, changed_cb, intake);
    return open_writers(intake, fault);
}

static void db_closed_cb(void *ctx)
{
    (void)ctx;
}

/* A batch's columns come and go: large blocks are given back at once (glibc would raise the limit
 * to the largest that was ever freed, and keep them), and threads share one heap. */
static void bound_heap(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
    mallopt(M_ARENA_MAX, 1);
}

/* Everything is closed once; the loop ends when the last handle has gone. */
static void stop(struct intake *intake, int status)
{
    if (intake->stopping)
        return;
    intake->stopping = true;
    intake->status = status;
    zap_close(intake->zap);
    counters_close(intake->counters);
    bus_close(intake->bus);
    if (intake->db)
        db_close(intake->db, db_closed_cb, intake);
    for (int i = 0; i < INTAKE_MOST_WRITERS; i++) {
        if (intake->writer_db[i])
            db_close(intake->writer_db[i], db_closed_cb, intake);
        writer_free(intake->writer[i]);
    }
    router_free(intake->router);
    reload_free(intake->reload);
    watchdog_close(&intake->watchdog);
    uv_close((uv_handle_t *)&intake->tick, NULL);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&intake->signals[i], NULL);
}

static void open_handles(struct intake *intake)
{
    static const int numbers[] = {SIGTERM, SIGINT};

    uv_loop_init(&intake->loop);
    uv_timer_init(&intake->loop, &intake->tick);
    intake->tick.data = intake;
    uv_timer_start(&intake->tick, tick_cb, TICK_MS, TICK_MS);
    watchdog_open(&intake->watchdog, &intake->loop);
    for (int i = 0; i < 2; i++) {
        uv_signal_init(&intake->loop, &intake->signals[i]);
        intake->signals[i].data = intake;
        uv_signal_start(&intake->signals[i], signal_cb, numbers[i]);
    }
}

int main(int argc, char **argv)
{
    static struct intake intake;
    struct fault fault = {0};
    enum log_level level = LOG_LEVEL_INFO;

    int done = config_main(argc, argv, "liaison-intake", &intake.options, intake_option_rows,
                           intake_option_count);
    if (done)
        return done > 0 ? 0 : 2;
    if (log_level_parse(intake.options.level, &level) != 0 || sodium_init() < 0) {
        fputs("liaison-intake: log.level: must be debug, info, warn or error\n", stderr);
        return 2;
    }
    bound_heap();
    log_init("intake", level);
    signal(SIGPIPE, SIG_IGN);
    open_handles(&intake);
    if (open_all(&intake, &fault) != 0) {
        char quoted[200];
        log_error("start", "field=%s reason=%s", fault.field,
                  log_quote(fault.reason, quoted, sizeof quoted));
        stop(&intake, 1);
    }
    watchdog_ready(&intake.watchdog);
    uv_run(&intake.loop, UV_RUN_DEFAULT);
    uv_loop_close(&intake.loop);
    tables_free(&intake.tables);
    free(intake.writer_statements);
    free(intake.statements);
    zmq_ctx_term(intake.zmq_context);
    return intake.status;
}
