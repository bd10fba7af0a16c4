#include "call_plan.h"

#include "channel.h"

#include <stdlib.h>
#include <string.h>

static int tell(const struct call_plan_input *in, const struct verdict *verdict, bool only_now,
                struct plan *plan)
{
    plan->told = calloc(in->contact_count * CHANNELS + 1, sizeof *plan->told);
    if (!plan->told)
        return ERR_NOMEM;
    plan->told_count = escalate_plan(in->contacts, in->contact_count, in->now.sensitivity, verdict,
                                     in->available, only_now, plan->told);
    return 0;
}

static int plan_open(const struct call_plan_input *in, struct content *content, struct plan *plan)
{
    struct verdict verdict = rules_judge(in->rules, in->rule_count, &in->call);

    if (!verdict.matched || !facts_stand(&in->now))
        return 0;
    plan->rule_id = verdict.rule_id;
    plan->replay = in->call.mode == CALL_REPLAY;
    content->first = in->now;
    content->late_s = in->call.mode == CALL_LIVE ? in->call.age_s : 0;
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
static int widen(const struct call_plan_input *in, unsigned changed, struct plan *plan)
{
    if (!(changed & CHANGED_TYPE) || in->now.status != FACTS_OPEN)
        return 0;
    struct verdict verdict = rules_judge(in->rules, in->rule_count, &in->call);
    return verdict.matched ? tell(in, &verdict, in->alert.acknowledged, plan) : 0;
}

static int plan_update(const struct call_plan_input *in, struct content *content, struct plan *plan)
{
    const struct facts *was = &in->alert.said.now;
    unsigned changed = facts_changed(was, &in->now);
    struct notice notice = {.content = {.now = in->now, .was = *was, .has_was = true}};

    plan->act = PLAN_UPDATE;
    plan->state = in->now.status != FACTS_OPEN ? "closed"
                  : in->alert.acknowledged     ? "acknowledged"
                                               : "open";
    plan->sealed = in->now.sensitivity == FACTS_SEALED;
    content->was = *was;
    content->has_was = true;
    content->first = in->alert.said.first;
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
    plan->withdraw_why = facts_stand(&in->now) ? REASON_CLOSED : REASON_WITHDRAWN;
    return widen(in, changed, plan);
}

/* The texts of the plan. */
static int write_down(const struct content *content, struct plan *plan)
{
    struct content text = *content;

    plan->content = content_encode(&text);
    text.has_was = false;
    plan->said = content_encode(&text);
    text.first = text.now; /* of the threads of those who hear of it first now */
    plan->opening = content_encode(&text);
    return plan->content && plan->said && plan->opening ? 0 : ERR_NOMEM;
}

int call_plan_make(const struct call_plan_input *in, struct plan *plan)
{
    struct content content = {
        .now = in->now,
        .opened = in->alert.exists ? in->alert.said.opened : in->opened,
    };
    int rc = 0;

    memset(plan, 0, sizeof *plan);
    if (in->call.mode == CALL_BACKFILL)
        return 0;
    /* A replay never reaches people who were told of the real call. */
    if (in->alert.exists && in->call.mode == CALL_REPLAY && !in->alert.replay)
        return 0;
    rc = in->alert.exists ? plan_update(in, &content, plan) : plan_open(in, &content, plan);
    if (rc == 0 && (plan->act == PLAN_OPEN || plan->act == PLAN_UPDATE))
        rc = write_down(&content, plan);
    return rc;
}
