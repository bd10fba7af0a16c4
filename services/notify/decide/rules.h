/*
 * rules: whom a call concerns. A district's rules say which calls alert (schools, classes,
 * priority, school hours, age), by which channels, and how long the next step waits. Several rules
 * may match one call: then all their channels are used, the shortest wait counts, and the largest
 * number of people who must acknowledge.
 *
 * Two things no rule can change: a backfill alerts nobody, and a sealed call reaches only contacts
 * whom the district named for sealed calls, and only by a rule made for them.
 *
 * Pure functions; school hours are decided by PostgreSQL, in the district's zone.
 */
#ifndef NOTIFY_RULES_H
#define NOTIFY_RULES_H

#include "facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_hours { RULE_ANY_TIME, RULE_SCHOOL_HOURS, RULE_OUTSIDE_HOURS };

struct rule {
    int district_id;
    int rule_id;
    int *schools; /* NULL: all */
    size_t school_count;
    char (*classes)[32]; /* NULL: all */
    size_t class_count;
    int min_priority;
    enum rule_hours hours;
    unsigned channels; /* a set of enum channel_bit (channel.h) */
    bool sealed;
    int escalate_s;
    int max_age_s;
    int again_priority; /* from this priority on a call asks everybody again */
    int acks;           /* people who must acknowledge */
};

enum call_mode { CALL_LIVE, CALL_REPLAY, CALL_BACKFILL };

/* What rules look at. */
struct call {
    int district_id;
    int school_id;
    enum call_mode mode;
    enum facts_sensitivity sensitivity;
    const char *class;
    bool life_safety; /* its class or type may cost a life */
    int class_rank;   /* 1: the most urgent class */
    int priority;     /* 0 to 10; negative: the agency gave none, which passes any minimum */
    bool in_school_hours;
    int64_t age_s;
};

struct contact {
    int contact_id;
    int wave;
    bool sealed;        /* named for sealed calls */
    unsigned channels;  /* those he can be reached by */
    unsigned opted_out; /* those by which he wants nothing more: none of channels */
};

/* What the matching rules come to together. */
struct verdict {
    bool matched;
    int rule_id; /* the first that matched */
    unsigned channels;
    int escalate_s;
    int acks;
};

bool rule_matches(const struct rule *rule, const struct call *call);
/* rules of all districts, in the order of their ids. */
struct verdict rules_judge(const struct rule *rules, size_t count, const struct call *call);
/* How bad a call is: 0 for an ordinary one. A call that may cost a life is worse than one of a high
 * priority, and the rank of its class counts. A call that rises asks again (reconcile.h). */
int rules_severity(const struct rule *rules, size_t count, const struct call *call);
/* Whether a contact of the school may hear of a call of this sensitivity. */
bool contact_may_hear(const struct contact *contact, enum facts_sensitivity sensitivity);

void rule_free(struct rule *rule);

#endif
