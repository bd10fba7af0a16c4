#include "quota.h"

#include <stdlib.h>

enum { CREDIT_LEAST = 512 }; /* not worth a message */

struct quota *quotas_get(struct quotas *quotas, int agency_id)
{
    struct quota *quota;

    HASH_FIND_INT(quotas->by_agency, &agency_id, quota);
    if (quota)
        return quota;
    quota = calloc(1, sizeof *quota);
    if (!quota)
        return NULL;
    quota->agency_id = agency_id;
    HASH_ADD_INT(quotas->by_agency, agency_id, quota);
    return quota;
}

static int64_t chosen(int64_t own, int64_t fallback)
{
    return own == KEY_DEFAULT ? fallback : own;
}

struct quota *quotas_of(struct quotas *quotas, const struct key *key)
{
    struct quota *quota = quotas_get(quotas, key->agency_id);

    if (!quota)
        abort(); /* as many as the database has agencies */
    quota->limits = (struct limits){
        chosen(key->limits.connections, quotas->defaults.connections),
        chosen(key->limits.octets_s, quotas->defaults.octets_s),
        chosen(key->limits.records_s, quotas->defaults.records_s),
    };
    return quota;
}

void quotas_free(struct quotas *quotas)
{
    struct quota *quota = quotas->by_agency, *next;

    HASH_CLEAR(hh, quotas->by_agency); /* the table; its items stay linked */
    for (; quota; quota = next) {
        next = quota->hh.next;
        free(quota);
    }
}

/* Fills the bucket up to now; at first it is full. */
static void fill(struct bucket *bucket, double rate, double most, int64_t now)
{
    if (bucket->filled == 0)
        bucket->tokens = most;
    else
        bucket->tokens += rate * (double)(now - bucket->filled) / 1e6;
    if (bucket->tokens > most)
        bucket->tokens = most;
    bucket->filled = now;
}

bool quota_may_connect(struct quota *quota, int64_t now)
{
    double most = (double)quota->limits.connections;

    if (most == 0)
        return true;
    if (quota->connections >= quota->limits.connections)
        return false;
    fill(&quota->handshakes, most / QUOTA_HANDSHAKES_S, most, now);
    if (quota->handshakes.tokens < 1)
        return false;
    quota->handshakes.tokens -= 1;
    return true;
}

bool quota_may_open(const struct quota *quota)
{
    return quota->limits.connections == 0 || quota->sessions < quota->limits.connections;
}

static void close_cb(struct session *session)
{
    quota_leave(session);
    quota_note(session);
}

static void release_cb(struct session *session)
{
    session->pool->promised -= session->promised;
    session->quota->promised -= session->promised;
}

void quota_open(struct quotas *quotas, struct quota *quota, struct session *session)
{
    static const struct session_hooks hooks = {close_cb, release_cb};

    session->hooks = &hooks;
    session->quota = quota;
    session->pool = &quotas->pool;
    quota->sessions++;
    session->counted = true;
}

void quota_leave(struct session *session)
{
    if (session->counted)
        session->quota->sessions--;
    session->counted = false;
}

void quota_add_unpaid(struct session *session)
{
    if (session->quota)
        session->quota->unpaid++;
}

void quota_answered_unpaid(struct session *session)
{
    if (session->quota)
        session->quota->unpaid--;
}

/* Whether the agency's rates allow more; a negative balance recovers with time. */
static bool has_tokens(struct quota *quota, int64_t now)
{
    double octets = (double)quota->limits.octets_s, records = (double)quota->limits.records_s;

    fill(&quota->octets, octets, octets, now);
    fill(&quota->records, records, records, now);
    return (octets == 0 || quota->octets.tokens > 0) && (records == 0 || quota->records.tokens > 0);
}

void quota_spend(struct session *session, uint32_t cost, int64_t now)
{
    struct quota *quota = session->quota;

    session->spent += cost;
    quota_note(session);
    has_tokens(quota, now); /* fills them first */
    quota->octets.tokens -= cost;
    quota->records.tokens -= 1;
}

void quota_note(struct session *session)
{
    uint64_t most = session->spent;

    if (session->state != SESSION_UNKNOWN && session->limit > most)
        most = session->limit;
    uint64_t holds = most - session->settled;
    session->pool->promised += holds - session->promised;
    session->quota->promised += holds - session->promised;
    session->promised = holds;
}

/* What the pool can still promise to this session. A session may hold at most as much as is left,
 * so the pool is never exhausted: the more all sessions hold, the less one may hold. */
static uint64_t room(const struct session *session)
{
    const struct pool *pool = session->pool;
    const uint64_t left = pool->budget > pool->promised ? pool->budget - pool->promised : 0;
    const uint64_t agency = pool->budget / CREDIT_AGENCY_PARTS;
    const uint64_t most = session->quota->promised;
    uint64_t room = left > session->promised ? (left - session->promised) / 2 : 0;

    if (room > agency - (most < agency ? most : agency))
        room = agency - (most < agency ? most : agency);
    return room;
}

uint64_t quota_first(struct session *session)
{
    const struct pool *pool = session->pool;
    uint64_t left = room(session),
             first = pool->promised < pool->budget / 4 ? CREDIT_AMPLE : CREDIT_FIRST;

    session->window = first;
    session->limit = left < first ? left : first;
    quota_note(session);
    return session->limit;
}

bool quota_raise(struct session *session, int64_t now)
{
    const uint64_t most = session->pool->budget / CREDIT_PARTS;
    uint64_t unused = session->limit > session->spent ? session->limit - session->spent : 0;
    uint64_t base = session->limit > session->spent ? session->limit : session->spent;
    uint64_t left = room(session);

    if (unused > session->window / 2 || session->settled == session->raised)
        return false;
    if (left < CREDIT_LEAST)
        return false;
    session->quota->delayed = !has_tokens(session->quota, now);
    if (session->quota->delayed)
        return false;
    /* A session that uses its window gets twice as much, up to what is left. */
    if (unused <= session->window / 4 && session->window < most)
        session->window = session->window * 2 < most ? session->window * 2 : most;
    uint64_t aim = session->settled + session->window;
    if (aim <= base)
        return false;
    session->limit = aim - base < left ? aim : base + left;
    if (session->limit < aim && session->limit - session->settled > CREDIT_FIRST)
        session->window = session->limit - session->settled;
    session->raised = session->settled;
    quota_note(session);
    return true;
}
