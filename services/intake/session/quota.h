/*
 * quota: what one agency may cost, and what it costs now: connections, sessions, a rate of octets
 * and records, and its part of the credit. The credit of all sessions together never passes the
 * pool's budget, in whatever order they come: what was promised cannot be taken back, so it is only
 * promised while the pool has it.
 *
 * Rates delay credit and refuse nothing. Octets are those of docs/protocol.md (body and 128); times
 * are microseconds of the monotonic clock. On the loop's thread; no memory but the table's.
 */
#ifndef INTAKE_QUOTA_H
#define INTAKE_QUOTA_H

#include "intake_session.h"
#include "keys.h"

enum {
    CREDIT_FIRST = 4096,        /* what a session begins with, if the pool has it; */
    CREDIT_AMPLE = 1 << 16,     /* or this, while three quarters of the pool are free */
    CREDIT_OVERDRAFT = 1 << 17, /* further over its limit than this ends a session */
    CREDIT_PARTS = 8,           /* a session may have an eighth of the budget on its way, */
    CREDIT_AGENCY_PARTS = 4,    /* an agency a quarter */
    CREDIT_UNPAID = 1024,       /* of an agency: records on their way that cost no credit */
    QUOTA_HANDSHAKES_S = 15,    /* seconds for as many new connections as an agency may have */
};

/* Tokens come at rate a second, and at most a second's worth is kept. They may be owed. */
struct bucket {
    double tokens;
    int64_t filled; /* when last */
};

struct quota {
    int agency_id;
    struct limits limits; /* in force: none is KEY_DEFAULT */
    int64_t connections;  /* whose first message told whose they are */
    int64_t sessions;
    struct bucket handshakes, octets, records;
    uint64_t promised; /* of the pool, by its sessions */
    bool delayed;      /* its rate is used up, as quota_raise found */
    uint64_t batch;    /* the last batch that it has records in, by number, */
    size_t batch_rows; /* and how many */
    size_t unpaid;     /* records on their way that cost no credit: MANIFEST and GONE */
    bool taking;       /* one of its sessions takes its stream over */
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

/* Finds or makes the quota. NULL without memory. */
struct quota *quotas_get(struct quotas *quotas, int agency_id);
/* The same for a key's agency, with the limits that hold for it now. */
struct quota *quotas_of(struct quotas *quotas, const struct key *key);
void quotas_free(struct quotas *quotas);

/* Whether one more handshake is let in: none while the agency has all its connections, and new ones
 * at most at the rate at which silent ones are cut. */
bool quota_may_connect(struct quota *quota, int64_t now);
/* Whether one more session may open. */
bool quota_may_open(const struct quota *quota);
/* Binds a session to its quota and to the pool. What is on its way when the session is
 * forgotten counts until the session is freed. */
void quota_open(struct quotas *quotas, struct quota *quota, struct session *session);
/* Its connection is gone: it counts no more among the agency's sessions. */
void quota_leave(struct session *session);

/* A record that costs no credit is on its way; it was answered, or dropped. */
void quota_add_unpaid(struct session *session);
void quota_answered_unpaid(struct session *session);

/* A message of this cost has come. */
void quota_spend(struct session *session, uint32_t cost, int64_t now);
/* Notes what the session holds of the pool; call after its limit, spent, settled or state moved. */
void quota_note(struct session *session);
/* The first limit of a session. */
uint64_t quota_first(struct session *session);
/* Raises the session's limit if it needs it, its rate allows it and the pool has it. Returns
 * whether the agent must be told. */
bool quota_raise(struct session *session, int64_t now);

#endif
