#include "rules.h"

#include <stdlib.h>
#include <string.h>

static bool at_school(const struct rule *rule, const struct call *call)
{
    for (size_t i = 0; i < rule->school_count; i++)
        if (rule->schools[i] == call->school_id)
            return true;
    return rule->schools == NULL;
}

static bool of_class(const struct rule *rule, const struct call *call)
{
    for (size_t i = 0; i < rule->class_count; i++)
        if (strcmp(rule->classes[i], call->class) == 0)
            return true;
    return rule->classes == NULL;
}

static bool in_hours(const struct rule *rule, const struct call *call)
{
    return rule->hours == RULE_ANY_TIME ||
           (rule->hours == RULE_SCHOOL_HOURS) == call->in_school_hours;
}

bool rule_matches(const struct rule *rule, const struct call *call)
{
    if (call->mode == CALL_BACKFILL || rule->district_id != call->district_id)
        return false;
    if (rule->sealed != (call->sensitivity == FACTS_SEALED))
        return false;
    if (call->mode == CALL_LIVE && call->age_s > rule->max_age_s)
        return false;
    if (call->priority >= 0 && call->priority < rule->min_priority)
        return false;
    return at_school(rule, call) && of_class(rule, call) && in_hours(rule, call);
}

struct verdict rules_judge(const struct rule *rules, size_t count, const struct call *call)
{
    struct verdict verdict = {.matched = false, .acks = 1};

    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &rules[i];

        if (!rule_matches(rule, call))
            continue;
        if (!verdict.matched) {
            verdict.rule_id = rule->rule_id;
            verdict.escalate_s = rule->escalate_s;
        }
        if (rule->acks > verdict.acks)
            verdict.acks = rule->acks;
        verdict.matched = true;
        verdict.channels |= rule->channels;
        if (rule->escalate_s < verdict.escalate_s)
            verdict.escalate_s = rule->escalate_s;
    }
    return verdict;
}

enum { AGAIN_PRIORITY = 9, LIFE = 200, HIGH_PRIORITY = 50 };

int rules_severity(const struct rule *rules, size_t count, const struct call *call)
{
    int line = 0;

    for (size_t i = 0; i < count; i++)
        if (rule_matches(&rules[i], call) && (line == 0 || rules[i].again_priority < line))
            line = rules[i].again_priority;
    if (line == 0)
        line = AGAIN_PRIORITY;
    if (call->life_safety)
        return LIFE - call->class_rank;
    return call->priority >= line ? HIGH_PRIORITY : 0;
}

bool contact_may_hear(const struct contact *contact, enum facts_sensitivity sensitivity)
{
    return sensitivity != FACTS_SEALED || contact->sealed;
}

void rule_free(struct rule *rule)
{
    free(rule->schools);
    free(rule->classes);
    rule->schools = NULL;
    rule->classes = NULL;
}
