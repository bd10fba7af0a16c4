#include "upkeep.h"

#include "clock.h"
#include "columns.h"
#include "guard.h"
#include "log.h"
#include "prove.h"
#include "reply.h"
#include "session_moves.h"
#include "takeover.h"

#include <stdlib.h>
#include <string.h>

enum { UPKEEP_IDLE_US = 10000000 };

static void forget_silent(struct router *router)
{
    int64_t limit = (int64_t)router->options->heartbeat_ms * 1000 * WIRE_HEARTBEATS_MISSED;
    int64_t now = clock_mono_us();
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    if (now - session->heard_mono > limit)
        session_raise(router, session, ON_SILENT);
}

/* Credit cannot be lowered. If the pool runs short, idle sessions that hold much of it are
 * forgotten: they send HELLO on the same socket and begin with little. They have nothing in
 * flight. */
static void take_back_credit(struct router *router)
{
    const struct pool *pool = &router->quotas.pool;
    int64_t idle = clock_mono_us() - UPKEEP_IDLE_US;
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    {
        if (pool->promised < pool->budget / 4 * 3)
            return;
        if (session->state != SESSION_OPEN || session->promised <= CREDIT_FIRST ||
            session->spent != session->settled || session->sent_mono > idle)
            continue;
        session_raise(router, session, ON_RECLAIM);
    }
}

void router_keys_changed(struct router *router)
{
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    {
        const struct key *key = keys_find(&router->tables->keys, session->key);

        if (key && !key->revoked) {
            quotas_of(&router->quotas, key); /* its limits may have changed */
            continue;
        }
        session_raise(router, session, ON_REVOKED);
    }
}

struct session *router_find_stream(const struct router *router, int stream_no)
{
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    if (session->state == SESSION_OPEN && session->stream_no == stream_no)
        return session;
    return NULL;
}

static void wanted_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct router *router = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++) {
        struct session *session = router_find_stream(router, atoi(PQgetvalue(result, r, 0)));
        struct session_input in = {.router = router,
                                   .session = session,
                                   .range = {strtoull(PQgetvalue(result, r, 1), NULL, 10),
                                             strtoull(PQgetvalue(result, r, 2), NULL, 10)}};

        /* If the job rolls back, asking once too often does no harm. */
        if (session && session_want(session, in.range.first, in.range.last) == 0)
            session_run(&in, ON_MISSING);
    }
}

static void free_columns(struct column *columns, int count)
{
    for (int i = 0; i < count; i++) {
        free(columns[i].data);
        free(columns[i].start);
    }
}

static void exec_columns(struct db_job *job, const char *statement, struct column *columns,
                         const enum column_type *types, int count, db_result_cb cb, void *ctx)
{
    char *value[3];
    int length[3], format[3];

    for (int i = 0; i < count; i++) {
        value[i] = column_param(&columns[i], types[i], &length[i]);
        format[i] = 1;
    }
    struct db_params params = {count, (const char *const *)value, length, format};
    db_exec(job, statement, &params, false, cb, ctx);
    for (int i = 0; i < count; i++)
        free(value[i]);
}

static void step_cb(struct db_job *job, void *ctx)
{
    static const enum column_type types[] = {COLUMN_INT4, COLUMN_TEXT, COLUMN_INT8};
    struct router *router = ctx;
    struct session *session, *next;
    struct column heard[3] = {0}, open = {0};

    db_exec_text(job, "make_way", takeover_make_way_cb, NULL, 0);
    SESSIONS_EACH(&router->sessions, session, next)
    {
        if (session->state != SESSION_OPEN)
            continue;
        column_put_i32(&open, session->stream_no);
        if (!session->heard_dirty)
            continue;
        session->heard_dirty = false;
        column_put_i32(&heard[0], session->stream_no);
        column_put_text(&heard[1], session->owner);
        column_put_i64(&heard[2], session->skew_ms);
    }
    if (open.count)
        exec_columns(job, "wanted", &open, types, 1, wanted_cb, router);
    if (heard[0].count) /* last: it locks rows that commits need */
        exec_columns(job, "alive", heard, types, 3, NULL, NULL);
    free_columns(heard, 3);
    free_columns(&open, 1);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct router *router = ctx;

    router->upkeep_running = false;
    if (outcome == DB_REFUSED)
        log_warn("upkeep_refused", "sqlstate=%s", error->sqlstate);
}

static void cut_connections(struct router *router)
{
    int cut = connections_cut(&router->connections, clock_mono_us());

    int crowded = router->connections.crowded, held = guard_tick();

    router->connections.crowded = 0;
    if (cut) {
        counters_add(router->counters, "connection_cut", "", cut);
        log_warn("connection_cut",
                 "count=%d crowded=%d reason=\"silent, too many, or refused and still there\"", cut,
                 crowded);
    }
    if (held) {
        counters_add(router->counters, "overlong_message", "", held);
        log_warn("overlong_message", "count=%d reason=\"more octets than a message may have\"",
                 held);
    }
}

/* Logs what was counted in this second without a separate line. */
static void tell_untold(struct router *router)
{
    if (router->handshakes_failed > ROUTER_TOLD)
        log_warn("handshakes_failed", "more=%d", router->handshakes_failed - ROUTER_TOLD);
    router->handshakes_failed = 0;
}

void router_upkeep(struct router *router)
{
    if (!router->upkeep_running && router->sessions.count && db_is_up(router->db))
        router->upkeep_running = db_submit(router->db, step_cb, done_cb, router) == 0;
}

void router_tick(struct router *router)
{
    forget_silent(router);
    take_back_credit(router);
    cut_connections(router);
    tell_untold(router);
    reply_alive(router, (int64_t)router->options->heartbeat_ms * 1000);
    router_upkeep(router);
    router->prove.left = PROVE_STEPS;
    router_prove(router);
}
