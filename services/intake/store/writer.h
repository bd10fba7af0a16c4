/*
 * writer: group commit on a separate connection. Records that arrive while a commit runs form the
 * next batch; there is no timer. A batch is one transaction: fence of its streams, events, incident
 * state, districts' rows and outbox, tallies, quarantine, gaps. Each record gets its answer only
 * after the COMMIT is confirmed.
 *
 * The writer assumes that all facts are new, and sends the transaction with its COMMIT in one
 * flight. If a fact is known already, the server refuses the transaction. The batch is then sent
 * again, and each row is stored only if it is new. Later batches are sent in this way too, until
 * all facts of a batch are new again.
 *
 * A record that PostgreSQL refuses for its data is found by bisecting the batch until it is alone;
 * it is then quarantined. If the database is lost, every batch is dropped without an answer: the
 * agents still have the records and send them again.
 */
#ifndef INTAKE_WRITER_H
#define INTAKE_WRITER_H

#include "counters.h"
#include "db.h"
#include "intake_record.h"

struct writer;

struct writer_events {
    /* A record is committed. refusal is NULL unless it was refused. Called in order of arrival. */
    void (*answered_cb)(void *ctx, const struct record *record);
    /* All records of one commit are answered: the gathered answers can be sent. */
    void (*flushed_cb)(void *ctx);
    /* Another intake or another connection has taken the stream of this session. */
    void (*taken_cb)(void *ctx, struct session *session);
    /* The database is lost, or refuses for a reason other than the data: nothing pending was
     * stored. */
    void (*outage_cb)(void *ctx);
    /* A district's change log has grown. */
    void (*moved_cb)(void *moved_ctx, int district, int64_t change);
    void *ctx;
    void *moved_ctx;
};

struct writer *writer_new(struct db *db, struct counters *counters,
                          const struct writer_events *events, size_t batch_rows);
/* Pending records are dropped unanswered. Not while a job runs: close the db first. */
void writer_free(struct writer *writer);

/* Takes ownership of the record, its reference and what it owns. event, placed and unsure are for
 * RECORD_EVENT, else NULL. */
void writer_put(struct writer *writer, struct record *record, const struct event *event,
                const char *placed, const char *unsure);
/* Makes the server plan the statements of a commit, so that the first commit does not wait for
 * it. */
void writer_warm(struct writer *writer);
/* Whether it has a connection. Records that are put without one end in an outage. */
bool writer_is_up(const struct writer *writer);
/* The statements of its connection. */
extern const struct db_statement commit_statements[], events_statements[];
extern const size_t commit_statement_count, events_statement_count;

#endif
