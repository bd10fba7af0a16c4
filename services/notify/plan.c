#include "plan.h"

#include <stdlib.h>
#include <string.h>

static int tell(const struct plan_input *in, const struct verdict *verdict, bool only_now,
                struct plan *plan)
{
    plan->told = calloc(in->contact_count * CHANNELS + 1, sizeof *plan->told);
    if (!plan->told)
        return ERR_NOMEM;
    plan->told_count = escalate_plan(in->contacts, in->contact_count, in->now.sensitivity, verdict,
                                     in->available, only_now, plan->told);
    return 0;
}

static int plan_open(const struct plan_input *in, struct plan *plan)
{
    struct verdict verdict = rules_judge(in->rules, in->rule_count, &in->call);

    if (!verdict.matched || !facts_stand(&in->now))
        return 0;
    plan->rule_id = verdict.rule_id;
    plan->content.first = in->now;
    plan->content.late_s = in->call.mode == CALL_LIVE ? in->call.age_s : 0;
    /* What is over already does not ask the next person. */
    int rc = tell(in, &verdict, in->now.status == FACTS_CLOSED, plan);
    plan->act = plan->told_count ? PLAN_OPEN : PLAN_NOBODY;
    return rc;
}

static enum message_kind kind_of(const struct facts *was, const struct facts *now)
{
    if (!facts_stand(now))
        return MESSAGE_CORRECTION;
    return now->status == FACTS_CLOSED && was->status != FACTS_CLOSED ? MESSAGE_CLOSED
                                                                      : MESSAGE_UPDATE;
}

/* A call that turns out to be another kind of call may concern more people, or by more channels. */
static int widen(const struct plan_input *in, unsigned changed, struct plan *plan)
{
    if (!(changed & CHANGED_TYPE) || in->now.status != FACTS_OPEN)
        return 0;
    struct verdict verdict = rules_judge(in->rules, in->rule_count, &in->call);
    return verdict.matched ? tell(in, &verdict, in->alert.acknowledged, plan) : 0;
}

static int plan_update(const struct plan_input *in, struct plan *plan)
{
    const struct facts *was = &in->alert.said.now;
    unsigned changed = facts_changed(was, &in->now);
    struct notice notice = {.content = {.now = in->now, .was = *was, .has_was = true}};

    plan->act = PLAN_UPDATE;
    plan->content.was = *was;
    plan->content.has_was = true;
    plan->content.first = in->alert.said.first;
    plan->kind = kind_of(was, &in->now);
    notice.kind = plan->kind;
    if (facts_stand(was) || facts_stand(&in->now)) {
        for (size_t c = 0; c < CHANNELS; c++)
            if (message_has_news(&notice, channels[c]->brief != NULL))
                plan->channels |= channels[c]->bit & in->available;
    }
    if (!facts_stand(&in->now))
        plan->withdraw_from = 1;
    else if (in->now.status == FACTS_CLOSED)
        plan->withdraw_from = 2;
    return widen(in, changed, plan);
}

int plan_make(const struct plan_input *in, struct plan *plan)
{
    memset(plan, 0, sizeof *plan);
    plan->content.now = in->now;
    plan->content.opened = in->alert.exists ? in->alert.said.opened : in->opened;
    if (in->call.mode == CALL_BACKFILL)
        return 0;
    if (!in->alert.exists)
        return plan_open(in, plan);
    /* A replay never reaches people who were told of the real call. */
    if (in->call.mode == CALL_REPLAY && !in->alert.replay)
        return 0;
    return plan_update(in, plan);
}

void plan_free(struct plan *plan)
{
    free(plan->told);
    plan->told = NULL;
}
