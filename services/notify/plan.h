/*
 * plan: what becomes of one incident at one school: a new alert, an update to those who know, more
 * people who must know, or nothing. Decides; does nothing: outbox.c carries it out.
 */
#ifndef NOTIFY_PLAN_H
#define NOTIFY_PLAN_H

#include "escalate.h"
#include "message.h"

/* The alert that is there already. */
struct known_alert {
    bool exists;
    bool replay;
    bool acknowledged;
    struct content said; /* what was last said, and what first */
};

struct plan_input {
    struct call call;
    struct facts now;
    int64_t opened; /* seconds since 1970 */
    struct known_alert alert;
    const struct rule *rules;
    size_t rule_count;
    const struct contact *contacts; /* of the school */
    size_t contact_count;
    unsigned available; /* channels of the lane that the call or the alert is in */
};

enum plan_act { PLAN_NOTHING, PLAN_NOBODY, PLAN_OPEN, PLAN_UPDATE };

struct plan {
    enum plan_act act; /* PLAN_NOBODY: a rule matched, but there is nobody to tell */
    int rule_id;
    struct content content;
    struct telling *told; /* first messages to make; plan_free */
    size_t told_count;
    /* Only for PLAN_UPDATE. */
    enum message_kind kind;
    unsigned channels; /* by which the update goes to those who got the first; 0: by none */
    int withdraw_from; /* waves from this one on are not told any more; 0: all go on */
};

/* 0 or ERR_NOMEM. */
int plan_make(const struct plan_input *in, struct plan *plan);
void plan_free(struct plan *plan);

#endif
