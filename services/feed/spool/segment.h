/*
 * segment: the files of a spool, NNN.seg, in order. Reading uses one cursor. Moving forward is
 * cheap; moving back reads a file from its beginning. Damaged octets are skipped, and only the
 * records that contain them are lost. Not thread-safe.
 */
#ifndef LIAISON_FEED_SEGMENT_H
#define LIAISON_FEED_SEGMENT_H

#include "errors.h"
#include "record.h"

#include <stdbool.h>
#include <stdint.h>

struct segment {
    uint64_t first;  /* the first sequence that it can hold */
    uint64_t octets; /* up to the end of its last commit */
    int64_t changed; /* time of the last write, seconds since 1970 */
};

struct segments {
    int dir;
    unsigned char key[RECORD_KEY];
    struct segment *item; /* by first, rising */
    size_t count, room;
    struct { /* the position of the next record to read */
        int fd;
        uint64_t first; /* first sequence of its file */
        uint64_t offset;
        uint64_t next_seq;    /* no event with a lower sequence follows */
        uint64_t last_offset; /* of the event before that, which is often read twice */
        char *data;           /* octets of the file from data_at on */
        size_t data_size;
        uint64_t data_at;
    } cursor;
};

/* Lists the files of dir. */
int segments_open(struct segments *segments, int dir, const unsigned char key[RECORD_KEY],
                  struct error *error);
void segments_close(struct segments *segments);

/* The content of a file's last commit, and what cannot be read before it. */
struct segment_end {
    uint64_t octets;              /* up to the end of the last commit; 0 if there is none */
    uint64_t next;                /* sequence of the event after it */
    uint64_t damaged;             /* octets before it that are not a record */
    uint64_t missing;             /* missing events before it that intake may not have */
    uint64_t digest, digest_from; /* stream digest of the last commit; digest_from 0: none */
};
enum { CHECKPOINT_MAX = 4096, COMMIT_OVERHEAD = 17 };
/* Writes the content of a commit: the checkpoint, and after its NUL the stream digest (digest,
 * first sequence). Returns its octets: the checkpoint's length and COMMIT_OVERHEAD. */
size_t segment_put_commit(char out[CHECKPOINT_MAX], const char *checkpoint, uint64_t digest,
                          uint64_t digest_from);

/*
 * Records up to decided may be missing. checkpoint (CHECKPOINT_MAX octets) is that of the last
 * commit before which nothing is missing: the source must be read again from there. "" if there is
 * none.
 */
int segments_scan(struct segments *segments, size_t i, uint64_t decided, struct segment_end *end,
                  char *checkpoint);

/* Opens file i for writing. Makes it if i is count (then first is its name). */
int segments_write_fd(struct segments *segments, size_t i, uint64_t first, struct error *error);
/* Deletes file i; or renames it to NNN.seg.lost. */
int segments_delete(struct segments *segments, size_t i);
int segments_put_aside(struct segments *segments, size_t i);
/* The file that would hold the sequence, or -1. */
long segments_find(const struct segments *segments, uint64_t seq);

/* Reads an event; *body is valid until the next call. ERR_ABSENT if it is not there. */
int segments_read(struct segments *segments, uint64_t seq, const char **body, size_t *size);

#endif
