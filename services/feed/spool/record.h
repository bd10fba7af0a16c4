/*
 * record: the format of one record in a spool file:
 *
 *   8 octets  checksum: SipHash-2-4 of all that follows, keyed by the stream's UUID
 *   4 octets  size of the content
 *   4 octets  type
 *   8 octets  sequence
 *   content
 *
 * Numbers are in network order. Because of the key, another stream's records do not pass the check.
 * No state; safe on any thread.
 */
#ifndef LIAISON_FEED_RECORD_H
#define LIAISON_FEED_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum { RECORD_HEADER = 24, RECORD_MAX = 131072, RECORD_KEY = 16 };

enum record_type {
    RECORD_EVENT = 1,    /* sequence: the event's; content: its JSON */
    RECORD_COMMIT = 2,   /* sequence: of the next event; content: the source's checkpoint */
    RECORD_REFUSED = 3,  /* sequence: the event's; content: code, field, reason, JSON */
    RECORD_RELEASED = 4, /* sequence: of a refused event that was accepted later; no content */
    RECORD_MARK = 5,     /* sequence: all records up to it are decided; no content */
};

struct record {
    enum record_type type;
    uint64_t seq;
    const char *content;
    size_t size;
};

/* Writes a record into out, which has room for RECORD_HEADER + size; returns its octets. */
size_t record_put(char *out, const struct record *record, const unsigned char key[RECORD_KEY]);
/* Reads the record at data. Returns its octets; 0 if more octets are needed; -1 if there is no
 * valid record here. */
long record_get(struct record *record, const char *data, size_t size,
                const unsigned char key[RECORD_KEY]);
/* The offset after the first octet of damaged data at which a complete valid record begins; size if
 * there is none. */
size_t record_find(const char *data, size_t size, const unsigned char key[RECORD_KEY]);

#endif
