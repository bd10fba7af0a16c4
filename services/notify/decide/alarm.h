/*
 * alarm: who hears when of what is not ok. An alarm has findings, known by their numbers: open
 * ones, which are not ok now, and notices, which are told once. Each administrator hears of them by
 * each of his channels, so that one that is broken hides nothing. After a message to somebody by a
 * channel nothing follows for a while: what happens meanwhile is told together, unless it is more
 * urgent than all that the message said. What stays open and is not acknowledged is said again. A
 * message that failed counts as one: its address is not tried without end.
 *
 * Pure functions; any thread. Times are steady, in microseconds.
 */
#ifndef NOTIFY_ALARM_H
#define NOTIFY_ALARM_H

#include "plan.h"
#include "rules.h"

/* Numbers of findings, in order. */
struct alarm_ids {
    int64_t *id;
    size_t count;
};

/* What is so, or what a message said. Zeroed, it is nothing. */
struct alarm_facts {
    struct alarm_ids open, notices;
    int severity; /* of the most urgent call of those that are open; 0: none is urgent */
};

/* What an administrator was told by a channel. */
struct alarm_telling {
    int contact_id;
    const struct channel *channel;
    bool told;
    struct alarm_facts said; /* by the last message; only if told */
    bool failed;             /* one failed since */
    int64_t ended_us;        /* of the last one, whatever became of it */
};

struct alarm_input {
    bool exists;       /* there is an alert of it */
    bool acknowledged; /* and somebody has it */
    bool newer;        /* a finding came after the acknowledgement */
    bool lost;         /* who acknowledged it is no administrator any more */
    bool roster;       /* it is about the roster: by e-mail, and not urgent */
    struct alarm_facts now;
    const struct contact *contacts; /* those who hear of alarms */
    size_t contact_count;
    const struct alarm_telling *tellings;
    size_t telling_count;
    unsigned available; /* channels by which some running process can send */
    int64_t now_us;
    int64_t every_us;  /* at most one message in this time */
    int64_t repeat_us; /* after which what is open is said again */
};

/* Something is so that was not said, or was said and is over. */
bool alarm_has_news(const struct alarm_facts *said, const struct alarm_facts *now);
/* Whether a finding is one of these. */
bool alarm_has(const struct alarm_ids *ids, int64_t id);

/* The plan is the caller's to free, whatever is returned. 0 or ERR_NOMEM. */
int alarm_plan(const struct alarm_input *in, struct plan *plan);

/* From and to JSON: {"open": [1, 2], "notices": [], "severity": 0}. What cannot be read is
 * nothing. */
int alarm_facts_decode(const char *json, struct alarm_facts *facts);
/* As a delivery keeps it; the caller's to free. NULL without memory. */
char *alarm_facts_encode(const struct alarm_facts *facts);
void alarm_facts_free(struct alarm_facts *facts);

#endif
