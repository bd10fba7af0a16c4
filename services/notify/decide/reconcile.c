#include "reconcile.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 9 };

/* What is computed on the way. */
struct reconciling {
    const struct reconcile_input *in;
    struct verdict verdict;
    bool asking;  /* the next step is told when its time comes */
    bool unheard; /* it is over, and nobody was told anything of it yet */
    bool lived;   /* an earlier step waits, is told or was */
    int64_t asked_us;
    int round;
    struct plan *plan;
};

static const struct telling *telling_of(const struct reconcile_input *in, int contact_id,
                                        const struct channel *channel)
{
    for (size_t i = 0; i < in->telling_count; i++)
        if (in->tellings[i].contact_id == contact_id && in->tellings[i].channel == channel)
            return &in->tellings[i];
    return NULL;
}

static const struct contact *contact_of(const struct reconcile_input *in, int contact_id)
{
    for (size_t i = 0; i < in->contact_count; i++)
        if (in->contacts[i].contact_id == contact_id)
            return &in->contacts[i];
    return NULL;
}

static bool was_told(const struct telling *telling)
{
    return telling && telling->told && telling->said.status != FACTS_WITHDRAWN;
}

static bool is_replay(const struct reconcile_input *in)
{
    return in->alert.exists ? in->alert.replay : in->call.mode == CALL_REPLAY;
}

/* The number of the hand-over to the contact, who has not answered yet; 0: none. */
static int64_t handed_to(const struct reconcile_input *in, int contact_id)
{
    for (size_t i = 0; i < in->alert.handed_count && in->now.status == FACTS_OPEN; i++)
        if (in->alert.handed[i].contact_id == contact_id)
            return in->alert.handed[i].number;
    return 0;
}

/* Quiet hours -----------------------------------------------------------------------------------*/

/* Those of a contact whom the call disturbs; NULL: none. */
static const struct quiet *quiet_of(const struct reconcile_input *in, const struct contact *contact)
{
    return contact && !call_breaks(&in->call, &contact->quiet) ? &contact->quiet : NULL;
}

/* When a message that is due at at_us is allowed: neither all rules that ask for it nor its contact
 * (NULL: no matter who) are quiet. Each may be quiet when the other ends. */
static int64_t quiet_end(const struct reconcile_input *in, const struct contact *contact,
                         const struct channel *channel, int64_t at_us)
{
    const struct quiet *own = quiet_of(in, contact);

    if (is_replay(in))
        return at_us;
    for (int i = 0; i < 2 * QUIET_WINDOWS; i++) {
        int64_t until =
            rules_quiet_until(in->rules, in->rule_count, &in->call, channel->bit, at_us);

        if (own)
            until = quiet_until(own, until);
        if (until == at_us)
            break;
        at_us = until;
    }
    return at_us;
}

/* The same, for one that may be due since long and waits still. */
static int64_t allowed_at(const struct reconcile_input *in, const struct contact *contact,
                          const struct channel *channel, int64_t due_us)
{
    int64_t at_us = quiet_end(in, contact, channel, due_us);

    return at_us < in->now_us ? quiet_end(in, contact, channel, in->now_us) : at_us;
}

/* When quiet hours begin in which a message may not go; 0: none do. */
static int64_t quiet_begins(const struct reconcile_input *in, const struct contact *contact,
                            const struct channel *channel, int64_t due_us)
{
    const struct quiet *own = quiet_of(in, contact);
    int64_t first = own ? quiet_next(own, due_us) : INT64_MAX;

    for (size_t i = 0; i < in->rule_count; i++) {
        int64_t next = quiet_next(&in->rules[i].quiet, due_us);

        if (next < first && rule_matches(&in->rules[i], &in->call))
            first = next;
    }
    return first == INT64_MAX || quiet_end(in, contact, channel, first) == first ? 0 : first;
}

/* Wishes ----------------------------------------------------------------------------------------*/

static enum lane lane_of(const struct reconciling *r, enum message_kind kind,
                         const struct facts *said)
{
    if (is_replay(r->in))
        return LANE_LAST;
    if (kind == MESSAGE_CLOSED)
        return LANE_LATER;
    if (r->in->now.severity > 0 || (said && said->severity > 0))
        return LANE_URGENT;
    return kind == MESSAGE_UPDATE ? LANE_LATER : LANE_FIRST;
}

/* Its due_us is when it would be due if nobody were ever quiet. */
static void wish(struct reconciling *r, const struct wish *wanted, const struct facts *said)
{
    const struct contact *contact = contact_of(r->in, wanted->contact_id);
    struct wish *made = &r->plan->wishes[r->plan->wish_count++];
    bool serious = said && said->severity > 0; /* who was woken for it hears the rest of it */

    *made = *wanted;
    made->lane = lane_of(r, wanted->kind, said);
    if (made->lane > LANE_FIRST && !is_replay(r->in) && handed_to(r->in, wanted->contact_id) != 0)
        made->lane = LANE_FIRST;
    if (made->step == 0)
        made->step = 1;
    if (made->due_us < r->in->now_us)
        made->due_us = r->in->now_us;
    if (serious || is_replay(r->in))
        return;
    int64_t due_us = made->due_us;
    made->due_us = allowed_at(r->in, contact, wanted->channel, wanted->due_us);
    made->held = made->due_us > due_us;
    made->quiet_us = quiet_begins(r->in, contact, wanted->channel, made->due_us);
}

/* Who was told ----------------------------------------------------------------------------------*/

/* What is true now, as it is told to somebody who was told said. */
static struct facts facts_to_tell(const struct reconciling *r, int contact_id,
                                  const struct facts *said)
{
    const struct reconcile_input *in = r->in;
    const struct contact *contact = contact_of(in, contact_id);
    bool own = in->alert.acted_by != 0 && contact && contact->person_id == in->alert.acted_by;
    struct facts now = in->now;

    if (!r->plan->new_round)
        return facts_for(&now, said, own, handed_to(in, contact_id));
    now.holders[0] = '\0'; /* whoever had it is asked again */
    now.held = false;
    return facts_for(&now, said, false, 0);
}

/* Who left the school after the end of a call is not told of it again. */
static bool must_withdraw(const struct reconcile_input *in, const struct telling *telling)
{
    const struct contact *contact = contact_of(in, telling->contact_id);

    if (contact)
        return !contact_may_hear(contact, in->now.sensitivity);
    return telling->said.status == FACTS_OPEN;
}

/* Whom it was handed to hears who has it after all. */
static bool was_handed(const struct facts *said, const struct facts *now)
{
    return said->handed != 0 && facts_changed(said, now) & (CHANGED_HOLDERS | CHANGED_HELD);
}

/* What was said is not true any more, or it was said in an earlier round and is asked again. */
static bool has_news(const struct reconciling *r, const struct telling *telling)
{
    struct facts now = facts_to_tell(r, telling->contact_id, &telling->said);
    struct notice notice = {.kind = message_kind_between(&telling->said, &now),
                            .content = {.now = now, .was = telling->said, .has_was = true},
                            .asks_again = r->asking && telling->round < r->round};

    if (!facts_stand(&telling->said) && !facts_stand(&now))
        return false; /* it was taken back already */
    if (r->verdict.material && notice.kind == MESSAGE_UPDATE && !notice.asks_again &&
        !(facts_changed(&telling->said, &now) & (CHANGED_HANDED | CHANGED_UNFOLDED)) &&
        !was_handed(&telling->said, &now))
        return false;
    return message_has_news(&notice, telling->channel->brief != NULL);
}

/* A new round tries again. */
static bool failed_now(const struct reconciling *r, const struct telling *telling)
{
    return telling->failed && !r->plan->new_round;
}

/* It failed for good, and there is nothing else to say. */
static bool failed_with(const struct reconciling *r, const struct telling *telling, bool withdrawn)
{
    if (!failed_now(r, telling))
        return false;
    if (telling->tried.status == FACTS_STATUSES) /* it is not known what it would have said */
        return true;
    struct facts now = facts_to_tell(r, telling->contact_id, &telling->tried);
    return withdrawn ? telling->tried.status == FACTS_WITHDRAWN
                     : facts_changed(&telling->tried, &now) == 0;
}

/* A message that may have been lost is repeated once; a text that asks only while somebody is still
 * asked. */
static void repeat(struct reconciling *r, const struct telling *telling, int step)
{
    bool recognized = telling->channel->repeatable;
    bool asks = facts_stand(&telling->said);

    if (telling->repeated || failed_now(r, telling) || (!recognized && asks && !r->asking))
        return;
    wish(
        r,
        &(struct wish){.contact_id = telling->contact_id,
                       .channel = telling->channel,
                       .step = step,
                       .kind = MESSAGE_FIRST,
                       .due_us = recognized ? r->in->now_us : telling->ended_us + r->in->unknown_us,
                       .repeat_of = telling->delivery_id},
        &telling->said);
}

/* Tells whoever was told something else what is true now. */
static void follow_up_one(struct reconciling *r, const struct telling *t)
{
    const struct reconcile_input *in = r->in;
    const struct contact *contact = contact_of(in, t->contact_id);
    bool withdrawn = must_withdraw(in, t);
    struct wish wanted = {.contact_id = t->contact_id,
                          .channel = t->channel,
                          .step = contact ? contact->step : 1,
                          .due_us = in->now_us};

    if (failed_with(r, t, withdrawn) || (!withdrawn && !contact))
        return;
    if (!withdrawn && !has_news(r, t)) {
        if (t->unknown)
            repeat(r, t, wanted.step);
        return;
    }
    wanted.kind = withdrawn ? MESSAGE_WITHDRAWN : message_kind_between(&t->said, &in->now);
    wish(r, &wanted, &t->said);
}

/* Whether the contact may see the call, and it is open. */
static bool stands_for(const struct reconcile_input *in, const struct contact *contact)
{
    return in->now.status == FACTS_OPEN && contact &&
           contact_may_hear(contact, in->now.sensitivity);
}

/* The contact wants nothing more by the channel. */
static bool wants_none(const struct reconcile_input *in, const struct telling *telling)
{
    const struct contact *contact = contact_of(in, telling->contact_id);

    return contact && contact->opted_out & telling->channel->bit;
}

static void follow_up(struct reconciling *r)
{
    const struct reconcile_input *in = r->in;

    for (size_t i = 0; i < in->telling_count; i++) {
        const struct telling *t = &in->tellings[i];
        const struct contact *contact = contact_of(in, t->contact_id);

        if (!t->told || !(t->channel->bit & in->available) || wants_none(in, t))
            continue;
        if (contact && !(contact->channels & t->channel->bit))
            continue; /* the address is gone */
        if (was_told(t))
            follow_up_one(r, t);
        else if (t->unknown && !stands_for(in, contact))
            repeat(r, t, contact ? contact->step : 1);
    }
}

/* Escalation ------------------------------------------------------------------------------------*/

/* Channels by which messages to the contact failed in this round. */
static unsigned failed_by(const struct reconciling *r, const struct contact *contact)
{
    unsigned failed = 0;

    for (size_t c = 0; c < CHANNELS; c++) {
        const struct telling *t = telling_of(r->in, contact->contact_id, channels[c]);

        if (t && failed_now(r, t))
            failed |= channels[c]->bit;
    }
    return failed;
}

/* By the channels of the rules; if all of them are lost to this contact, by any other. To whom it
 * is handed need not have any of them, but is a person: a webhook alone asks nobody. */
static unsigned reached_by(const struct reconciling *r, const struct contact *contact)
{
    bool handed = handed_to(r->in, contact->contact_id) != 0;
    unsigned may = contact->channels & r->in->available;
    unsigned by = may & r->verdict.channels;
    unsigned failed = failed_by(r, contact);
    unsigned lost = (by & failed) | (contact->opted_out & r->verdict.channels);

    if (!contact_may_hear(contact, r->in->now.sensitivity))
        return 0;
    if (handed)
        return by & ~failed & CHANNELS_OF_PEOPLE ? by : may;
    return lost && !(by & ~failed) ? may : by;
}

/* What a step comes to: whether somebody in it can be reached, and whether that is still so. */
struct step_state {
    bool reachable;
    bool lives;        /* a message of it waits, goes out or was said */
    bool waits;        /* a message of it waits for the end of its contact's quiet hours */
    int64_t begins_us; /* when it is told, as rules have it */
};

/* The first step is told even if the call is over when it is first heard of: it was at the school.
 * So it is as long as nobody was told; if nobody of it can be, the next one is. Else, after an
 * acknowledgement or the end of a call, only those are told for whom a message waits already, and
 * those who were told that an alert is withdrawn that stands again for them. */
static bool is_asked(const struct reconciling *r, const struct telling *telling, int step,
                     bool handed)
{
    if (r->asking || (telling && telling->told && r->in->now.status == FACTS_OPEN))
        return true;
    if (handed || (r->unheard && !r->lived))
        return true;
    return step == 1 && (!r->in->alert.exists || (telling && telling->waiting));
}

/* Whoever is quiet takes no time from the next step; a rule that is quiet holds all steps back. */
static void count_in(const struct reconciling *r, const struct contact *contact,
                     const struct channel *channel, bool told, int64_t due_us,
                     struct step_state *state)
{
    int64_t begins_us = quiet_end(r->in, NULL, channel, due_us);

    if (!told &&
        allowed_at(r->in, contact, channel, due_us) > allowed_at(r->in, NULL, channel, due_us)) {
        state->waits = true;
        return;
    }
    if (!state->lives || begins_us < state->begins_us)
        state->begins_us = begins_us;
    state->lives = true;
}

/* A withdrawal that may be lost is repeated. */
static bool is_repeated(const struct reconciling *r, const struct telling *telling)
{
    for (size_t i = 0; telling && i < r->plan->wish_count; i++)
        if (r->plan->wishes[i].contact_id == telling->contact_id &&
            r->plan->wishes[i].channel == telling->channel)
            return true;
    return false;
}

/* The same person, at the same address, was told by another row of the roster, or is asked by one
 * before this, and no later. */
static bool is_asked_elsewhere(const struct reconciling *r, const struct contact *contact,
                               const struct channel *channel, int64_t due_us)
{
    const struct reconcile_input *in = r->in;

    for (size_t i = 0; contact->person_id != 0 && i < in->contact_count; i++) {
        const struct contact *other = &in->contacts[i];

        if (other == contact || other->person_id != contact->person_id ||
            !contact_may_hear(other, in->now.sensitivity))
            continue;
        if (was_told(telling_of(in, other->contact_id, channel)))
            return true;
        if (other < contact && reached_by(r, other) & channel->bit &&
            allowed_at(in, other, channel, due_us) <= allowed_at(in, contact, channel, due_us))
            return true;
    }
    return false;
}

static void ask_contact(struct reconciling *r, const struct contact *contact, int step,
                        int64_t due_us, struct step_state *state)
{
    unsigned by = reached_by(r, contact);
    bool handed = handed_to(r->in, contact->contact_id) != 0;

    for (size_t c = 0; c < CHANNELS; c++) {
        const struct telling *t = telling_of(r->in, contact->contact_id, channels[c]);

        if (!(by & channels[c]->bit) ||
            (!handed && !was_told(t) && is_asked_elsewhere(r, contact, channels[c], due_us)))
            continue;
        state->reachable = true;
        if (t && failed_now(r, t))
            continue;
        count_in(r, contact, channels[c], was_told(t), due_us, state);
        if (!was_told(t) && !is_repeated(r, t) && is_asked(r, t, step, handed))
            wish(r,
                 &(struct wish){.contact_id = contact->contact_id,
                                .channel = channels[c],
                                .step = step,
                                .kind = MESSAGE_FIRST,
                                .due_us = handed ? r->in->now_us : due_us},
                 NULL);
    }
}

/* Those to whom it is handed are asked, also when no rule matches any more. */
static void ask_handed(struct reconciling *r)
{
    for (size_t i = 0; i < r->in->contact_count; i++) {
        const struct contact *contact = &r->in->contacts[i];
        struct step_state state = {.reachable = false};

        if (handed_to(r->in, contact->contact_id) != 0)
            ask_contact(r, contact, contact->step, r->in->now_us, &state);
    }
}

/* A hand-over that reached nobody ends the wait for the step that was next then. */
static int64_t due_after_lost(const struct reconciling *r, int64_t due_us, int *lost)
{
    if (*lost == 0 || r->plan->new_round || due_us <= r->in->alert.lost_us)
        return due_us;
    *lost -= 1;
    return r->in->alert.lost_us;
}

static void escalate(struct reconciling *r)
{
    const struct reconcile_input *in = r->in;
    int64_t due_us = r->asked_us;
    int lost = in->alert.lost;
    int step = 0; /* counts those in which somebody can be reached */

    for (int number = 1; number <= STEPS; number++) {
        struct step_state state = {.reachable = false};

        due_us = due_after_lost(r, due_us, &lost);
        for (size_t i = 0; i < in->contact_count; i++)
            if (in->contacts[i].step == number)
                ask_contact(r, &in->contacts[i], step + 1, due_us, &state);
        step += state.reachable;
        r->lived |= state.lives || state.waits;
        if (state.lives)
            due_us = state.begins_us + r->verdict.escalate_s * INT64_C(1000000);
        else if (state.reachable && !state.waits && due_us > in->now_us)
            due_us = in->now_us; /* all of it failed before its time */
    }
}

/* The whole -------------------------------------------------------------------------------------*/

static bool nobody_was_told(const struct reconcile_input *in)
{
    for (size_t i = 0; i < in->telling_count; i++)
        if (in->tellings[i].told)
            return false;
    return !in->alert.acknowledged && in->alert.acted_by == 0;
}

static void decide_round(struct reconciling *r)
{
    const struct reconcile_input *in = r->in;
    bool open = in->now.status == FACTS_OPEN;
    struct plan *plan = r->plan;

    plan->new_round =
        in->alert.exists && open &&
        (in->alert.closed || (r->verdict.matched && in->now.severity > in->alert.severity));
    r->round = in->alert.round + plan->new_round;
    r->asked_us = in->alert.exists && !plan->new_round ? in->alert.asked_us : in->now_us;
    r->asking = open && r->verdict.matched &&
                !(in->alert.exists && in->alert.acknowledged && !plan->new_round);
    r->unheard = in->alert.exists && !open && nobody_was_told(in);
    plan->state = !open                                                            ? "closed"
                  : in->alert.exists && in->alert.acknowledged && !plan->new_round ? "acknowledged"
                                                                                   : "open";
    plan->why = !facts_stand(&in->now)                       ? REASON_WITHDRAWN
                : in->now.status == FACTS_CLOSED             ? REASON_CLOSED
                : in->alert.exists && in->alert.acknowledged ? REASON_ACKNOWLEDGED
                                                             : REASON_NO_RULE;
}

/* Of a replay there is no digest. */
static bool waits_for_digest(const struct reconciling *r)
{
    return !r->in->alert.exists && r->verdict.digest && r->in->now.severity == 0 &&
           !is_replay(r->in);
}

int reconcile(const struct reconcile_input *in, struct plan *plan)
{
    struct reconciling r = {.in = in, .plan = plan};

    memset(plan, 0, sizeof *plan);
    if (in->call.mode == CALL_BACKFILL)
        return 0;
    /* A replay never reaches people who were told of the real call. */
    if (in->alert.exists && in->call.mode == CALL_REPLAY && !in->alert.replay)
        return 0;
    r.verdict = rules_judge(in->rules, in->rule_count, &in->call);
    if (!in->alert.exists && (!r.verdict.matched || !facts_stand(&in->now)))
        return 0;
    plan->wishes =
        calloc(in->contact_count * CHANNELS + in->telling_count + 1, sizeof *plan->wishes);
    if (!plan->wishes)
        return ERR_NOMEM;
    plan->rule_id = r.verdict.rule_id;
    plan->replay = in->call.mode == CALL_REPLAY;
    plan->severity = r.verdict.matched ? in->now.severity : in->alert.severity;
    plan->acks = r.verdict.acks;
    decide_round(&r);
    follow_up(&r);
    if (r.verdict.matched && facts_stand(&in->now))
        escalate(&r);
    else
        ask_handed(&r);
    plan->digest = waits_for_digest(&r);
    plan->act = in->alert.exists                       ? PLAN_UPDATE
                : plan->wish_count > 0 || plan->digest ? PLAN_OPEN
                                                       : PLAN_NOBODY;
    return 0;
}
