/*
 * How notify decides, sends and learns how it ended (docs/notify.md): one call, two contacts, two
 * processes, one database. README.md says what is left out.
 *
 * The first contact stands in step 1 and may not see a sealed call; the second stands in step 2 and
 * is named for sealed calls. Messages are mails: one that is repeated is recognized.
 * TOLD, TRUE, ONCE select the property that the assertions check.
 * NO_HOLD, NO_ALERT_LOCK, NO_LOOK, COMPOSED_EARLY, ACK_FOR_EVER, FAILED_FOR_EVER, FAILED_ANEW,
 * REPEATED_ANEW, ACK_HIDES are planted defects, which must be found.
 */
#ifndef CHANGES
#define CHANGES 3
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef ACKS
#define ACKS 1
#endif

#define CONTACTS 2
#define PROCESSES 2

/* What is so, or what was said: facts, and what only a message says. */
#define NOTHING 0
#define LESSER 1
#define WORSE 2
#define CANCELLED 3
#define SEALED 4
#define WITHDRAWN 5

#define OPEN(f) ((f) == LESSER || (f) == WORSE || (f) == SEALED)
#define SEVERITY(f) ((f) == WORSE)
#define HIDDEN(f, c) ((f) == SEALED && (c) == 0)
#define TELLS(said) ((said) != NOTHING && (said) != WITHDRAWN)

/* What should wait for a contact. */
#define NONE 0
#define MESSAGE 1
#define REPETITION 2

#define NOBODY 9

byte changes = CHANGES, faults = FAULTS, acks = ACKS;

/* The database: durable, one commit is one step. */
byte facts = NOTHING;
bool look;                                  /* the outbox, or look_at */
bool exists, closed, acked, severity;       /* the alert */
byte round = 1;
byte waits[CONTACTS];                       /* NONE, MESSAGE, REPETITION */
byte sending[CONTACTS];                     /* what it says; NOTHING: none is being sent */
byte sending_round[CONTACTS];
bool sending_repeats[CONTACTS];
byte leased[CONTACTS];                      /* by this process */
byte told[CONTACTS];                        /* by the last message that was sent, or may have been; */
byte told_round[CONTACTS];
bool unknown[CONTACTS], repeated[CONTACTS];
bool failed[CONTACTS];                      /* in this round, after what was told; */
byte tried[CONTACTS];                       /* what that would have said */
#ifdef COMPOSED_EARLY
byte early[CONTACTS];                       /* what a waiting message says */
#endif

/* Locks of transactions that are under way. */
byte row_locked[CONTACTS] = NOBODY;         /* what waits: by a claim */
byte alert_locked = NOBODY;                 /* by a decision */

/* What is so outside. */
byte knows[CONTACTS];                       /* the last that a contact received */
byte copies[CONTACTS];                      /* under the id that was sent last */
bool acked_severity;                        /* what was known when it was acknowledged */

#ifdef TRUE
#define MUST_BE_TRUE(c, what) assert((what) == facts || ((what) == WITHDRAWN && (HIDDEN(facts, c) || !OPEN(facts))))
#else
#define MUST_BE_TRUE(c, what) skip
#endif
#ifdef ONCE
#define MUST_BE_FEW(c) assert(copies[c] <= 2)
#else
#define MUST_BE_FEW(c) skip
#endif

#define SAID(c) (sending[c] -> sending[c] : told[c])
#define SAID_ROUND(c) (sending[c] -> sending_round[c] : told_round[c])
#define LOST(c) (!sending[c] && unknown[c])
#define FAILED(c) (!sending[c] && failed[c])
#define WAS_REPEATED(c) (sending[c] -> sending_repeats[c] : repeated[c])

/* reconcile.c: what should wait for contact c, if facts are f and the round is r. */
inline decide(c, f, r, wanted)
{
    wanted = NONE;
    if
    :: TELLS(SAID(c)) ->
        if
#ifndef FAILED_ANEW
        :: FAILED(c) && !new_round && tried[c] == (HIDDEN(f, c) -> WITHDRAWN : f) -> skip
        :: else ->
#else
        :: true ->
#endif
            if
            :: HIDDEN(f, c) -> wanted = MESSAGE
            :: !HIDDEN(f, c) && (SAID(c) != f || (asking && SAID_ROUND(c) < r)) -> wanted = MESSAGE
            :: !HIDDEN(f, c) && SAID(c) == f && !(asking && SAID_ROUND(c) < r) && LOST(c) ->
#ifndef REPEATED_ANEW
                if
                :: !WAS_REPEATED(c) -> wanted = REPETITION
                :: else
                fi
#else
                wanted = REPETITION
#endif
            :: else
            fi
        fi
    :: SAID(c) == WITHDRAWN && (HIDDEN(f, c) || !OPEN(f)) && LOST(c) && !WAS_REPEATED(c) && !FAILED(c) ->
        wanted = REPETITION
    :: !TELLS(SAID(c)) && OPEN(f) && !HIDDEN(f, c) ->
        if
#ifdef FAILED_FOR_EVER
        :: FAILED(c)
#else
        :: FAILED(c) && !new_round
#endif
        :: else ->
            if
#ifdef ACK_HIDES
            :: asking || (c == 0 && (!exists || waits[c])) -> wanted = MESSAGE
#else
            :: asking || SAID(c) == WITHDRAWN || (c == 0 && (!exists || waits[c])) -> wanted = MESSAGE
#endif
            :: else
            fi
        fi
    :: else
    fi
}

/* subject_call.c: what a waiting message says now, or NOTHING: it is not sent. */
inline compose(c, what)
{
    what = NOTHING;
    if
    :: HIDDEN(facts, c) ->
        if
        :: TELLS(told[c]) && waits[c] != REPETITION -> what = WITHDRAWN
        :: told[c] == WITHDRAWN && waits[c] == REPETITION && unknown[c] -> what = WITHDRAWN
        :: else
        fi
    :: !HIDDEN(facts, c) && !TELLS(told[c]) ->
        if
        :: waits[c] == REPETITION && !OPEN(facts) && unknown[c] -> what = told[c]
        :: waits[c] == REPETITION && (OPEN(facts) || !unknown[c])
        :: waits[c] != REPETITION && facts == CANCELLED
        :: c == 1 && told[c] == NOTHING && acked
        :: else -> what = facts
        fi
    :: !HIDDEN(facts, c) && TELLS(told[c]) ->
        if
        :: told[c] != facts || (OPEN(facts) && !acked && told_round[c] < round) ->
            if
            :: waits[c] == REPETITION
            :: else -> what = facts
            fi
        :: else ->
            if
            :: waits[c] == REPETITION && unknown[c] -> what = told[c]
            :: else
            fi
        fi
    fi;
#ifdef COMPOSED_EARLY
    if
    :: what -> what = early[c]
    :: else
    fi
#endif
}

/* ---- Outside: the agency, people, the clock ---- */

active proctype Agency()
{
end:
    do
    :: d_step { changes && facts != LESSER -> changes--; facts = LESSER; look = true }
    :: d_step { changes && facts != WORSE -> changes--; facts = WORSE; look = true }
    :: d_step { changes && facts != CANCELLED && facts != NOTHING -> changes--; facts = CANCELLED; look = true }
    :: d_step { changes && facts != SEALED -> changes--; facts = SEALED; look = true }
    od
}

/* Of what is known now. It locks the alert, and what it needs not tell any more ends. */
active proctype People()
{
end:
    do
    :: d_step { acks && exists && alert_locked == NOBODY && (TELLS(knows[0]) || TELLS(knows[1])) ->
        acks--; acked = true; acked_severity = severity; look = true
    }
    od
}

/* ---- A process of notify ---- */

inline receive(c)
{
    knows[c] = my_said; copies[c]++;
    MUST_BE_FEW(c)
}

inline forget()
{
    to = NOBODY; my_said = NOTHING; my_repeats = false; handed = false
}

inline end_told(lost)
{
    told[to] = sending[to]; told_round[to] = sending_round[to]; repeated[to] = sending_repeats[to];
    unknown[to] = lost; failed[to] = false; tried[to] = NOTHING;
    sending[to] = NOTHING; sending_repeats[to] = false; sending_round[to] = 0
}

#ifdef NO_HOLD
#define NOTHING_IS_CLAIMED true
#define NOT_HELD true
#else
#define NOTHING_IS_CLAIMED (row_locked[0] == NOBODY && row_locked[1] == NOBODY)
#define NOT_HELD (alert_locked == NOBODY)
#endif
#ifdef NO_LOOK
#define LOOK_AGAIN skip
#else
#define LOOK_AGAIN look = true
#endif
#ifdef NO_ALERT_LOCK
#define ALERT_FREE true
#else
#define ALERT_FREE (alert_locked == NOBODY)
#endif

active [PROCESSES] proctype Notify()
{
    byte me = _pid - 2;
    byte to = NOBODY, my_said;              /* the message that it claimed */
    bool my_repeats, handed;
    bool claiming;
    bool deciding;                          /* it has read, and not yet written */
    bool asking, new_round;
    byte now, w0, w1;

end:
    do
    /* A decision: the alert and what waits are locked, all is read, then written. */
    :: d_step { look && facts != NOTHING && alert_locked == NOBODY && to == NOBODY && NOTHING_IS_CLAIMED ->
        look = false; alert_locked = me; deciding = true; now = facts;
        new_round = exists && OPEN(now) && (closed || SEVERITY(now) > severity);
        asking = OPEN(now) && !(exists && acked && !new_round);
#ifdef ACK_FOR_EVER
        asking = OPEN(now) && !(exists && acked);
#endif
        decide(0, now, round + new_round, w0);
        decide(1, now, round + new_round, w1);
    }
    :: d_step { deciding ->
        if
        :: exists || (now != CANCELLED && (w0 || w1)) ->
            if
            :: new_round ->
                round++;
                failed[0] = false; failed[1] = false; tried[0] = NOTHING; tried[1] = NOTHING;
#ifndef ACK_FOR_EVER
                acked = false
#endif
            :: else
            fi;
            exists = true; closed = !OPEN(now); severity = SEVERITY(now);
#ifdef COMPOSED_EARLY
            early[0] = (HIDDEN(now, 0) -> WITHDRAWN : now); early[1] = now;
#endif
            waits[0] = w0; waits[1] = w1
        :: else
        fi;
        alert_locked = NOBODY; deciding = false; asking = false; new_round = false;
        now = NOTHING; w0 = NONE; w1 = NONE
    }

    /* A claim: composed, then committed; or it comes to nothing. */
    :: d_step { !deciding && to == NOBODY && waits[0] && !sending[0] && row_locked[0] == NOBODY && NOT_HELD ->
        to = 0; claiming = true; row_locked[0] = me;
        my_repeats = waits[0] == REPETITION; compose(0, my_said); MUST_BE_TRUE(0, (my_said -> my_said : facts))
    }
    :: d_step { !deciding && to == NOBODY && waits[1] && !sending[1] && row_locked[1] == NOBODY && NOT_HELD ->
        to = 1; claiming = true; row_locked[1] = me;
        my_repeats = waits[1] == REPETITION; compose(1, my_said); MUST_BE_TRUE(1, (my_said -> my_said : facts))
    }
    :: d_step { claiming ->
        claiming = false; row_locked[to] = NOBODY; waits[to] = NONE;
        if
        :: my_said ->
            copies[to] = (my_repeats -> copies[to] : 0);
            sending[to] = my_said; sending_round[to] = round; sending_repeats[to] = my_repeats; leased[to] = me
        :: else ->
            if
            :: my_repeats || unknown[to] -> LOOK_AGAIN
            :: else
            fi;
            forget()
        fi
    }

    /* The message is handed over; the end is written down in a step of its own. */
    :: d_step { to != NOBODY && !claiming && !handed -> receive(to); handed = true }
    :: d_step { to != NOBODY && handed && ALERT_FREE && leased[to] == me -> end_told(false); forget() }
    :: d_step { to != NOBODY && faults && handed && ALERT_FREE && leased[to] == me ->
        faults--; end_told(true); LOOK_AGAIN; forget()
    }
    :: d_step { to != NOBODY && faults && !claiming && !handed && ALERT_FREE && leased[to] == me ->
        faults--; end_told(true); LOOK_AGAIN; forget()
    }
    :: d_step { to != NOBODY && faults && !claiming && !handed && ALERT_FREE && leased[to] == me ->
        faults--;                           /* temporary, or given back untried */
        if
        :: waits[to] == NONE -> waits[to] = (my_repeats -> REPETITION : MESSAGE)
        :: else -> LOOK_AGAIN               /* it gives way to what waits */
        fi;
        sending[to] = NOTHING; sending_repeats[to] = false; sending_round[to] = 0;
        forget()
    }
    :: d_step { to != NOBODY && faults && !claiming && !handed && ALERT_FREE && leased[to] == me ->
        failed[to] = sending_round[to] == round; tried[to] = (failed[to] -> sending[to] : NOTHING);
#ifndef FAILED_ANEW
        faults--;                           /* permanent */
#endif
        sending[to] = NOTHING; sending_repeats[to] = false; sending_round[to] = 0;
        LOOK_AGAIN; forget()
    }

    /* The process dies: what it had begun is undone, its lease lapses, and it starts again. */
    :: d_step { faults && (deciding || to != NOBODY) ->
        faults--;
        if
        :: deciding -> look = true; alert_locked = NOBODY; deciding = false; asking = false; new_round = false;
            now = NOTHING; w0 = NONE; w1 = NONE
        :: !deciding && claiming -> claiming = false; row_locked[to] = NOBODY; forget()
        :: !deciding && !claiming -> end_told(true); look = true; forget()
        fi
    }
    od
}

/* ---- At rest ---- */

#define EXCUSED(c) (failed[c] || (unknown[c] && repeated[c]))
#define KNOWS(c) (                                                                           \
    facts == CANCELLED -> !OPEN(knows[c]) :                                                  \
    (HIDDEN(facts, c) -> (knows[c] == NOTHING || knows[c] == WITHDRAWN) :                    \
    (!TELLS(knows[c]) -> (knows[c] == NOTHING && (acked || facts == NOTHING)) :              \
    (knows[c] == facts && (acked || told_round[c] == round)))))

active proctype Rest()
{
end:
    do
    :: timeout ->
#ifdef TOLD
        assert(KNOWS(0) || EXCUSED(0));
        assert(KNOWS(1) || EXCUSED(1));
        assert(!(acked && SEVERITY(facts) > acked_severity));
#endif
        break
    od
}
