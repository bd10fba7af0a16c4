/*
 * LSN/1, the acknowledgement and credit protocol of docs/protocol.md: one agent, two intakes (or two
 * sessions of one), one database. README.md says what is left out, and why that is sound.
 *
 * Sets of sequences are bit masks: BIT(1) is sequence 1.
 * SAVED, ONCE, FENCE, CREDITED, HEARD select the property that the assertions check.
 * ACK_BEFORE_COMMIT, NO_FENCE, NO_HIGH_MARK, GREET_AGAIN are planted defects, which must be found.
 */
#ifndef RECORDS
#define RECORDS 3
#endif
#ifndef WINDOW
#define WINDOW 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif

#define BIT(seq) (1 << ((seq) - 1))
#define UP_TO(seq) ((1 << (seq)) - 1)
#define ALL UP_TO(RECORDS)
#define NOBODY 2
#define DEPTH 4

mtype = { CLOSED, CONNECTING, GREETING, STREAMING };     /* agent */
mtype = { UNKNOWN, TAKING, OPEN };                       /* intake, one session */
mtype = { HELLO, EVENT, GONE, BYE };                     /* agent to intake */
mtype = { WELCOME, CREDIT, ACK, AGAIN, REFUSE };         /* intake to agent */
mtype = { no_session, taken, busy };

/* Two connections: the agent's present one, and the previous one, which may not have ended yet. */
chan up[2] = [DEPTH] of { mtype, byte };        /* EVENT: sequence; GONE: set */
chan down[2] = [DEPTH] of { mtype, byte, byte };
bool connected[2];                          /* false: cut; messages under way may be lost */
bool at_rest[2] = true;                     /* intake has noticed the cut, and forgotten the session */

byte faults = FAULTS;
byte readable = ALL;                        /* records that the spool can still read */

/* The database: durable state. */
byte high, gap, lost;                       /* high-water mark; open gaps; gaps closed as lost */
byte owner = NOBODY;

/* State that only the properties use. The purge may delete an event's row at any time, so nothing
 * relies on the table's key. */
byte ever;                                  /* records that were ever stored */
byte newest = NOBODY;                       /* the session that took the stream last */

#ifdef SAVED
#define MUST_BE_SAVED(set) assert(((set) & readable & ~ever) == 0)
#else
#define MUST_BE_SAVED(set) skip
#endif
#ifdef ONCE
#define MUST_BE_NEW(set) assert(((set) & ever) == 0)
#else
#define MUST_BE_NEW(set) skip
#endif
#ifdef FENCE
#define MUST_OWN(me) assert(newest == (me))
#else
#define MUST_OWN(me) skip
#endif
#ifdef CREDITED
#define MUST_BE_WITHIN(cost, limit) assert((cost) <= (limit))
#else
#define MUST_BE_WITHIN(cost, limit) skip
#endif
#ifdef HEARD
#define MUST_NOT_HEAR assert(false)
#else
#define MUST_NOT_HEAR skip
#endif

/* ---- Agent ---- */

inline forget(channel)
{
    do
    :: len(channel) > 0 -> channel?_, _
    :: len(channel) == 0 -> break
    od;
    skip
}

inline forget3(channel)
{
    do
    :: len(channel) > 0 -> channel?_, _, _
    :: len(channel) == 0 -> break
    od;
    skip
}

inline reset()
{
    wanted = 0; used = 0; limit = 0; unanswered = 0; at = 1
}

inline agent_close()
{
    connected[c] = false; reset(); state = CLOSED
}

inline greet()
{
    reset();
    if
    :: connected[c] && len(up[c]) < DEPTH -> up[c]!HELLO, 0; state = GREETING
    :: !connected[c] || len(up[c]) == DEPTH -> agent_close()
    fi
}

/* Chooses the next sequence to send: requested resends come first. */
inline choose_next()
{
    seq = 1;
    if
    :: wanted -> do :: (wanted & BIT(seq)) -> break :: else -> seq++ od
    :: else ->
        seq = at;
        do
        :: seq <= RECORDS && (decided & BIT(seq)) -> seq++
        :: else -> break
        od
    fi
}

inline sent()
{
    if
    :: wanted -> wanted = wanted & ~BIT(seq)
    :: else -> at = seq + 1
    fi;
    seq = 0
}

#define IDLE (wanted == 0 && (decided | UP_TO(at - 1)) == ALL)
#define CREDIT_LEFT (used < limit || unanswered == 0)
#define DONE (IDLE && decided == ALL && unanswered == 0)

active proctype Agent()
{
    mtype state = CLOSED, word;
    byte c, a, b, seq;
    byte decided;                           /* the ledger of decided records */
    byte wanted, at = 1;                    /* to send: requested again; all from here on */
    byte used, limit, unanswered;

    atomic {
        if                                  /* the disk may have lost a record */
        :: readable = ALL
        :: readable = ALL & ~BIT(1)
        :: readable = ALL & ~BIT(2)
        fi
    }
    do
    :: atomic { state == CLOSED ->
        at_rest[1 - c];
        c = 1 - c; at = 1; connected[c] = true; at_rest[c] = false; state = CONNECTING
    }
    :: d_step { state == CONNECTING -> greet() }
    :: d_step { state != CLOSED && !connected[c] -> agent_close() }

    /* Messages from intake. */
    :: d_step { state != CLOSED && len(down[c]) > 0 ->
        down[c]?word, a, b;
        if
        :: state == GREETING && word == WELCOME ->
            MUST_BE_SAVED(UP_TO(a) & ~b);
            decided = decided | (UP_TO(a) & ~b);
            wanted = b; at = a + 1; used = 0; unanswered = 0; limit = WINDOW;
            state = STREAMING
#ifdef GREET_AGAIN
        :: word == REFUSE && a == no_session -> greet()
#else
        :: state == STREAMING && word == REFUSE && a == no_session -> greet()
        :: state == GREETING && word == REFUSE && a == no_session -> skip  /* answers a message sent before HELLO */
#endif
        :: word == REFUSE && a != no_session -> agent_close()
        :: state == STREAMING && word == ACK ->
            MUST_BE_SAVED(a);
            decided = decided | a;
            unanswered = unanswered - b
        :: state == STREAMING && word == CREDIT -> limit = a
        :: state == STREAMING && word == AGAIN -> wanted = wanted | a
        :: else -> MUST_NOT_HEAR; agent_close()
        fi;
        word = 0; a = 0; b = 0
    }

    /* Messages to intake. */
    :: d_step { connected[c] && state == STREAMING && !IDLE && CREDIT_LEFT &&
                len(up[c]) < DEPTH ->
        choose_next();
        if
        :: readable & BIT(seq) -> up[c]!EVENT, seq; used++; unanswered++
        :: else -> up[c]!GONE, BIT(seq); decided = decided | BIT(seq)
        fi;
        sent()
    }
    :: atomic { state == STREAMING && DONE ->
        if
        :: connected[c] && len(up[c]) < DEPTH -> up[c]!BYE, 0
        :: !connected[c] || len(up[c]) == DEPTH
        fi;
        agent_close(); break
    }

    /* Silence on both sides: three heartbeats passed, or an event was unanswered for too long. */
    :: d_step { timeout -> agent_close() }

    /* Faults: the process dies, with or without its latest checkpoint; the network is cut. */
    :: atomic { faults && state != CLOSED ->
        faults--;
        if
        :: decided = 0
        :: skip
        fi;
        agent_close()
    }
    :: d_step { faults && state != CLOSED && connected[c] -> faults--; connected[c] = false }
    od
}

/* ---- Intake, one session ---- */

/* Intake does not wait for a peer that does not read: it forgets the session. */
inline say(w, x, y)
{
    if
    :: connected[me] && len(down[me]) < DEPTH -> down[me]!w, x, y
    :: connected[me] && len(down[me]) == DEPTH -> state = UNKNOWN
    :: !connected[me]
    fi
}

inline drop_pending()
{
    fresh = 0; opened = 0; filled = 0; gone = 0; mark = 0; answers = 0; count = 0
}

/* One transaction: the fence, the events, the high-water mark, the gaps. */
inline commit(ok)
{
    ok = owner == me;
#ifdef NO_FENCE
    ok = true;
#endif
    if
    :: ok ->
        MUST_OWN(me);
        MUST_BE_NEW(fresh);
        ever = ever | fresh;
        if
        :: mark > high -> high = mark
        :: else
        fi;
        gap = (gap | opened) & ~filled;
        lost = lost | (gap & gone);
        gap = gap & ~gone;
        fresh = 0; opened = 0; filled = 0; gone = 0; mark = 0
    :: else -> drop_pending()
    fi
}

inline receive()
{
    spent++;
    MUST_BE_WITHIN(spent, settled + WINDOW);
    if
    :: seq <= top && (gaps & BIT(seq)) ->
        gaps = gaps & ~BIT(seq); fresh = fresh | BIT(seq); filled = filled | BIT(seq)
    :: seq <= top && !(gaps & BIT(seq)) -> skip           /* repeated */
    :: seq > top ->
        a = UP_TO(seq - 1) & ~UP_TO(top);
        gaps = gaps | a; opened = opened | a;
        top = seq; fresh = fresh | BIT(seq);
        if
        :: a -> say(AGAIN, a, 0)
        :: else
        fi;
        a = 0
    fi;
    if
    :: seq > mark -> mark = seq
    :: else
    fi;
    answers = answers | BIT(seq); count++
#ifdef ACK_BEFORE_COMMIT
    ;
    say(ACK, BIT(seq), 1);
    answers = 0; count = 0
#endif
}

#define PENDING (mark || gone)
#define ANSWERABLE (!PENDING && count)

inline end_session()
{
    drop_pending();
    state = UNKNOWN; top = 0; gaps = 0; spent = 0; settled = 0; took = false; credit_due = false
}

active [2] proctype Intake()
{
    byte me = _pid - 1;
    mtype state = UNKNOWN, word;
    bool took, ok, credit_due;
    byte a, seq;
    byte top, gaps;                         /* the session's high-water mark and gaps */
    byte spent, settled;
    byte fresh, opened, filled, gone, mark; /* the uncommitted batch */
    byte answers, count;                    /* the answers to send after its commit */

end:
    do
    :: d_step { len(up[me]) > 0 && !ANSWERABLE && !credit_due ->
        up[me]?word, a;
        if
        :: word == HELLO ->
            if                              /* the previous session's pending batch may still */
            :: PENDING -> commit(ok)        /* be committed, or be stopped by the fence */
            :: else
            fi;
            end_session(); state = TAKING
        :: word == EVENT && state == OPEN -> seq = a; a = 0; receive(); seq = 0
        :: word == GONE && state == OPEN -> gone = gone | a; gaps = gaps & ~a
        :: word == BYE -> connected[me] = false
        :: (word == EVENT || word == GONE) && state == UNKNOWN -> say(REFUSE, no_session, 0)
        :: else                             /* while it takes the stream over */
        fi;
        word = 0; a = 0; ok = false
    }

    :: d_step { state == TAKING && !took ->
        owner = me; newest = me; took = true;
        top = high; gaps = gap
#ifdef NO_HIGH_MARK
        ;
        top = 0; gaps = 0
#endif
    }
    :: d_step { state == TAKING && took -> took = false; state = OPEN; say(WELCOME, top, gaps) }

    :: d_step { PENDING ->
        commit(ok);
        if
        :: !ok -> say(REFUSE, taken, 0); end_session()
        :: ok && state != OPEN -> drop_pending()
        :: else
        fi;
        ok = false
    }
    :: d_step { ANSWERABLE ->
        settled = settled + count;
        if
        :: state == OPEN -> say(ACK, answers, count); credit_due = true
        :: else
        fi;
        answers = 0; count = 0
    }
    :: d_step { credit_due ->
        credit_due = false;
        if
        :: state == OPEN -> say(CREDIT, settled + WINDOW, 0)
        :: else
        fi
    }

    /* The connection has ended: messages under way are lost, received ones may yet be committed. */
    :: atomic { !connected[me] && !at_rest[me] ->
        forget(up[me]); forget3(down[me]);
        if
        :: PENDING -> d_step { commit(ok); ok = false }
        :: true
        fi;
        d_step { end_session(); at_rest[me] = true }
    }

    /* Faults: the process dies; the database is unavailable; the session is forgotten. */
    :: d_step { faults && connected[me] ->
        faults--; connected[me] = false; end_session();
        forget(up[me]); forget3(down[me])
    }
    :: d_step { faults && connected[me] && (state == TAKING || PENDING) ->
        faults--; say(REFUSE, busy, 0); end_session()
    }
    :: d_step { faults && connected[me] && state == OPEN && !PENDING -> faults--; end_session() }
    od
}
