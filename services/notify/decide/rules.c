#include "rules.h"

#include <stdlib.h>
#include <string.h>

static bool holds_number(const struct numbers *list, int number)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->number[i] == number)
            return true;
    return list->number == NULL;
}

static bool holds_word(const struct words *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->word[i], word) == 0)
            return true;
    return list->word == NULL;
}

static bool is_where(const struct rule *rule, const struct call *call)
{
    if (rule->within_m >= 0 && call->distance_m > rule->within_m)
        return false;
    return holds_number(&rule->schools, call->school_id) &&
           holds_word(&rule->relations, call->relation);
}

static bool is_what(const struct rule *rule, const struct call *call)
{
    if (call->priority >= 0 && call->priority < rule->min_priority)
        return false;
    return holds_word(&rule->classes, call->class) && holds_word(&rule->types, call->type) &&
           holds_word(&rule->dispositions, call->disposition);
}

static bool is_when(const struct rule *rule, const struct call *call)
{
    if (call->mode == CALL_LIVE && call->age_s > rule->max_age_s)
        return false;
    if (rule->hours != RULE_ANY_TIME && (rule->hours == RULE_SCHOOL_HOURS) != call->in_school_hours)
        return false;
    return holds_number(&rule->weekdays, call->weekday);
}

bool rule_matches(const struct rule *rule, const struct call *call)
{
    if (call->mode == CALL_BACKFILL || rule->district_id != call->district_id)
        return false;
    if (rule->sealed != (call->sensitivity == FACTS_SEALED))
        return false;
    return is_where(rule, call) && is_what(rule, call) && is_when(rule, call);
}

/* The next rule from *at on that matches; NULL: none does. *at is then where to go on. */
static const struct rule *next_match(const struct rule *rules, size_t count,
                                     const struct call *call, size_t *at)
{
    while (*at < count) {
        const struct rule *rule = &rules[(*at)++];

        if (!rule_matches(rule, call))
            continue;
        if (rule->stops)
            *at = count;
        return rule;
    }
    return NULL;
}

static int more_acks(int a, int b)
{
    if (a == ACKS_EACH || b == ACKS_EACH)
        return ACKS_EACH;
    return a > b ? a : b;
}

struct verdict rules_judge(const struct rule *rules, size_t count, const struct call *call)
{
    struct verdict verdict = {.matched = false, .acks = 1};
    const struct rule *rule;

    for (size_t i = 0; (rule = next_match(rules, count, call, &i));) {
        if (!verdict.matched) {
            verdict.rule_id = rule->rule_id;
            verdict.escalate_s = rule->escalate_s;
            verdict.material = verdict.digest = true;
        }
        verdict.digest = verdict.digest && rule->digest;
        verdict.material = verdict.material && rule->material;
        verdict.acks = more_acks(verdict.acks, rule->acks);
        verdict.matched = true;
        verdict.channels |= rule->channels;
        if (rule->escalate_s < verdict.escalate_s)
            verdict.escalate_s = rule->escalate_s;
    }
    return verdict;
}

void rules_mark(const struct rule *rules, size_t count, const struct call *call, bool *matched)
{
    const struct rule *rule;

    for (size_t i = 0; (rule = next_match(rules, count, call, &i));)
        matched[rule - rules] = true;
}

enum { LIFE = 200, HIGH_PRIORITY = 50 };

int rules_severity(const struct rule *rules, size_t count, const struct call *call, int known)
{
    const struct rule *rule;
    int line = 0;

    for (size_t i = 0; (rule = next_match(rules, count, call, &i));)
        if (line == 0 || rule->again_priority < line)
            line = rule->again_priority;
    if (call->life_safety)
        return LIFE - call->class_rank;
    if (line == 0)
        return known > HIGH_PRIORITY ? HIGH_PRIORITY : known;
    return call->priority >= line ? HIGH_PRIORITY : 0;
}

bool call_breaks(const struct call *call, const struct quiet *quiet)
{
    return call->life_safety || call->priority >= quiet->priority;
}

int64_t rules_quiet_until(const struct rule *rules, size_t count, const struct call *call,
                          unsigned channel, int64_t at_us)
{
    const struct rule *rule;
    int64_t soonest = INT64_MAX;

    for (size_t i = 0; (rule = next_match(rules, count, call, &i));) {
        int64_t until = call_breaks(call, &rule->quiet) ? at_us : quiet_until(&rule->quiet, at_us);

        if ((rule->channels & channel) && until < soonest)
            soonest = until;
    }
    return soonest == INT64_MAX ? at_us : soonest;
}

bool contact_may_hear(const struct contact *contact, enum facts_sensitivity sensitivity)
{
    return sensitivity != FACTS_SEALED || contact->sealed;
}

void rule_free(struct rule *rule)
{
    free(rule->schools.number);
    free(rule->weekdays.number);
    free(rule->classes.word);
    free(rule->types.word);
    free(rule->dispositions.word);
    free(rule->relations.word);
    memset(rule, 0, sizeof *rule);
}
