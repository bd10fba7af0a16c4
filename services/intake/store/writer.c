#include "writer.h"

#include "batch_reports.h"
#include "decimal.h"
#include "intake_batch.h"
#include "log.h"
#include "quota.h"

#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define utarray_oom() abort() /* bounded by the rows of a commit */
#include <utarray.h>

enum {
    WRITER_MAX_CUTS = 40,
    WRITER_MAX_TAKEN = 64,
    WRITER_MAX_RETRIES = 5,
    WRITER_PARTS = 4,
    WRITER_UNPAID_WEIGHT = 8 /* rows that a record with a separate statement counts for */
};

#define WRITER_TAKEN "LS001" /* of agency.hold(): a stream has another owner */
#define WRITER_KNOWN "23505" /* unique_violation: a fact that is stored already */

struct moved {
    int district;
    int64_t change;
};

static const UT_icd moved_icd = {sizeof(struct moved), NULL, NULL, NULL};

struct writer {
    struct db *db;
    struct counters *counters;
    struct writer_events events;
    size_t batch_rows;
    uint64_t batch_number;
    TAILQ_HEAD(batches, batch) batches; /* the first one runs if running is set */

    bool running;
    struct run run; /* what the running transaction stores */
    struct run todo[WRITER_MAX_CUTS];
    size_t todo_count;
    int retries;
    bool careful; /* known facts come: the statement returns for each row whether it was stored */
    struct session *taken[WRITER_MAX_TAKEN]; /* found to be owned by others; references */
    size_t taken_count;
    UT_array moved; /* of struct moved */
};

static void submit(struct writer *writer);

struct writer *writer_new(struct db *db, struct counters *counters,
                          const struct writer_events *events, size_t batch_rows)
{
    struct writer *writer = calloc(1, sizeof *writer);

    if (!writer)
        return NULL;
    utarray_init(&writer->moved, &moved_icd);
    writer->db = db;
    writer->counters = counters;
    writer->events = *events;
    writer->batch_rows = batch_rows;
    TAILQ_INIT(&writer->batches);
    return writer;
}

static void drop_all(struct writer *writer)
{
    struct batch *batch;

    while ((batch = TAILQ_FIRST(&writer->batches))) {
        TAILQ_REMOVE(&writer->batches, batch, link);
        batch_free(batch);
    }
    for (size_t i = 0; i < writer->taken_count; i++)
        session_unref(writer->taken[i]);
    writer->taken_count = 0;
    writer->todo_count = 0;
    writer->running = false;
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    drop_all(writer);
    utarray_done(&writer->moved);
    free(writer);
}

void writer_warm(struct writer *writer)
{
    db_run(writer->db, "warm");
}

bool writer_is_up(const struct writer *writer)
{
    return db_is_up(writer->db);
}

/* The first batch that takes a record of this agency. An agency may fill a part of a batch only,
 * and continues in the next one, so that other agencies' records are in the earlier commit. The
 * records of an agency stay in order. */
static struct batch *building(struct writer *writer, struct quota *quota, size_t weight)
{
    const size_t share = writer->batch_rows / WRITER_PARTS + 1;
    struct batch *batch = TAILQ_FIRST(&writer->batches);

    if (batch && writer->running)
        batch = TAILQ_NEXT(batch, link);
    while (batch && (batch->count >= writer->batch_rows || batch->number < quota->batch ||
                     (batch->number == quota->batch && quota->batch_rows >= share)))
        batch = TAILQ_NEXT(batch, link);
    if (!batch) {
        batch = batch_new();
        batch->number = ++writer->batch_number;
        TAILQ_INSERT_TAIL(&writer->batches, batch, link);
    }
    if (quota->batch != batch->number)
        quota->batch_rows = 0;
    quota->batch = batch->number;
    quota->batch_rows += weight;
    return batch;
}

void writer_put(struct writer *writer, struct record *record, const struct event *event,
                const char *placed, const char *unsure)
{
    bool is_paid = record->kind != RECORD_GONE && record->kind != RECORD_MANIFEST;
    struct quota *quota = record->session->quota;
    struct batch *batch = building(writer, quota, is_paid ? 1 : WRITER_UNPAID_WEIGHT);

    if (!is_paid)
        quota_add_unpaid(record->session);

    if (record->kind == RECORD_EVENT) {
        struct column_origin origin = {
            .stream_no = record->session->stream_no,
            .seq = record->seq,
            .agency_id = record->session->agency_id,
            .mode = (int16_t)record->session->mode,
            .epoch = record->session->epoch,
            .placed = placed,
            .unsure = unsure,
        };
        record->at_school = placed && strcmp(placed, "[]") != 0;
        record->row = batch->columns.rows;
        columns_append(&batch->columns, &origin, event);
    }
    batch_add(batch, record);
    submit(writer);
}

/* ---- The transaction: one flight, unless known facts come ---- */

static int exec(struct db_job *job, const char *statement, struct params *params,
                db_result_cb result, void *ctx)
{
    struct db_params given = {params->count, (const char *const *)params->value, params->length,
                              params->format};
    int err = db_exec(job, statement, &given, true, result, ctx);

    params_free(params);
    return err;
}

static void exec_range(struct db_job *job, const char *statement, const struct session *session,
                       uint64_t first, uint64_t last)
{
    db_exec_text(job, statement, NULL, NULL, 3, DECIMAL(session->stream_no),
                 DECIMAL((int64_t)first), DECIMAL((int64_t)last));
}

static void exec_fill_gap(struct db_job *job, const struct record *record)
{
    db_exec_text(job, "fill_gap", NULL, NULL, 3, DECIMAL(record->session->stream_no),
                 DECIMAL((int64_t)record->seq), DECIMAL((int64_t)record->hash));
}

static void exec_manifest(struct db_job *job, const struct record *record)
{
    const struct manifest *m = record->manifest;

    db_exec_text(job, "manifest", NULL, NULL, 9, DECIMAL(record->session->stream_no), m->source,
                 DECIMAL(m->read), DECIMAL(m->rejected), DECIMAL(m->duplicate), DECIMAL(m->records),
                 DECIMAL(m->first), DECIMAL(m->last), m->digest);
}

/* Stores the stream digest of a manifest, after the tally has the records that came before it. */
static void exec_proof(struct db_job *job, const struct run *run, size_t at)
{
    const struct record *record = &run->batch->record[at];
    const struct manifest *m = record->manifest;
    int64_t later;
    uint64_t later_digest;

    run_digest_behind(run, at, &later, &later_digest);
    db_exec_text(job, "proof", NULL, NULL, 9, DECIMAL(record->session->stream_no),
                 DECIMAL(m->through), m->source, DECIMAL(m->counts_from),
                 DECIMAL((int64_t)m->agents_digest), DECIMAL(later), DECIMAL((int64_t)later_digest),
                 DECIMAL(m->again_from), DECIMAL(m->again));
}

/* Runs what follows the tally: digests to compare, and sequences that rightly have no row. */
static void exec_digest(struct writer *writer, struct db_job *job)
{
    const struct run *run = &writer->run;
    struct params params = {0};

    if (run_absent(run, &params) > 0)
        exec(job, "absent", &params, NULL, NULL);
    for (size_t i = run->from; i < run->to; i++)
        if (run->batch->record[i].kind == RECORD_MANIFEST &&
            run->batch->record[i].manifest->through > 0)
            exec_proof(job, run, i);
}

static void exec_rare(struct db_job *job, const struct record *record)
{
    if (record->opened.first)
        exec_range(job, "open_gap", record->session, record->opened.first, record->opened.last);
    if (record->wanted)
        exec_fill_gap(job, record);
    if (record->kind == RECORD_GONE)
        exec_range(job, "gone", record->session, record->seq, record->last);
    if (record->kind == RECORD_MANIFEST)
        exec_manifest(job, record);
}

/* Notes which districts' logs have grown; they are published after the commit. */
static void settle_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct writer *writer = ctx;

    (void)job;
    for (int r = 0; r < PQntuples(result); r++) {
        uint32_t district;
        uint64_t change;

        memcpy(&district, PQgetvalue(result, r, 0), 4);
        memcpy(&change, PQgetvalue(result, r, 1), 8);
        struct moved moved = {(int)ntohl(district), (int64_t)be64toh(change)};
        utarray_push_back(&writer->moved, &moved);
    }
}

/* Runs all statements that depend on which events are stored, and the end of the transaction. */
static void exec_rest(struct writer *writer, struct db_job *job)
{
    struct params params = {0};

    for (size_t i = writer->run.from; i < writer->run.to; i++)
        exec_rare(job, &writer->run.batch->record[i]);
    if (run_refused(&writer->run, &params) > 0)
        exec(job, "quarantine", &params, NULL, NULL);
    run_tallies(&writer->run, &params);
    exec(job, "tally", &params, NULL, NULL);
    exec_digest(writer, job);
    if (run_incidents(&writer->run, &params) > 0)
        exec(job, "settle", &params, settle_cb, writer);
    else
        params_free(&params);
    if (run_reports(&writer->run, &params) > 0)
        exec(job, "find", &params, settle_cb, writer);
    db_commit_now(job);
}

/* RETURNING has the order of the input, so both are read in step. A row that is not returned was
 * known. */
static void known_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct writer *writer = ctx;
    int row = 0, rows = PQntuples(result);
    bool all = true;

    for (size_t i = writer->run.from; i < writer->run.to; i++) {
        struct record *record = &writer->run.batch->record[i];
        uint32_t stream;
        uint64_t seq;

        if (record->kind != RECORD_EVENT)
            continue;
        record->stored = false;
        if (row < rows) {
            memcpy(&stream, PQgetvalue(result, row, 0), 4);
            memcpy(&seq, PQgetvalue(result, row, 1), 8);
            record->stored =
                (int)ntohl(stream) == record->session->stream_no && be64toh(seq) == record->seq;
        }
        row += record->stored;
        all &= record->stored;
    }
    if (row != rows) {
        db_abandon(job, "answers out of order");
        return;
    }
    writer->careful = !all;
    exec_rest(writer, job);
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct writer *writer = ctx;
    struct params params = {0};

    utarray_clear(&writer->moved);
    run_holds(&writer->run, &params);
    exec(job, "hold", &params, NULL, NULL);
    bool events = run_events(&writer->run, &params) > 0;
    if (events && writer->careful) {
        exec(job, "events_if_new", &params, known_cb, writer);
        return;
    }
    if (events)
        exec(job, "events", &params, NULL, NULL);
    for (size_t i = writer->run.from; i < writer->run.to; i++)
        writer->run.batch->record[i].stored = true;
    exec_rest(writer, job);
}

/* ---- The end of a transaction ---- */

static void answer_run(struct writer *writer)
{
    for (size_t i = writer->run.from; i < writer->run.to; i++)
        writer->events.answered_cb(writer->events.ctx, &writer->run.batch->record[i]);
    writer->events.flushed_cb(writer->events.ctx);
    for (const struct moved *m = NULL; (m = utarray_next(&writer->moved, m));)
        writer->events.moved_cb(writer->events.moved_ctx, m->district, m->change);
}

/* Continues with the next run of this batch, or with the next batch. */
static void finish_run(struct writer *writer)
{
    writer->retries = 0;
    if (writer->todo_count == 0) {
        struct batch *batch = TAILQ_FIRST(&writer->batches);
        TAILQ_REMOVE(&writer->batches, batch, link);
        batch_free(batch);
    }
    writer->running = false;
    submit(writer);
}

/* Finds the session of this owner, which no longer owns its stream. */
static void find_taken(struct writer *writer, const char *owner)
{
    for (size_t i = writer->run.from; i < writer->run.to; i++) {
        struct session *session = writer->run.batch->record[i].session;

        if (strcmp(session->owner, owner) != 0)
            continue;
        if (writer->taken_count < WRITER_MAX_TAKEN)
            writer->taken[writer->taken_count++] = session_ref(session);
        return;
    }
}

/* Removes the records of sessions that lost their stream from the run. */
static void leave_out_taken(struct writer *writer)
{
    size_t gone = run_leave_out(&writer->run, writer->taken, writer->taken_count);

    for (size_t i = 0; i < writer->todo_count; i++) {
        writer->todo[i].from -= gone;
        writer->todo[i].to -= gone;
    }
    for (size_t t = 0; t < writer->taken_count; t++) {
        writer->events.taken_cb(writer->events.ctx, writer->taken[t]);
        session_unref(writer->taken[t]);
    }
    writer->taken_count = 0;
}

static void outage(struct writer *writer)
{
    drop_all(writer);
    writer->events.outage_cb(writer->events.ctx);
}

/* Puts the run, or the rest of it, in front of all other work. */
static void try_again(struct writer *writer)
{
    if (writer->run.from == writer->run.to) {
        finish_run(writer);
        return;
    }
    writer->todo[writer->todo_count++] = writer->run;
    writer->running = false;
    submit(writer);
}

/* Whether the same run may succeed the next time. */
static bool may_repeat(struct writer *writer, const struct db_error *error)
{
    if (strcmp(error->sqlstate, WRITER_KNOWN) == 0 && !writer->careful) {
        writer->careful = true;
        return true;
    }
    return strncmp(error->sqlstate, "40", 2) == 0 && writer->retries++ < WRITER_MAX_RETRIES;
}

/* The database refuses for a reason other than the data. */
static void give_up(struct writer *writer, const struct db_error *error)
{
    char quoted[300];

    log_error("commit_refused", "sqlstate=%s text=%s", error->sqlstate,
              log_quote(error->text, quoted, sizeof quoted));
    counters_add(writer->counters, "outage", "", 1);
    outage(writer);
}

/* One of several records is refused: bisects to find it. */
static void cut_in_two(struct writer *writer)
{
    struct run run = writer->run;
    size_t middle = run.from + (run.to - run.from) / 2;

    writer->todo[writer->todo_count++] = (struct run){run.batch, middle, run.to};
    writer->run.to = middle;
    try_again(writer);
}

/* This record is refused. A sequence that can be neither stored nor quarantined must not be
 * skipped. A GONE or a MANIFEST that cannot be stored must not stop other records: the log tells
 * the operator. */
static void refused_alone(struct writer *writer, const struct db_error *error)
{
    struct record *record = &writer->run.batch->record[writer->run.from];
    const char *agency = record->session->agency;
    char quoted[300];

    switch (record->kind) {
    case RECORD_EVENT:
        log_warn("record_refused", "agency=%s seq=%" PRIu64 " sqlstate=%s", agency, record->seq,
                 error->sqlstate);
        record_refuse(record, error);
        batch_compact(writer->run.batch);
        try_again(writer);
        break;
    case RECORD_REPEATED:
    case RECORD_REFUSED:
        outage(writer);
        break;
    case RECORD_GONE:
    case RECORD_MANIFEST:
        log_error("record_dropped", "agency=%s kind=%d sqlstate=%s text=%s", agency, record->kind,
                  error->sqlstate, log_quote(error->text, quoted, sizeof quoted));
        counters_add(writer->counters, "record_dropped", "", 1);
        finish_run(writer);
        break;
    }
}

static void owners_cb(struct db_job *job, PGresult *result, void *ctx)
{
    (void)job;
    for (int r = 0; r < PQntuples(result); r++)
        find_taken(ctx, PQgetvalue(result, r, 0));
}

static void owners_step_cb(struct db_job *job, void *ctx)
{
    struct writer *writer = ctx;
    struct params holds = {0};

    run_holds(&writer->run, &holds);
    const struct db_params owners = {2, (const char *const *)holds.value, holds.length,
                                     holds.format};
    db_exec(job, "owners_lost", &owners, false, owners_cb, writer);
    params_free(&holds);
}

/* Sessions that lost their stream are left out. If all own theirs, the run is tried again as it is,
 * a limited number of times. */
static void owners_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct writer *writer = ctx;

    if (outcome == DB_REFUSED) {
        give_up(writer, error);
    } else if (outcome != DB_COMMITTED) {
        outage(writer);
    } else if (writer->taken_count == 0 && writer->retries++ >= WRITER_MAX_RETRIES) {
        log_error("fence", "reason=\"refuses owners who hold their streams\"");
        outage(writer);
    } else {
        leave_out_taken(writer);
        try_again(writer);
    }
}

/* The fence reported that a stream has another owner. Reads the owner from the table. */
static void ask_owners(struct writer *writer)
{
    if (db_submit(writer->db, owners_step_cb, owners_done_cb, writer) != 0)
        outage(writer);
}

static void refused(struct writer *writer, const struct db_error *error)
{
    if (strcmp(error->sqlstate, WRITER_TAKEN) == 0) {
        ask_owners(writer);
    } else if (may_repeat(writer, error)) {
        try_again(writer);
    } else if (!db_error_is_data(error)) {
        give_up(writer, error);
    } else if (writer->run.to - writer->run.from > 1) {
        cut_in_two(writer);
    } else {
        refused_alone(writer, error);
    }
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct writer *writer = ctx;

    switch (outcome) {
    case DB_COMMITTED:
        answer_run(writer);
        finish_run(writer);
        break;
    case DB_REFUSED:
        refused(writer, error);
        break;
    case DB_GONE:
    case DB_UNKNOWN:
        outage(writer);
        break;
    }
}

static void submit(struct writer *writer)
{
    struct batch *batch = TAILQ_FIRST(&writer->batches);

    if (writer->running || !batch)
        return;
    if (writer->todo_count == 0) {
        if (batch->count == 0)
            return;
        writer->todo[writer->todo_count++] = (struct run){batch, 0, batch->count};
    }
    writer->run = writer->todo[--writer->todo_count];
    writer->running = true;
    if (db_submit(writer->db, step_cb, done_cb, writer) != 0)
        outage(writer);
}
