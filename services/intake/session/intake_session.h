/*
 * intake_session: one agent's conversation on one connection (docs/protocol.md, section 6), and the
 * stream that it owns: what is decided, what is missing. Sessions are found by the routing id that
 * the ROUTER made. They have a reference count, because events on the way to the database outlive a
 * session that was forgotten. All calls on the loop's thread.
 */
#ifndef INTAKE_INTAKE_SESSION_H
#define INTAKE_INTAKE_SESSION_H

#include "uuid.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

enum { SESSION_MAX_ID = 16, SESSION_MAX_GAPS = 256 };

/* A record that was refused and is still in quarantine. */
struct held_nak {
    uint64_t seq;
    char code[25];
    struct error error; /* field and reason */
};

/* UNKNOWN: there is no session under a routing id, or it was forgotten. session_moves.def has the
 * transitions. */
enum session_state { SESSION_UNKNOWN, SESSION_TAKING, SESSION_OPEN };

enum stream_mode { STREAM_LIVE = 1, STREAM_REPLAY = 2, STREAM_BACKFILL = 3 };

struct session;

/* Hooks for a module that counts sessions. */
struct session_hooks {
    void (*forgotten_cb)(struct session *session);
    void (*released_cb)(struct session *session); /* before it is freed */
};

struct session {
    unsigned char id[SESSION_MAX_ID]; /* routing id */
    size_t id_size;
    char key[41]; /* Z85 public key of the agent */
    int agency_id;
    char agency[40];
    enum session_state state;

    char stream_id[UUID_TEXT];
    char owner[UUID_TEXT]; /* uuid of this session: the stream's fence in the database */
    char agent[81];
    uint32_t withheld; /* facts that were removed from its texts */
    int minor;         /* minor version of the protocol that both sides speak */
    char peer[64];
    int fd; /* descriptor of the connection, to identify it when it is cut; -1: not known */
    int64_t epoch;
    enum stream_mode mode;
    int stream_no;          /* once the stream is taken */
    uint64_t high;          /* highest sequence received, committed or not */
    struct wire_range *gap; /* owned; few sessions have any */
    size_t gap_count, gap_room;

    uint64_t spent;   /* cost of all events received since WELCOME */
    uint64_t settled; /* cost of the answered ones */
    uint64_t limit;   /* the credit that was sent */
    uint64_t
        window; /* octets that it may have in flight (quota.h maintains this and the following) */
    uint64_t raised;   /* settled, when the limit was last raised */
    uint64_t promised; /* its part of the agency's and of the pool's credit */
    struct quota *quota;
    const struct session_hooks *hooks; /* of the quota; NULL if there is none */
    bool counted;                      /* among the quota's sessions */
    bool waiting;                      /* for its turn to take over its stream */
    struct pool *pool;
    int64_t sent_mono; /* when its last event came */

    struct held_nak *held; /* refusals to repeat after WELCOME; owned */
    size_t held_count;
    struct wire_range *ack; /* ranges stored by the commit that is being answered; owned */
    size_t ack_count, ack_room;

    int64_t heard_mono;
    int64_t said_mono; /* when anything was last sent to it */
    int64_t skew_ms;
    bool heard_dirty; /* a message came since heard_at was last written */
    bool listed;      /* in the table of sessions */
    int references;
    UT_hash_handle hh;
};

struct sessions {
    struct session *by_id;
    size_t count;
};

/* Loops over all sessions; the current one may be forgotten. */
#define SESSIONS_EACH(sessions, session, next)                                            \
    for ((session) = (sessions)->by_id; (session) && ((next) = (session)->hh.next, true); \
         (session) = (next))

struct session *sessions_find(const struct sessions *sessions, const void *id, size_t size);
/* Adds a new session in state UNKNOWN; the table holds a reference. NULL if there is no memory. */
struct session *sessions_add(struct sessions *sessions, const void *id, size_t size);
/* Sets it to UNKNOWN, removes it from the table, and drops the table's reference. Call once. */
void sessions_forget(struct sessions *sessions, struct session *session);
struct session *session_ref(struct session *session);
void session_unref(struct session *session);

/* Parses HELLO's JSON into the session. */
int session_hello(struct session *session, const char *json, size_t size, int64_t now,
                  struct error *error);

/* The agent's clock minus intake's, in milliseconds, limited to a century: an agent may send any
 * value. */
int64_t session_skew_ms(int64_t theirs, int64_t ours);

enum sequence_verdict {
    SEQUENCE_NEW,
    SEQUENCE_WANTED,
    SEQUENCE_REPEATED,
    SEQUENCE_TOO_MANY_GAPS,
    SEQUENCE_TOO_FAR, /* more than WIRE_MAX_AHEAD above the highest */
};
/* Decides what a received sequence is and notes it. A jump upwards opens a gap, which is returned
 * in *opened (first 0: none). */
enum sequence_verdict session_receive(struct session *session, uint64_t seq,
                                      struct wire_range *opened);
/* Adds a gap; does nothing if SESSION_MAX_GAPS are open. */
void session_add_gap(struct session *session, struct wire_range gap);
/* Notes sequences that the operator wants again, or that the agent no longer has. */
int session_want(struct session *session, uint64_t first, uint64_t last);
/* Returns whether any of them was missing. */
bool session_gone(struct session *session, uint64_t first, uint64_t last);

#endif
