/*
 * intake_batch: the records of one commit and their columns, and the parameters of statements for a
 * part of them (a run of records). Only writer.c uses it.
 */
#ifndef INTAKE_INTAKE_BATCH_H
#define INTAKE_INTAKE_BATCH_H

#include "db.h"
#include "intake_record.h"

#include <sys/queue.h>

struct batch {
    TAILQ_ENTRY(batch) link;
    uint64_t number; /* rises */
    struct columns columns;
    struct record *record;
    size_t count, room;
};

/* Records [from, to) of a batch. */
struct run {
    struct batch *batch;
    size_t from, to;
};

/* Parameters in binary format, owned. */
enum { PARAMS_MOST = 64 };
struct params {
    int count;
    char *value[PARAMS_MOST];
    int length[PARAMS_MOST];
    int format[PARAMS_MOST];
};

struct batch *batch_new(void);
void batch_free(struct batch *batch); /* with its records and what they own */
void record_release(struct record *record);
/* PostgreSQL refuses the batch because of this record: it goes into quarantine instead. */
void record_refuse(struct record *record, const struct db_error *error);
struct record *batch_add(struct batch *batch, const struct record *record);
/* Call after records were removed from the batch: its columns keep the rows of the others. */
void batch_compact(struct batch *batch);

void params_add(struct params *params, const struct column *column, enum column_type type);
void params_free(struct params *params);

/* Removes the records of these sessions from the run and its batch. Returns how many. */
size_t run_leave_out(struct run *run, struct session *const *sessions, size_t count);
/* Sessions of a run, each once, with the highest sequence: stream_no, owner, high. Returns how
 * many. */
size_t run_holds(const struct run *run, struct params *params);
/* All columns of the run's events. Returns how many rows. */
size_t run_events(const struct run *run, struct params *params);
/* The state that the run's stored events lead to, one row per incident, sorted by key. Returns
 * rows. */
size_t run_incidents(const struct run *run, struct params *params);
/* Sequences whose event was known already, so that no row was stored. Returns rows. */
size_t run_absent(const struct run *run, struct params *params);
/* The part of the stream digest that the run holds after a record, for that record's stream. */
void run_digest_behind(const struct run *run, size_t at, int64_t *count, uint64_t *digest);
/* The refused records, for quarantine. Returns rows. */
size_t run_refused(const struct run *run, struct params *params);
/* Counts by stream. Returns rows. */
size_t run_tallies(const struct run *run, struct params *params);

#endif
