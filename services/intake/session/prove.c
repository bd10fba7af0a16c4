#include "prove.h"

#include "columns.h"
#include "log.h"
#include "session_moves.h"
#include "takeover.h"
#include "upkeep.h"

#include <stdlib.h>

static void tell(struct router *router)
{
    struct session_input in = {.router = router,
                               .session = router_find_stream(router, router->prove.stream),
                               .comparison = &router->prove.comparison};

    if (in.session)
        session_run(&in, ON_COMPARED);
}

static void prove_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct router *router = ctx;
    struct proving *prove = &router->prove;

    (void)job;
    if (PQntuples(result) == 0) {
        prove->left = 0; /* nothing to do in this second */
        return;
    }
    prove->after = atoi(PQgetvalue(result, 0, 0));
    if (PQgetisnull(result, 0, 4))
        return;
    prove->stream = atoi(PQgetvalue(result, 0, 1));
    snprintf(prove->source, sizeof prove->source, "%s", PQgetvalue(result, 0, 3));
    snprintf(prove->verdict, sizeof prove->verdict, "%s", PQgetvalue(result, 0, 4));
    prove->comparison = (struct comparison){
        .through = strtoll(PQgetvalue(result, 0, 2), NULL, 10),
        .source = prove->source,
        .verdict = prove->verdict,
        .records = strtoll(PQgetvalue(result, 0, 5), NULL, 10),
        .ours = strtoll(PQgetvalue(result, 0, 6), NULL, 10),
        .missing = strtoll(PQgetvalue(result, 0, 7), NULL, 10),
    };
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct router *router = ctx;
    struct session *session, *next;
    struct column open = {0};
    char after[16];
    int size;

    SESSIONS_EACH(&router->sessions, session, next)
    if (session->state == SESSION_OPEN)
        column_put_i32(&open, session->stream_no);
    if (open.count == 0) {
        router->prove.left = 0;
        return;
    }
    char *streams = column_param(&open, COLUMN_INT4, &size);
    snprintf(after, sizeof after, "%d", router->prove.after);
    const char *const values[] = {streams, after};
    const int lengths[] = {size, 0}, formats[] = {1, 0};
    struct db_params params = {2, values, lengths, formats};
    db_exec_text(job, "make_way", takeover_make_way_cb, NULL, 0);
    db_exec(job, "prove", &params, false, prove_cb, router);
    free(streams);
    free(open.data);
    free(open.start);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct router *router = ctx;

    router->prove.running = false;
    if (outcome == DB_REFUSED)
        log_warn("prove_refused", "sqlstate=%s", error->sqlstate);
    if (outcome != DB_COMMITTED) {
        router->prove.left = 0;
        return;
    }
    if (router->prove.stream)
        tell(router);
    router_prove(router);
}

void router_prove(struct router *router)
{
    if (router->prove.running || router->prove.left <= 0 || router->sessions.count == 0 ||
        !db_is_up(router->db))
        return;
    router->prove.left--;
    router->prove.stream = 0;
    router->prove.running = db_submit(router->db, step_cb, done_cb, router) == 0;
}
