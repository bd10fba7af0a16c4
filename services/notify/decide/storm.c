#include "storm.h"

#include <limits.h>
#include <stdlib.h>

/* Without conditions, so that it matches the summary. */
static struct rule unconditional(const struct rule *rule)
{
    return (struct rule){
        .district_id = rule->district_id,
        .rule_id = rule->rule_id,
        .within_m = -1,
        .hours = RULE_ANY_TIME,
        .channels = rule->channels,
        .sealed = rule->sealed,
        .escalate_s = rule->escalate_s,
        .max_age_s = INT_MAX,
        .again_priority = rule->again_priority,
        .acks = rule->acks,
        .material = rule->material,
        .quiet = rule->quiet,
    };
}

struct storm_rules storm_rules_of(const struct rule *rules, size_t rule_count,
                                  const struct call *calls, size_t call_count)
{
    struct storm_rules made = {.rules = calloc(rule_count + 1, sizeof *made.rules)};
    bool *matched = calloc(rule_count + 1, sizeof *matched);

    if (!made.rules || !matched) {
        free(made.rules);
        made.rules = NULL;
        goto out;
    }
    for (size_t i = 0; i < call_count; i++)
        rules_mark(rules, rule_count, &calls[i], matched);
    for (size_t i = 0; i < rule_count; i++)
        if (matched[i])
            made.rules[made.count++] = unconditional(&rules[i]);
out:
    free(matched);
    return made;
}

void storm_wakes(struct storm_rules *rules, struct contact *contacts, size_t contact_count)
{
    for (size_t i = 0; i < rules->count; i++)
        rules->rules[i].quiet.count = 0;
    for (size_t i = 0; i < contact_count; i++)
        contacts[i].quiet.count = 0;
}

void storm_tell_once(struct plan *plan)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->wish_count; i++) {
        struct wish *wish = &plan->wishes[i];

        if (wish->kind != MESSAGE_FIRST && wish->kind != MESSAGE_WITHDRAWN)
            continue;
        wish->lane = LANE_LATER;
        plan->wishes[kept++] = *wish;
    }
    plan->wish_count = kept;
}

struct call storm_call_of(int district_id, int school_id, bool sealed, const struct call *calls,
                          size_t call_count)
{
    struct call call = {
        .district_id = district_id,
        .school_id = school_id,
        .mode = CALL_LIVE,
        .sensitivity = sealed ? FACTS_SEALED : FACTS_SAY_ALL,
        .class = "",
        .type = "",
        .disposition = "",
        .relation = "at",
        .distance_m = -1,
        .weekday = 1,
        .priority = -1,
    };

    for (size_t i = 0; i < call_count; i++)
        if (calls[i].priority > call.priority)
            call.priority = calls[i].priority;
    return call;
}
