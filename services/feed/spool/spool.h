/*
 * spool: the durable record of a stream. Events are appended in batches; a batch ends with a commit
 * that carries the source's checkpoint, so that after a crash the events and the position in the
 * source always agree: records after the last commit were never sent, and are cut off. The commit
 * is written twice, so that a damaged octet cannot destroy it. Files:
 *
 *   DIR/lock           held while an agent runs on this spool
 *   DIR/stream         the stream's UUID, epoch and mode
 *   DIR/NNN.seg        records; NNN is the first sequence that the file can hold
 *   DIR/acked          the mark of the ledger, as a record
 *   DIR/refused.rec    what intake refused, with the reason
 *
 * The spool starts whatever it finds. Records that cannot be read are logged and reported to intake
 * as gone. If intake may not have them, the source is read again from the commit before them. All
 * other records are kept. A sequence that was decided is never given to another event.
 *
 * On a full disk decided records are deleted, however new, to make room. The spool owns its files
 * and buffers. All calls on one thread; they block for the disk.
 */
#ifndef LIAISON_FEED_SPOOL_H
#define LIAISON_FEED_SPOOL_H

#include "errors.h"
#include "ledger.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

struct spool_options {
    const char *dir;
    const char *mode;        /* "live", "replay", "backfill" */
    int keep_days;           /* how long decided records are kept */
    uint64_t keep_octets;    /* and how many octets of them */
    uint64_t max_octets;     /* of all records; at this size spool_is_full */
    uint64_t segment_octets; /* 0: 4 MiB, less on a small disk */
};

struct spool *spool_open(const struct spool_options *options, struct error *error);
/* Closes the spool, and saves the ledger's mark. */
void spool_close(struct spool *spool);

const char *spool_stream(const struct spool *spool); /* UUID */
int64_t spool_epoch(const struct spool *spool);
int spool_dir(const struct spool *spool);
/* The lowest sequence in the files; the sequence that the next durable event gets. */
uint64_t spool_first(const struct spool *spool);
uint64_t spool_next(const struct spool *spool);
/* Whether records that intake may lack could not be read at the start, so that the checkpoint is an
 * older one. True until the next commit. */
bool spool_is_rewound(const struct spool *spool);
uint64_t spool_octets(const struct spool *spool);
bool spool_is_full(const struct spool *spool);
/* The checkpoint of the last commit; NUL-terminated; "" if there was none. */
const char *spool_checkpoint(const struct spool *spool);

/* The stream digest (common/stream_digest.h), which outlives the records. It covers all durable
 * events from one sequence (1, except for a spool that is older than the digest) to the last. */
struct spool_digest {
    uint64_t from, through, digest;
};
struct spool_digest spool_digest(const struct spool *spool);

/* Adds an event to the batch in memory; returns its sequence, which counts once it is committed. */
uint64_t spool_append(struct spool *spool, const char *body, size_t size);
size_t spool_batch_octets(const struct spool *spool);
/* Makes the batch durable. On failure (ERR_IO: the disk) the batch is kept, and the call can be
 * repeated. */
int spool_commit(struct spool *spool, const char *checkpoint, struct error *error);

/* Reads a committed event. *body is valid until the next call. ERR_ABSENT: not in the files. */
int spool_read(struct spool *spool, uint64_t seq, const char **body, size_t *size);

/* The sequences that intake has decided. */
const struct ledger *spool_ledger(const struct spool *spool);
int spool_acknowledge(struct spool *spool, uint64_t first, uint64_t last);
/* Intake has asked again for an event that it had refused: an ACK for it then releases it. */
void spool_ask(struct spool *spool, uint64_t seq);
/* Moves an event to the reject store, durably, and marks it as decided. 1 if it was there already.
 */
int spool_refuse(struct spool *spool, uint64_t seq, const char *code, const char *field,
                 const char *reason, struct error *error);
/* How many of first to last stand refused. */
uint64_t spool_refused_count(const struct spool *spool, uint64_t first, uint64_t last);

/*
 * The files and intake's state of this stream do not fit together (a backup was restored on one
 * side). Begins a new stream with the records that are not decided, or with all readable ones; the
 * old files are kept beside it as MODE.lost-UUID.
 */
int spool_renew(struct spool *spool, bool all, struct error *error);

/* Saves the mark, and deletes decided records that need not be kept. Call regularly. */
void spool_tidy(struct spool *spool);

#endif
