/*
 * storm: whom a summary of held calls concerns. It is asked of the rules as if it were a call: by
 * each rule that one of its calls is told by, and as urgent as the most urgent of them. So it has
 * their channels, steps and quiet hours, and reconcile.h decides on it as on a call.
 * A digest is one too, of calls that no rule wants told alone.
 *
 * Pure functions.
 */
#ifndef NOTIFY_STORM_H
#define NOTIFY_STORM_H

#include "plan.h"
#include "rules.h"

struct storm_rules {
    /* Copies of those of the rules that count, without conditions. Their lists are borrowed from
     * nothing; free(rules) alone. NULL without memory. */
    struct rule *rules;
    size_t count;
};

/* Of a storm of these calls of one school. */
struct storm_rules storm_rules_of(const struct rule *rules, size_t rule_count,
                                  const struct call *calls, size_t call_count);
/* Nobody's quiet hours matter to a digest: a district says when it is told. */
void storm_wakes(struct storm_rules *rules, struct contact *contacts, size_t contact_count);
/* A digest is told once, after all that is more urgent: what it counts is right when it is sent. */
void storm_tell_once(struct plan *plan);
/* What rules are to look at, in place of the calls. */
struct call storm_call_of(int district_id, int school_id, bool sealed, const struct call *calls,
                          size_t call_count);

#endif
