/*
 * call_plan: what becomes of one call at one school: a new alert, an update to those who know, more
 * people who must know, or nothing. Decides; does nothing.
 */
#ifndef NOTIFY_CALL_PLAN_H
#define NOTIFY_CALL_PLAN_H

#include "plan.h"

/* The alert that is there already. */
struct known_alert {
    bool exists;
    bool replay;
    bool acknowledged;
    struct content said; /* what was last said, and what first */
};

struct call_plan_input {
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

/* The plan is the caller's to free, whatever is returned. 0 or ERR_NOMEM. */
int call_plan_make(const struct call_plan_input *in, struct plan *plan);

#endif
