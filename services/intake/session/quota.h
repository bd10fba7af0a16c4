/*
 * quota: an agency's limits and its current use: connections, sessions, a rate of octets and
 * records, and its part of the credit. The credit of all sessions together never exceeds the pool's
 * budget. Promised credit cannot be taken back, so credit is only promised while the pool has it.
 *
 * Rates delay credit and refuse nothing. Octets are counted as in docs/protocol.md (body and 128);
 * times are microseconds of the monotonic clock. All calls on the loop's thread. Only the table
 * allocates memory.
 */
#ifndef INTAKE_QUOTA_H
#define INTAKE_QUOTA_H

#include "intake_session.h"
#include "keys.h"

enum {
    CREDIT_FIRST = 4096,        /* a session's first credit, if the pool has it; */
    CREDIT_AMPLE = 1 << 16,     /* its first credit while three quarters of the pool are free */
    CREDIT_OVERDRAFT = 1 << 17, /* a session that exceeds its limit by more than this ends */
    CREDIT_PARTS = 8,           /* a session may have an eighth of the budget in flight, */
    CREDIT_AGENCY_PARTS = 4,    /* an agency a quarter */
    CREDIT_UNPAID = 1024,       /* records in flight of an agency that cost no credit */
    QUOTA_HANDSHAKES_S =
        15, /* seconds in which an agency may open as many connections as it may have */
};

/* Tokens are added at a rate per second, and at most those of one second are kept. The balance may
 * be negative. */
struct bucket {
    double tokens;
    int64_t filled; /* time of the last refill */
};

struct quota {
    int agency_id;
    struct limits limits; /* in force; no value is KEY_DEFAULT */
    int64_t connections;  /* those whose first message has named the agency */
    int64_t sessions;
    struct bucket handshakes, octets, records;
    uint64_t promised; /* credit of the pool that its sessions hold */
    bool delayed;      /* quota_raise found its rate used up */
    uint64_t batch;    /* number of the last batch that has records of it, */
    size_t batch_rows; /* and how many records */
    size_t unpaid;     /* records in flight that cost no credit: MANIFEST and GONE */
    bool taking;       /* one of its sessions is taking over its stream */
    UT_hash_handle hh;
};

struct pool {
    uint64_t budget, promised;
};

struct quotas {
    struct quota *by_agency;
    struct pool pool;
    struct limits defaults;
};

/* Finds or makes the quota. NULL if there is no memory. */
struct quota *quotas_get(struct quotas *quotas, int agency_id);
/* As quotas_get for a key's agency, with its current limits. */
struct quota *quotas_of(struct quotas *quotas, const struct key *key);
void quotas_free(struct quotas *quotas);

/* Whether one more handshake is accepted: none while the agency has all its connections, and new
 * ones at most at the rate at which silent ones are cut. */
bool quota_may_connect(struct quota *quota, int64_t now);
/* Whether one more session may open. */
bool quota_may_open(const struct quota *quota);
/* Binds a session to its quota and to the pool. Records in flight when the session is forgotten
 * count until the session is freed. */
void quota_open(struct quotas *quotas, struct quota *quota, struct session *session);
/* Its connection is gone: it no longer counts among the agency's sessions. */
void quota_leave(struct session *session);

/* A record that costs no credit is in flight; it was answered or dropped. */
void quota_add_unpaid(struct session *session);
void quota_answered_unpaid(struct session *session);

/* Counts a message of this cost. */
void quota_spend(struct session *session, uint32_t cost, int64_t now);
/* Updates the session's part of the pool. Call after its limit, spent, settled or state has
 * changed. */
void quota_note(struct session *session);
/* The first limit of a session. */
uint64_t quota_first(struct session *session);
/* Raises the session's limit if it needs it, its rate allows it and the pool has it. Returns
 * whether CREDIT must be sent. */
bool quota_raise(struct session *session, int64_t now);

#endif
