/*
 * rules: whom a call concerns. A district's rules say which calls alert (where, what, when), by
 * which channels, and how long the next step waits. They are looked at in the order of their ranks,
 * until one that matches stops. Several rules may match one call: then all their channels are used,
 * the shortest wait counts, and the largest number of people who must acknowledge, of which "each
 * who was told" is the largest. A message waits
 * while all rules that ask for it are quiet (quiet.h).
 *
 * Two things no rule can change: a backfill alerts nobody, and a sealed call reaches only contacts
 * whom the district named for sealed calls, and only by a rule made for them.
 *
 * Pure functions; local times are computed by PostgreSQL, in the district's zone.
 */
#ifndef NOTIFY_RULES_H
#define NOTIFY_RULES_H

#include "facts.h"
#include "quiet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In place of a number of people who must acknowledge: each who was told. */
enum { ACKS_EACH = 0 };

enum rule_hours { RULE_ANY_TIME, RULE_SCHOOL_HOURS, RULE_OUTSIDE_HOURS };

/* A list of a condition. NULL: it does not restrict; an empty one matches nothing. */
struct words {
    char (*word)[32];
    size_t count;
};
struct numbers {
    int *number;
    size_t count;
};

struct rule {
    int district_id;
    int rule_id;
    struct numbers schools;
    struct words classes, types, dispositions, relations;
    struct numbers weekdays; /* 1: Monday */
    int within_m;            /* negative: any distance */
    int min_priority;
    enum rule_hours hours;
    unsigned channels; /* a set of enum channel_bit (channel.h) */
    bool sealed;
    int escalate_s;
    int max_age_s;
    int again_priority; /* from this priority on a call asks everybody again */
    int acks;           /* people who must acknowledge, or ACKS_EACH */
    bool stops;         /* where it matches, those after it do not count */
    bool material;      /* no updates, but of what is materially worse */
    bool digest;        /* told in a digest, and not alone */
    struct quiet quiet;
};

enum call_mode { CALL_LIVE, CALL_REPLAY, CALL_BACKFILL };

/* What rules look at. */
struct call {
    int district_id;
    int school_id;
    enum call_mode mode;
    enum facts_sensitivity sensitivity;
    const char *class, *type, *disposition; /* codes, "" if not known */
    const char *relation;                   /* of its place to the school */
    int distance_m;                         /* negative: not known, which passes any limit */
    int weekday;                            /* 1: Monday, where the district is */
    bool life_safety;                       /* its class or type may cost a life */
    int class_rank;                         /* 1: the most urgent class */
    int priority; /* 0 to 10; negative: the agency gave none, which passes any minimum */
    bool in_school_hours;
    int64_t age_s;
};

struct contact {
    int contact_id;
    int person_id;      /* 0: not known */
    int step;           /* of the roster, 1 to 9; steps may be left out */
    bool sealed;        /* named for sealed calls */
    unsigned channels;  /* those he can be reached by */
    unsigned opted_out; /* those by which he wants nothing more: none of channels */
    struct quiet quiet;
};

/* What the matching rules come to together. */
struct verdict {
    bool matched;
    int rule_id; /* the first that matched */
    unsigned channels;
    int escalate_s;
    int acks;      /* as in a rule */
    bool material; /* all of them want no updates */
    bool digest;   /* all of them want it in a digest alone */
};

bool rule_matches(const struct rule *rule, const struct call *call);
/* rules of all districts, in the order in which they are looked at. */
struct verdict rules_judge(const struct rule *rules, size_t count, const struct call *call);
/* Sets matched[i] for each rule that counts for the call, and leaves the others. */
void rules_mark(const struct rule *rules, size_t count, const struct call *call, bool *matched);
/* How bad a call is: 0 for an ordinary one. A call that may cost a life is worse than one of a high
 * priority, and the rank of its class counts. A call that rises asks again (reconcile.h). While no
 * rule matches, none says which priority is high: the call is as bad as its alert had it (known),
 * but for what may cost a life now. */
int rules_severity(const struct rule *rules, size_t count, const struct call *call, int known);
/* Whether a call is told in quiet hours: it may cost a life, or its priority says so. */
bool call_breaks(const struct call *call, const struct quiet *quiet);
/* When a message by this channel may go that is due at at_us: as soon as one of the rules that ask
 * for it is not quiet. */
int64_t rules_quiet_until(const struct rule *rules, size_t count, const struct call *call,
                          unsigned channel, int64_t at_us);
/* Whether a contact of the school may hear of a call of this sensitivity. */
bool contact_may_hear(const struct contact *contact, enum facts_sensitivity sensitivity);

void rule_free(struct rule *rule);

#endif
