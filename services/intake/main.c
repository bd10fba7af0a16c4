/* liaison-intake: wires the modules of this folder together. */
#include "bus.h"
#include "counters.h"
#include "daemon.h"
#include "expiry.h"
#include "intake_options.h"
#include "intake_router.h"
#include "log.h"
#include "reload.h"
#include "takeover.h"
#include "zap.h"

#include <malloc.h>
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
    struct daemon *daemon;
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
    struct db_statement *statements;
    size_t statement_count;
    struct db_statement *writer_statements;
    size_t writer_statement_count;
    struct expiry expiry;
    int argc;
    char **argv;
};

static int gather_statements(struct intake *intake, struct error *error)
{
    const struct db_statement_list lists[] = {
        {counters_statements, counters_statement_count},
        {expiry_statements, expiry_statement_count},
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
               : error_set(error, ERR_NOMEM, "", "no memory");
}

static void tick_cb(uv_timer_t *tick)
{
    struct intake *intake = tick->data;

    if (intake->daemon->stopping)
        return;
    reload_look(intake->reload);
    router_tick(intake->router);
    expiry_tick(&intake->expiry);
}

/* The socket opens once the tables, without which no peer could be identified, and all writers are
 * ready. */
static void listen_when_ready(struct intake *intake)
{
    struct error error = {0};

    if (intake->daemon->stopping || !intake->tables.loaded || router_is_listening(intake->router))
        return;
    for (int i = 0; i < intake->options.writers; i++)
        if (!intake->writer[i] || !writer_is_up(intake->writer[i]))
            return;
    if (router_listen(intake->router, &error) != 0) {
        char quoted[200];
        log_error("listen", "field=%s reason=%s", error.field,
                  log_quote(error.reason, quoted, sizeof quoted));
        daemon_stop(intake->daemon, 1);
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

    if (router_is_listening(intake->router) && !intake->daemon->stopping)
        router_outage_cb(intake->router);
}

static void moved_cb(void *ctx, int district, int64_t change)
{
    struct intake *intake = ctx;

    bus_publish(intake->bus, "change", district, change);
}

static int open_writers(struct intake *intake, struct error *error)
{
    struct db_options db = {intake->options.conninfo, writer_up_cb, down_cb, intake, 0};
    struct writer_events events = {
        router_answered_cb, router_flushed_cb, router_taken_cb, router_outage_cb,
        moved_cb,           intake->router,    intake};

    for (int i = 0; i < intake->options.writers; i++) {
        intake->writer_db[i] = db_open(&intake->daemon->loop, &db, intake->writer_statements,
                                       intake->writer_statement_count, error);
        if (!intake->writer_db[i])
            return error->code;
        intake->writer[i] = writer_new(intake->writer_db[i], intake->counters, &events,
                                       (size_t)intake->options.batch_rows);
    }
    router_set_writers(intake->router, intake->writer, (size_t)intake->options.writers);
    return 0;
}

static int start_cb(void *ctx, struct daemon *daemon, struct error *error)
{
    struct intake *intake = ctx;
    struct db_options db = {intake->options.conninfo, up_cb, down_cb, intake, 0};

    intake->daemon = daemon;
    uv_timer_init(&daemon->loop, &intake->tick);
    intake->tick.data = intake;
    uv_timer_start(&intake->tick, tick_cb, TICK_MS, TICK_MS);
    intake->zmq_context = zmq_ctx_new();
    zmq_ctx_set(intake->zmq_context, ZMQ_MAX_SOCKETS, 16384);
    /* Otherwise each waiting frame, however small, keeps the whole buffer that it was read into: 18
     * KiB, which the credit does not cover. */
    zmq_ctx_set(intake->zmq_context, ZMQ_ZERO_COPY_RECV, 0);
    if (gather_statements(intake, error) != 0)
        return error->code;
    intake->db =
        db_open(&intake->daemon->loop, &db, intake->statements, intake->statement_count, error);
    if (!intake->db)
        return error->code;
    intake->counters =
        counters_open(&intake->daemon->loop, intake->db, "intake", LIAISON_VERSION, NULL);
    intake->bus = bus_open(&intake->daemon->loop, intake->zmq_context, intake->options.publish,
                           NULL, NULL, NULL, error);
    if (!intake->bus)
        return error->code;
    intake->expiry = (struct expiry){.db = intake->db,
                                     .bus = intake->bus,
                                     .counters = intake->counters,
                                     .options = &intake->options};
    struct router_parts parts = {&intake->daemon->loop, intake->zmq_context, intake->db,
                                 intake->counters,      &intake->tables,     &intake->options};
    intake->router = router_new(&parts);
    intake->zap = zap_open(&intake->daemon->loop, intake->zmq_context, &intake->tables.keys,
                           intake->counters, router_may_connect_cb, intake->router, error);
    if (!intake->zap)
        return error->code;
    intake->reload = reload_new(intake->db, &intake->tables, changed_cb, intake);
    return open_writers(intake, error);
}

static void db_closed_cb(void *ctx)
{
    (void)ctx;
}

/* The columns of batches are allocated and freed all the time. Large blocks are returned to the
 * system at once (glibc would raise the limit to the largest block that was ever freed, and keep
 * them), and threads share one heap. */
static void bound_heap(void)
{
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
    mallopt(M_TRIM_THRESHOLD, LARGE_BLOCK);
    mallopt(M_ARENA_MAX, 1);
}

static void stop_cb(void *ctx)
{
    struct intake *intake = ctx;

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
    uv_close((uv_handle_t *)&intake->tick, NULL);
}

static void free_cb(void *ctx)
{
    struct intake *intake = ctx;

    tables_free(&intake->tables);
    free(intake->writer_statements);
    free(intake->statements);
    zmq_ctx_term(intake->zmq_context);
}

static int reload_cb(void *ctx, struct error *error)
{
    struct intake *intake = ctx;
    struct intake_options again;
    int err = config_again(intake->argc, intake->argv, &again, intake_option_rows,
                           intake_option_count, error);

    return err ? err : daemon_log("intake", again.level, error);
}

int main(int argc, char **argv)
{
    static const struct daemon_hooks hooks = {
        .start = start_cb, .reload = reload_cb, .stop = stop_cb, .free = free_cb};
    static struct intake intake;
    static struct daemon daemon;
    struct error error = {0};

    int done = config_main(argc, argv, "liaison-intake", &intake.options, intake_option_rows,
                           intake_option_count);
    if (done)
        return done > 0 ? 0 : 2;
    intake.argc = argc;
    intake.argv = argv;
    if (daemon_log("intake", intake.options.level, &error) != 0) {
        fprintf(stderr, "liaison-intake: %s: %s\n", error.field, error.reason);
        return 2;
    }
    bound_heap();
    if (sodium_init() < 0)
        return 1;
    if (daemon_run(&daemon, &hooks, &intake, &error) != 0) {
        char quoted[200];
        log_error("start", "field=%s reason=%s", error.field,
                  log_quote(error.reason, quoted, sizeof quoted));
    }
    return daemon.status;
}
