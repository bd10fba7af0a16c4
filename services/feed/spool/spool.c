/* See spool.h. */
#include "spool.h"

#include "clock.h"
#include "files.h"
#include "log.h"
#include "refused.h"
#include "segment.h"
#include "spool_stream.h"
#include "stream_digest.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    SEGMENT_OCTETS = 4 << 20,
    SEGMENT_LEAST = 64 << 10,
    SEGMENTS_OF_DISK = 16,
    MARK_EVERY_US = 200000,
    MARK_EVERY = 4096
};

struct spool {
    struct spool_options options;
    int dir, lock;
    struct spool_stream stream;
    struct segments segments;
    struct refused refused;
    struct ledger ledger;
    int fd;        /* of the last segment, for writing, or -1 */
    bool roll;     /* the next batch begins a new file */
    bool starved;  /* the last batch could not be written */
    uint64_t next; /* sequence of the next event */
    char checkpoint[CHECKPOINT_MAX];
    char *batch;
    size_t batch_size, batch_room;
    uint64_t batch_count;
    uint64_t digest, digest_from; /* digest of the durable events from digest_from on */
    uint64_t batch_digest;        /* of the batch alone */
    uint64_t marked;              /* the mark that was saved last */
    int64_t marked_at;
};

/* Opening. */

/* A crash between the two renames of spool_renew leaves the new spool under its temporary name. */
static void finish_renewal(const char *path)
{
    char fresh[4096 + 8];

    snprintf(fresh, sizeof fresh, "%s.renew", path);
    if (access(path, F_OK) != 0 && access(fresh, F_OK) == 0 && rename(fresh, path) == 0)
        log_warn("spool_renewal_finished", "after=crash");
}

static int open_dir(struct spool *spool, struct error *error)
{
    char path[4096];
    int err;

    if (snprintf(path, sizeof path, "%s/%s", spool->options.dir, spool->options.mode) >=
        (int)sizeof path)
        return error_set(error, ERR_SIZE, "", "the path is too long");
    finish_renewal(path);
    err = files_make_dir(path, error);
    if (err)
        return err;
    spool->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spool->dir < 0)
        return error_set(error, ERR_IO, "", "open the spool: %s", strerror(errno));
    spool->lock = openat(spool->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (spool->lock < 0)
        return error_set(error, ERR_IO, "", "lock the spool: %s", strerror(errno));
    if (flock(spool->lock, LOCK_EX | LOCK_NB) != 0)
        return error_set(error, ERR_STATE, "", "another agent is running on this spool");
    return 0;
}

/* Opens the last file for writing, and cuts off what follows its last commit. */
static int take_last(struct spool *spool, const struct segment_end *end, struct error *error)
{
    struct segments *s = &spool->segments;
    struct segment *last = &s->item[s->count - 1];

    if (end->damaged > 0)
        log_warn("spool_damaged", "octets=%" PRIu64 " events_missing=%" PRIu64 " action=%s",
                 end->damaged, end->missing, end->missing > 0 ? "read_source_again" : "none");
    spool->next = end->next;
    spool->digest = end->digest; /* an old commit has none: the digest begins here */
    spool->digest_from = end->digest_from ? end->digest_from : end->next;
    spool->roll = end->missing > 0; /* a new file begins with the position to read again from */
    spool->fd = segments_write_fd(s, s->count - 1, 0, error);
    if (spool->fd < 0)
        return ERR_IO;
    if (end->octets == last->octets)
        return 0;
    log_warn("spool_cut", "octets=%" PRIu64 " reason=not_committed", last->octets - end->octets);
    if (ftruncate(spool->fd, (off_t)end->octets) != 0)
        return error_set(error, ERR_IO, "", "cut a spool file: %s", strerror(errno));
    last->octets = end->octets;
    return 0;
}

/* Finds the last file with a readable commit. Files after it are put aside, or deleted if they are
 * empty. */
static int recover(struct spool *spool, struct error *error)
{
    struct segments *s = &spool->segments;

    while (s->count > 0) {
        uint64_t octets = s->item[s->count - 1].octets;
        struct segment_end end;
        int err;

        if (segments_scan(s, s->count - 1, spool->ledger.high, &end, spool->checkpoint) != 0)
            return error_set(error, ERR_IO, "", "read the spool: %s", strerror(errno));
        if (end.octets > 0)
            return take_last(spool, &end, error);
        log_warn("spool_cut", "octets=%" PRIu64 " reason=no_commit action=%s", octets,
                 octets > 0 ? "put_aside" : "delete");
        err = octets > 0 ? segments_put_aside(s, s->count - 1) : segments_delete(s, s->count - 1);
        if (err)
            return error_set(error, ERR_IO, "", "put a spool file aside: %s", strerror(errno));
    }
    return 0;
}

/* On a small disk the files are smaller, so that deleting a decided one frees enough. */
static void choose_segment_octets(struct spool *spool)
{
    struct statvfs disk;
    uint64_t octets = SEGMENT_OCTETS;

    if (spool->options.segment_octets)
        return;
    if (fstatvfs(spool->dir, &disk) == 0 &&
        octets > disk.f_blocks * disk.f_frsize / SEGMENTS_OF_DISK)
        octets = disk.f_blocks * disk.f_frsize / SEGMENTS_OF_DISK;
    spool->options.segment_octets = octets > SEGMENT_LEAST ? octets : SEGMENT_LEAST;
}

/* Records of a stream whose file was lost cannot be checked with the new stream's key. */
static void put_aside(struct spool *spool)
{
    if (spool->segments.count > 0)
        log_error("spool_foreign", "files=%zu action=put_aside", spool->segments.count);
    while (spool->segments.count > 0 && segments_put_aside(&spool->segments, 0) == 0)
        continue;
    renameat(spool->dir, "refused.rec", spool->dir, "refused.rec.lost");
}

/* Without a readable mark, all records are sent again, and intake recognises those that it has. */
static void read_mark(struct spool *spool)
{
    char text[RECORD_HEADER + 1];
    struct record mark = {.seq = 0};
    int err = files_read(spool->dir, "acked", text, sizeof text);

    if (!err && (record_get(&mark, text, RECORD_HEADER, spool->stream.key) != RECORD_HEADER ||
                 mark.type != RECORD_MARK))
        err = ERR_SYNTAX;
    if (err && err != ERR_ABSENT)
        log_warn("spool_mark_unreadable", "action=send_again");
    ledger_init(&spool->ledger, err ? 0 : mark.seq);
    spool->marked = spool->ledger.high;
}

/* Intake has seen sequences that the files have lost. No other event may get them. */
static void pass_mark(struct spool *spool)
{
    if (spool->ledger.high < spool->next)
        return;
    log_warn("spool_behind_mark", "next=%" PRIu64 " mark=%" PRIu64 " action=read_source_again",
             spool->next, spool->ledger.high);
    spool->next = spool->ledger.high + 1;
}

static int open_parts(struct spool *spool, struct error *error)
{
    bool made = false;
    int err = open_dir(spool, error);

    if (!err)
        err = spool_stream_open(&spool->stream, spool->dir, spool->options.mode, &made, error);
    if (!err)
        err = segments_open(&spool->segments, spool->dir, spool->stream.key, error);
    if (!err)
        choose_segment_octets(spool);
    if (!err && made)
        put_aside(spool);
    if (!err && !made)
        read_mark(spool);
    if (!err)
        err = recover(spool, error);
    if (!err)
        pass_mark(spool);
    if (!err)
        err = refused_open(&spool->refused, spool->dir, spool->stream.key, error);
    return err;
}

struct spool *spool_open(const struct spool_options *options, struct error *error)
{
    struct spool *spool = calloc(1, sizeof *spool);

    if (!spool) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    spool->options = *options;
    spool->dir = spool->lock = spool->fd = spool->refused.fd = spool->segments.cursor.fd = -1;
    spool->next = spool->digest_from = 1;
    ledger_init(&spool->ledger, 0);
    if (open_parts(spool, error) != 0) {
        spool_close(spool);
        return NULL;
    }
    return spool;
}

static void save_mark(struct spool *spool)
{
    char text[RECORD_HEADER];
    struct error error;
    struct record mark = {.type = RECORD_MARK, .seq = spool->ledger.high};
    size_t size = record_put(text, &mark, spool->stream.key);

    if (spool->ledger.high == spool->marked)
        return;
    if (files_replace(spool->dir, "acked", text, size, &error) == 0)
        spool->marked = spool->ledger.high;
    spool->marked_at = clock_mono_us();
}

void spool_close(struct spool *spool)
{
    if (!spool)
        return;
    if (spool->dir >= 0)
        save_mark(spool);
    refused_close(&spool->refused);
    segments_close(&spool->segments);
    ledger_free(&spool->ledger);
    if (spool->fd >= 0)
        close(spool->fd);
    if (spool->lock >= 0)
        close(spool->lock);
    if (spool->dir >= 0)
        close(spool->dir);
    free(spool->batch);
    free(spool);
}

/* Queries. */

const char *spool_stream(const struct spool *spool)
{
    return spool->stream.uuid;
}

int64_t spool_epoch(const struct spool *spool)
{
    return spool->stream.epoch;
}

int spool_dir(const struct spool *spool)
{
    return spool->dir;
}

uint64_t spool_first(const struct spool *spool)
{
    return spool->segments.count > 0 ? spool->segments.item[0].first : spool->next;
}

uint64_t spool_next(const struct spool *spool)
{
    return spool->next;
}

bool spool_is_rewound(const struct spool *spool)
{
    return spool->roll;
}

uint64_t spool_octets(const struct spool *spool)
{
    uint64_t octets = 0;

    for (size_t i = 0; i < spool->segments.count; i++)
        octets += spool->segments.item[i].octets;
    return octets;
}

bool spool_is_full(const struct spool *spool)
{
    return spool->options.max_octets > 0 && spool_octets(spool) >= spool->options.max_octets;
}

struct spool_digest spool_digest(const struct spool *spool)
{
    return (struct spool_digest){spool->digest_from, spool->next - 1, spool->digest};
}

const char *spool_checkpoint(const struct spool *spool)
{
    return spool->checkpoint;
}

const struct ledger *spool_ledger(const struct spool *spool)
{
    return &spool->ledger;
}

uint64_t spool_refused_count(const struct spool *spool, uint64_t first, uint64_t last)
{
    return refused_count(&spool->refused, first, last);
}

/* Writing. */

static int batch_add(struct spool *spool, const struct record *record)
{
    size_t needed = spool->batch_size + RECORD_HEADER + record->size;

    if (needed > spool->batch_room) {
        size_t room = needed * 2;
        char *larger = realloc(spool->batch, room);

        if (!larger)
            return ERR_NOMEM;
        spool->batch = larger;
        spool->batch_room = room;
    }
    spool->batch_size += record_put(spool->batch + spool->batch_size, record, spool->stream.key);
    return 0;
}

uint64_t spool_append(struct spool *spool, const char *body, size_t size)
{
    struct record record = {RECORD_EVENT, spool->next + spool->batch_count, body, size};

    if (size > RECORD_MAX || batch_add(spool, &record) != 0)
        return 0;
    spool->batch_count++;
    spool->batch_digest ^= stream_digest_hash(record.seq, body, size);
    return record.seq;
}

size_t spool_batch_octets(const struct spool *spool)
{
    return spool->batch_size;
}

/* A new file begins with the last checkpoint, so that it needs no file before it. */
static int begin_segment(struct spool *spool, struct error *error)
{
    struct segments *s = &spool->segments;
    char text[2 * (RECORD_HEADER + CHECKPOINT_MAX)], content[CHECKPOINT_MAX];
    struct record commit = {
        RECORD_COMMIT, spool->next, content,
        segment_put_commit(content, spool->checkpoint, spool->digest, spool->digest_from)};
    size_t size;
    int err, fd;

    if (s->count > 0 && s->item[s->count - 1].octets == 0)
        segments_delete(s, s->count - 1); /* it could not be written last time */
    fd = segments_write_fd(s, s->count, spool->next, error);
    if (fd < 0)
        return fd;
    if (spool->fd >= 0)
        close(spool->fd);
    spool->fd = fd;
    size = record_put(text, &commit, spool->stream.key);
    size += record_put(text + size, &commit, spool->stream.key);
    err = files_write_at(fd, text, size, 0, error);
    if (!err)
        s->item[s->count - 1].octets = size;
    return err;
}

static int write_batch(struct spool *spool, struct error *error)
{
    struct segment *last = &spool->segments.item[spool->segments.count - 1];
    int err =
        files_write_at(spool->fd, spool->batch, spool->batch_size, (off_t)last->octets, error);

    if (!err && fdatasync(spool->fd) != 0)
        err = error_set(error, ERR_IO, "", "sync the spool: %s", strerror(errno));
    if (err) {
        if (ftruncate(spool->fd, (off_t)last->octets) != 0)
            log_warn("spool_truncate", "errno=%d", errno);
        return err;
    }
    last->octets += spool->batch_size;
    last->changed = clock_wall_us() / 1000000;
    return 0;
}

static bool needs_segment(const struct spool *spool)
{
    const struct segments *s = &spool->segments;

    return s->count == 0 || s->item[s->count - 1].octets == 0 ||
           ((spool->roll || s->item[s->count - 1].octets >= spool->options.segment_octets) &&
            s->item[s->count - 1].first < spool->next);
}

int spool_commit(struct spool *spool, const char *checkpoint, struct error *error)
{
    size_t events = spool->batch_size, size = strlen(checkpoint);
    uint64_t digest = spool->digest ^ spool->batch_digest;
    char content[CHECKPOINT_MAX];
    struct record commit = {RECORD_COMMIT, spool->next + spool->batch_count, content, 0};
    int err = 0;

    if (size + COMMIT_OVERHEAD >= CHECKPOINT_MAX)
        return error_set(error, ERR_SIZE, "", "the checkpoint is too long");
    commit.size = segment_put_commit(content, checkpoint, digest, spool->digest_from);
    if (needs_segment(spool))
        err = begin_segment(spool, error);
    for (int copy = 0; !err && copy < 2; copy++) /* so that one may be damaged */
        if (batch_add(spool, &commit) != 0)
            err = error_set(error, ERR_NOMEM, "", "no memory");
    if (!err)
        err = write_batch(spool, error);
    spool->starved = err == ERR_IO;
    if (err) {
        spool->batch_size = events;
        return err;
    }
    spool->roll = false;
    spool->next += spool->batch_count;
    spool->digest = digest;
    spool->batch_size = 0;
    spool->batch_count = 0;
    spool->batch_digest = 0;
    memcpy(spool->checkpoint, checkpoint, size + 1);
    return 0;
}

/* Reading and deciding. */

int spool_read(struct spool *spool, uint64_t seq, const char **body, size_t *size)
{
    if (seq == 0 || seq >= spool->next)
        return ERR_ABSENT;
    if (segments_read(&spool->segments, seq, body, size) == 0)
        return 0;
    return refused_read(&spool->refused, seq, body, size);
}

int spool_acknowledge(struct spool *spool, uint64_t first, uint64_t last)
{
    struct error error;

    if (first == 0 || last >= spool->next || first > last)
        return ERR_RANGE;
    if (refused_count(&spool->refused, first, last) > 0 &&
        refused_release(&spool->refused, first, last, &error) != 0)
        log_error("spool_write", "file=refused.rec");
    return ledger_add(&spool->ledger, first, last);
}

void spool_ask(struct spool *spool, uint64_t seq)
{
    refused_ask(&spool->refused, seq);
}

int spool_refuse(struct spool *spool, uint64_t seq, const char *code, const char *field,
                 const char *reason, struct error *error)
{
    const char *body;
    size_t size;
    int err;

    if (seq == 0 || seq >= spool->next)
        return error_set(error, ERR_RANGE, "", "no such sequence");
    if (refused_count(&spool->refused, seq, seq) > 0)
        return 1;
    if (segments_read(&spool->segments, seq, &body, &size) == 0) {
        err = refused_add(&spool->refused, seq, code, field, reason, body, size, error);
        if (err)
            return err;
    }
    if (ledger_add(&spool->ledger, seq, seq) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    return 0;
}

/* Copies the records that are not decided, or all, into a new spool. */
static int copy(struct spool *from, struct spool *to, bool all, struct error *error)
{
    uint64_t seq = all ? spool_first(from) : ledger_next_open(&from->ledger, 1);
    const char *body;
    size_t size;
    int err = 0;

    for (; !err && seq < from->next;
         seq = all ? seq + 1 : ledger_next_open(&from->ledger, seq + 1)) {
        if (spool_read(from, seq, &body, &size) == 0 && spool_append(to, body, size) == 0)
            err = error_set(error, ERR_NOMEM, "", "no memory");
        if (!err && to->batch_size > RECORD_MAX * 8)
            err = spool_commit(to, from->checkpoint, error);
    }
    return err ? err : spool_commit(to, from->checkpoint, error);
}

static int swap_dirs(const struct spool *spool, struct error *error)
{
    char is[4096], old[4096], fresh[4096];

    snprintf(is, sizeof is, "%s/%s", spool->options.dir, spool->options.mode);
    snprintf(old, sizeof old, "%.4000s.lost-%s", is, spool->stream.uuid);
    snprintf(fresh, sizeof fresh, "%.4000s.renew", is);
    if (rename(is, old) != 0 || rename(fresh, is) != 0)
        return error_set(error, ERR_IO, "", "rename the spool: %s", strerror(errno));
    return 0;
}

int spool_renew(struct spool *spool, bool all, struct error *error)
{
    char name[32];
    struct spool_options options = spool->options;
    struct spool *fresh, old;
    int err;

    if (spool->batch_count > 0)
        return error_set(error, ERR_STATE, "", "a batch is not yet on disk");
    snprintf(name, sizeof name, "%.20s.renew", spool->options.mode);
    options.mode = name;
    fresh = spool_open(&options, error);
    if (!fresh)
        return ERR_IO;
    err = copy(spool, fresh, all, error);
    spool->starved = err == ERR_IO;
    if (!err)
        err = spool_stream_rename(&fresh->stream, fresh->dir, spool->options.mode, error);
    if (!err)
        err = swap_dirs(spool, error);
    if (!err) {
        old = *spool;
        *spool = *fresh;
        *fresh = old;
        spool->options.mode = fresh->options.mode;
        log_warn("spool_renewed", "stream=%s pending=%" PRIu64, spool->stream.uuid,
                 spool->next - 1);
    }
    spool_close(fresh);
    return err;
}

/* Whether the oldest file may be deleted: all its records are decided, and it is too old, the files
 * are too large, or space is needed. */
static bool may_delete_oldest(const struct spool *spool)
{
    const struct segments *s = &spool->segments;
    uint64_t octets = spool_octets(spool);
    int64_t age = clock_wall_us() / 1000000 - (s->count > 0 ? s->item[0].changed : 0);

    if (s->count < 2 || s->item[1].first > spool->ledger.high + 1)
        return false;
    return age > (int64_t)spool->options.keep_days * 86400 ||
           (spool->options.keep_octets > 0 && octets > spool->options.keep_octets) ||
           spool->starved || spool_is_full(spool);
}

void spool_tidy(struct spool *spool)
{
    if (spool->ledger.high - spool->marked >= MARK_EVERY ||
        clock_mono_us() - spool->marked_at >= MARK_EVERY_US)
        save_mark(spool);
    while (may_delete_oldest(spool)) {
        save_mark(spool);
        if (segments_delete(&spool->segments, 0) != 0)
            break;
        spool->starved = false; /* one file at a time: the next batch shows whether it was enough */
    }
}
