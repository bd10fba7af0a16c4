#include "takeover.h"

#include "decimal.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

struct takeover {
    struct session *session;
    takeover_cb done;
    void *ctx;
    int most;
    enum takeover_verdict verdict;
};

void takeover_make_way_cb(struct db_job *job, PGresult *result, void *ctx)
{
    int ended = atoi(PQgetvalue(result, 0, 1));

    (void)job, (void)ctx;
    if (ended)
        log_warn("made_way", "ended=%d reason=\"a process hung with rows in hand\"", ended);
}

static void gaps_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct session *session = ((struct takeover *)ctx)->session;

    (void)job;
    session->gap_count = 0;
    for (int r = 0; r < PQntuples(result); r++)
        session_add_gap(session, (struct wire_range){strtoull(PQgetvalue(result, r, 0), NULL, 10),
                                                     strtoull(PQgetvalue(result, r, 1), NULL, 10)});
}

static void held_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct session *session = ((struct takeover *)ctx)->session;
    size_t count = (size_t)PQntuples(result);

    (void)job;
    session->held = count ? calloc(count, sizeof *session->held) : NULL;
    for (size_t r = 0; session->held && r < count; r++) {
        struct held_nak *nak = &session->held[session->held_count++];

        nak->seq = strtoull(PQgetvalue(result, (int)r, 0), NULL, 10);
        snprintf(nak->code, sizeof nak->code, "%s", PQgetvalue(result, (int)r, 1));
        snprintf(nak->error.field, sizeof nak->error.field, "%s", PQgetvalue(result, (int)r, 2));
        snprintf(nak->error.reason, sizeof nak->error.reason, "%s", PQgetvalue(result, (int)r, 3));
    }
}

static void take_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct takeover *takeover = ctx;
    struct session *session = takeover->session;

    const char *stream = PQgetvalue(result, 0, 1);

    if (PQgetisnull(result, 0, 1)) {
        takeover->verdict = strcmp(PQgetvalue(result, 0, 0), "limit") == 0 ? TAKEOVER_TOO_MANY
                                                                           : TAKEOVER_WRONG_MODE;
        return;
    }
    session->stream_no = atoi(stream);
    session->high = strtoull(PQgetvalue(result, 0, 2), NULL, 10);
    session->epoch = strtoll(PQgetvalue(result, 0, 3), NULL, 10);
    takeover->verdict = TAKEOVER_DONE;
    db_exec_text(job, "gaps", gaps_cb, takeover, 1, stream);
    db_exec_text(job, "gaps_asked", NULL, NULL, 1, stream);
    db_exec_text(job, "held", held_cb, takeover, 1, stream);
}

static void step_cb(struct db_job *job, void *ctx)
{
    static const char *const modes[] = {"", "live", "replay", "backfill"};
    struct takeover *takeover = ctx;
    const struct session *session = takeover->session;

    db_exec_text(job, "make_way", takeover_make_way_cb, NULL, 0);
    db_exec_text(job, "take", take_cb, takeover, 9, DECIMAL(session->agency_id), session->stream_id,
                 DECIMAL(session->epoch), modes[session->mode], session->owner, session->agent,
                 session->peer, DECIMAL(session->skew_ms), DECIMAL(takeover->most));
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct takeover *takeover = ctx;
    char quoted[300];

    if (outcome != DB_COMMITTED)
        takeover->verdict = TAKEOVER_OUTAGE;
    if (outcome == DB_REFUSED)
        log_error("takeover_refused", "agency=%s sqlstate=%s text=%s", takeover->session->agency,
                  error->sqlstate, log_quote(error->text, quoted, sizeof quoted));
    takeover->done(takeover->ctx, takeover->session, takeover->verdict);
    session_unref(takeover->session);
    free(takeover);
}

int takeover_begin(struct db *db, struct session *session, int most, takeover_cb done, void *ctx)
{
    struct takeover *takeover = calloc(1, sizeof *takeover);

    if (!takeover)
        return ERR_NOMEM;
    *takeover = (struct takeover){session_ref(session), done, ctx, most, TAKEOVER_OUTAGE};
    if (db_submit(db, step_cb, done_cb, takeover) == 0)
        return 0;
    session_unref(session);
    free(takeover);
    return ERR_STATE;
}
