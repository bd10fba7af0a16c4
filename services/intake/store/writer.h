/*
 * writer: group commit on a connection of its own. What arrives while one commit runs is the next
 * batch; there is no timer. A batch is one transaction: fence of its streams, events, incident
 * state, districts' rows and outbox, tallies, quarantine, gaps. Only after its COMMIT is confirmed
 * does each record get its answer.
 *
 * Facts are taken for new, and the transaction goes out in one flight with its COMMIT. Where one is
 * known already the server refuses all; the batch is then told again, each row only if it is new,
 * and so are the next ones until all are new again.
 *
 * A record that PostgreSQL refuses for its data is found by cutting the batch in two until it
 * stands alone; it is then quarantined. If the database is lost, every batch is dropped unanswered:
 * the agents still have the records and send them again.
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
    /* All records of one commit are answered: time to send what was gathered. */
    void (*flushed_cb)(void *ctx);
    /* Another intake, or another connection, took the stream of this session. */
    void (*taken_cb)(void *ctx, struct session *session);
    /* The database is lost, or refuses for a reason of its own: nothing pending was stored. */
    void (*outage_cb)(void *ctx);
    /* A district's log moved. */
    void (*moved_cb)(void *moved_ctx, int district, int64_t change);
    void *ctx;
    void *moved_ctx;
};

struct writer *writer_new(struct db *db, struct counters *counters,
                          const struct writer_events *events, size_t batch_rows);
/* Pending records are dropped unanswered. Not while a job runs: close the db first. */
void writer_free(struct writer *writer);

/* Takes the record over (with its reference and what it owns). event, placed and unsure are for
 * RECORD_EVENT, else NULL. */
void writer_put(struct writer *writer, struct record *record, const struct event *event,
                const char *placed, const char *unsure);
/* Has the server plan what a commit calls, so that the first one does not wait for it. */
void writer_warm(struct writer *writer);
/* Whether it has a connection: without one, what it is given is an outage. */
bool writer_is_up(const struct writer *writer);
/* The statements of its connection. */
extern const struct db_statement commit_statements[], events_statements[];
extern const size_t commit_statement_count, events_statement_count;

#endif
