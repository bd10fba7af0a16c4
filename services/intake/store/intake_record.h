/*
 * intake_record: a record that came in a session and is on the way to the database: an event, a
 * placeholder for one, or an agent's statement about its stream.
 */
#ifndef INTAKE_INTAKE_RECORD_H
#define INTAKE_INTAKE_RECORD_H

#include "columns.h"
#include "intake_session.h"
#include "manifest.h"

enum record_kind {
    RECORD_EVENT,    /* decoded: to be stored */
    RECORD_REPEATED, /* a sequence that is already decided or in flight */
    RECORD_REFUSED,  /* could not be decoded: goes into quarantine */
    RECORD_GONE,     /* the agent no longer has a range */
    RECORD_MANIFEST, /* the agent's statement about a source */
};

/* Why a message was refused, and how to recognise it without keeping it. */
struct refusal {
    struct error error;
    uint32_t octets;
    unsigned char sha256[32];
    char content_type[81];
};

struct record {
    enum record_kind kind;
    struct session *session; /* a reference */
    uint64_t seq;
    uint64_t last;            /* of a GONE */
    uint32_t cost;            /* of the credit */
    uint64_t hash;            /* stream_digest_hash, of a record received for the first time */
    bool wanted;              /* fills a gap */
    struct wire_range opened; /* gap that this record revealed; first 0: none */
    struct event_dropped dropped;
    union {
        struct refusal *refusal;   /* owned */
        struct manifest *manifest; /* owned */
        size_t row;                /* of an event, in the batch's columns */
    };
    /* Filled by the writer. */
    bool at_school;
    bool stored;
};

#endif
