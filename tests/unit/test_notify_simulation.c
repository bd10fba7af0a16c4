/*
 * Reconciliation at random: facts, contacts, rules, acknowledgements and the ends of messages
 * change; people take alerts, give them back and hand them over. At rest everybody who is due knows
 * what is true, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile_plain.h"

enum { PEOPLE = 4, BOTH_WAYS = 2, PAIRS = PEOPLE * BOTH_WAYS };

/* One contact and one channel: what the database would know. */
struct pair {
    struct telling telling;
    int failed_round;
    bool waits;
    struct wish waiting;
};

struct world {
    uint32_t random;
    struct reconcile_input in;
    struct contact people[PEOPLE];
    struct contact present[PEOPLE];
    struct rule rule;
    struct pair pair[PAIRS];
    struct telling tellings[PAIRS];
    long messages;
    unsigned has; /* who has the alert: a bit for each person */
    struct hand_over handed[PEOPLE];
    int giver[PEOPLE];  /* of each of them */
    int64_t hand_overs; /* so far */
};

static uint32_t roll(struct world *w, uint32_t sides)
{
    w->random = w->random * 1664525u + 1013904223u;
    return (w->random >> 8) % sides;
}

static void world_init(struct world *w, uint32_t seed)
{
    memset(w, 0, sizeof *w);
    w->random = seed;
    w->rule = any_rule;
    w->in = plain_input(w->present, PEOPLE);
    w->in.rules = &w->rule;
    for (int i = 0; i < PEOPLE; i++)
        w->people[i] = (struct contact){.contact_id = i + 1,
                                        .person_id = i + 1,
                                        .step = i == 0 ? 1 : i,
                                        .channels = BOTH,
                                        .sealed = i == 2};
    w->people[1].quiet = (struct quiet){
        .count = 2, .windows = {{1500 * S, 2500 * S}, {4000 * S, 5500 * S}}, .priority = 7};
    w->rule.quiet = (struct quiet){.count = 1, .windows = {{2400 * S, 3000 * S}}, .priority = 6};
    memcpy(w->present, w->people, sizeof w->present);
    for (int i = 0; i < PAIRS; i++)
        w->pair[i].telling =
            (struct telling){.contact_id = i / BOTH_WAYS + 1, .channel = channels[i % BOTH_WAYS]};
}

static struct pair *pair_of(struct world *w, const struct wish *wish)
{
    for (int i = 0; i < PAIRS; i++)
        if (w->pair[i].telling.contact_id == wish->contact_id &&
            w->pair[i].telling.channel == wish->channel)
            return &w->pair[i];
    return NULL;
}

/* What notify.held says. */
static void write_holders(struct world *w)
{
    struct facts *now = &w->in.now;

    now->holders[0] = '\0';
    now->held = w->has != 0 && w->in.alert.acknowledged;
    if (w->has)
        snprintf(now->holders, sizeof now->holders, "%x%d", w->has, now->held);
}

/* As notify.put_deliveries does it. */
static void carry_out(struct world *w, const struct plan *plan)
{
    if (plan->act == PLAN_NOTHING || plan->act == PLAN_NOBODY)
        return;
    if (plan->act == PLAN_OPEN)
        w->in.alert = (struct known_alert){
            .exists = true, .round = 1, .asked_us = w->in.now_us, .handed = w->handed};
    if (plan->new_round) {
        w->in.alert.round++;
        w->in.alert.asked_us = w->in.now_us;
        w->in.alert.acknowledged = false;
        w->in.alert.acted_by = 0;
        w->in.alert.handed_count = 0;
        w->has = 0;
        write_holders(w);
    }
    w->in.alert.severity = plan->severity;
    w->in.alert.closed = plan->act == PLAN_UPDATE && strcmp(plan->state, "closed") == 0;
    for (int i = 0; i < PAIRS; i++)
        if (!wish_of(plan, w->pair[i].telling.contact_id, w->pair[i].telling.channel))
            w->pair[i].waits = false;
    for (size_t i = 0; i < plan->wish_count; i++) {
        struct pair *pair = pair_of(w, &plan->wishes[i]);
        bool earlier = pair->waits && pair->waiting.due_us < plan->wishes[i].due_us &&
                       pair->waiting.repeat_of == plan->wishes[i].repeat_of;
        earlier = earlier && !plan->wishes[i].held;
        int64_t due_us = earlier ? pair->waiting.due_us : plan->wishes[i].due_us;

        pair->waits = true;
        pair->waiting = plan->wishes[i];
        pair->waiting.due_us = due_us;
    }
}

static size_t look(struct world *w)
{
    struct plan plan;

    for (int i = 0; i < PAIRS; i++) {
        w->tellings[i] = w->pair[i].telling;
        w->tellings[i].waiting = w->pair[i].waits;
        w->tellings[i].failed = w->pair[i].failed_round == w->in.alert.round;
    }
    w->in.tellings = w->tellings;
    w->in.telling_count = PAIRS;
    w->in.now.severity =
        rules_severity(w->in.rules, w->in.rule_count, &w->in.call, w->in.alert.severity);
    assert_int_equal(reconcile(&w->in, &plan), 0);
    for (size_t i = 0; i < plan.wish_count; i++) /* one message at most waits */
        assert_ptr_equal(wish_of(&plan, plan.wishes[i].contact_id, plan.wishes[i].channel),
                         &plan.wishes[i]);
    carry_out(w, &plan);
    size_t wishes = plan.wish_count;
    plan_free(&plan);
    return wishes;
}

static bool may_hear(const struct world *w, int contact_id)
{
    for (size_t i = 0; i < w->in.contact_count; i++)
        if (w->present[i].contact_id == contact_id)
            return contact_may_hear(&w->present[i], w->in.now.sensitivity);
    return false;
}

static bool is_own(const struct world *w, int contact_id)
{
    return w->in.alert.acted_by == contact_id;
}

static int64_t handed_to(const struct world *w, int contact_id)
{
    for (size_t i = 0; i < w->in.alert.handed_count && w->in.now.status == FACTS_OPEN; i++)
        if (w->handed[i].contact_id == contact_id)
            return w->handed[i].number;
    return 0;
}

/* What the message says when it is sent: what is true then. */
static struct facts composed(const struct world *w, const struct pair *pair)
{
    struct facts withdrawn = {.status = FACTS_WITHDRAWN};

    return may_hear(w, pair->telling.contact_id)
               ? facts_for(&w->in.now, &pair->telling.said, is_own(w, pair->telling.contact_id),
                           handed_to(w, pair->telling.contact_id))
               : withdrawn;
}

/* The contact's own quiet hours, and neither the call nor what he was told breaks through. */
static bool is_quiet(const struct world *w, const struct pair *pair)
{
    for (size_t i = 0; i < w->in.contact_count; i++)
        if (w->present[i].contact_id == pair->telling.contact_id)
            return !call_breaks(&w->in.call, &w->present[i].quiet) &&
                   !(pair->telling.told && pair->telling.said.severity > 0) &&
                   quiet_until(&w->present[i].quiet, w->in.now_us) > w->in.now_us;
    return false;
}

static void deliver(struct world *w, struct pair *pair, uint32_t end)
{
    static int64_t last_id;
    bool repeats = pair->waiting.repeat_of != 0;

    pair->waits = false;
    if (end == 2) { /* failed for good */
        pair->failed_round = w->in.alert.round;
        pair->telling.tried = composed(w, pair);
        return;
    }
    w->messages++;
    pair->telling.told = true;
    pair->telling.said = composed(w, pair);
    pair->telling.round = w->in.alert.round;
    pair->telling.unknown = end == 1;
    pair->telling.repeated = repeats;
    pair->telling.delivery_id = ++last_id;
    pair->telling.ended_us = w->in.now_us;
    pair->failed_round = 0;
}

/* notify.alert.look_at: quiet hours begin while something waits. */
static void look_when_quiet(struct world *w)
{
    bool begins = false;

    for (int i = 0; i < PAIRS; i++)
        begins |= w->pair[i].waits && w->pair[i].waiting.quiet_us &&
                  w->pair[i].waiting.quiet_us <= w->in.now_us;
    if (begins)
        look(w);
}

static void deliver_due(struct world *w, bool all_well)
{
    look_when_quiet(w);
    for (int i = 0; i < PAIRS; i++) {
        uint32_t end = all_well ? 0 : roll(w, 8);

        if (!w->pair[i].waits || w->pair[i].waiting.due_us > w->in.now_us)
            continue;
        assert_false(is_quiet(w, &w->pair[i]));
        deliver(w, &w->pair[i], end > 2 ? 0 : end);
    }
}

static void change_facts(struct world *w)
{
    static const char *const classes[] = {"violence", "weapon", "alarm"};
    struct facts *now = &w->in.now;
    uint32_t class = roll(w, 3);

    now->status = (enum facts_status)(roll(w, 3) ? FACTS_OPEN : roll(w, FACTS_WITHDRAWN));
    now->sensitivity = roll(w, 4) ? FACTS_SAY_ALL : (enum facts_sensitivity)roll(w, 3);
    snprintf(now->class, sizeof now->class, "%s", classes[class]);
    w->in.call.class = classes[class];
    w->in.call.life_safety = class == 1;
    w->in.call.class_rank = (int)class + 1;
    w->in.call.priority = (int)roll(w, 11);
    w->in.call.sensitivity = now->sensitivity;
}

static void change_contacts(struct world *w)
{
    w->in.contact_count = 0;
    for (int i = 0; i < PEOPLE; i++)
        if (roll(w, 4))
            w->present[w->in.contact_count++] = w->people[i];
}

/* Another agency has a call about it too, or has one no more. */
static void change_agencies(struct world *w)
{
    static const char *const lists[] = {"", "3", "17", "3,17"};
    struct facts *now = &w->in.now;

    now->folded = (int)roll(w, 4);
    strcpy(now->folded_by, lists[now->folded]);
    now->folded = now->folded == 3 ? 2 : now->folded > 0;
}

/* What was handed over by the one, or to the other, waits for no answer any more. */
static void end_hand_overs(struct world *w, int giver, int to)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->in.alert.handed_count; i++) {
        if (w->giver[i] == giver || w->handed[i].contact_id == to)
            continue;
        w->giver[kept] = w->giver[i];
        w->handed[kept++] = w->handed[i];
    }
    w->in.alert.handed_count = kept;
}

/* Somebody takes the alert, or gives it back, or hands it to somebody who does not have it. */
static void act(struct world *w)
{
    int person = (int)roll(w, PEOPLE) + 1;
    unsigned bit = 1u << person;

    if (!w->in.alert.exists)
        return;
    w->in.alert.acted_by = person;
    end_hand_overs(w, person, person);
    if (!(w->has & bit)) {
        w->has |= bit;
        w->in.alert.acknowledged = true;
    } else {
        w->has &= ~bit;
        w->in.alert.acknowledged &= w->has != 0;
        int to = person % PEOPLE + 1;
        if (roll(w, 2) && !(w->has & 1u << to)) {
            end_hand_overs(w, 0, to); /* of several to one person the last counts */
            w->giver[w->in.alert.handed_count] = person;
            w->handed[w->in.alert.handed_count++] = (struct hand_over){to, ++w->hand_overs};
        }
    }
    write_holders(w);
}

static void happens(struct world *w)
{
    switch (roll(w, 10)) {
    case 0:
    case 1:
        change_facts(w);
        break;
    case 2:
        change_contacts(w);
        break;
    case 3:
        w->in.alert.acknowledged = w->in.alert.exists;
        write_holders(w);
        break;
    case 4:
        w->rule.min_priority = (int)roll(w, 11);
        break;
    case 5:
        w->rule.sealed = !w->rule.sealed;
        break;
    case 6:
        act(w);
        break;
    case 7:
        change_agencies(w);
        break;
    default:
        w->in.now_us += (1 + roll(w, 400)) * S;
        deliver_due(w, false);
    }
}

/* Of a call that is not open to all, no message names the class. */
static void check_words(const struct facts *said, const struct facts *now)
{
    if (said->sensitivity == FACTS_SAY_ALL || now->sensitivity == FACTS_SAY_ALL) {
        assert_int_equal(said->sensitivity == FACTS_SAY_ALL, now->sensitivity == FACTS_SAY_ALL);
        assert_string_equal(said->class, now->class);
    }
}

/* Who has it is known to all who were told, but by a text only whether somebody does. Who did it
 * last knows. To whom it is handed has been told so. */
static void check_holders(const struct world *w, const struct pair *pair)
{
    const struct facts *said = &pair->telling.said, *now = &w->in.now;
    int contact_id = pair->telling.contact_id;

    if (now->status != FACTS_OPEN)
        return;
    if (handed_to(w, contact_id))
        assert_int_equal(said->handed, handed_to(w, contact_id));
    if (is_own(w, contact_id))
        return;
    assert_int_equal(said->held, now->held);
    if (!pair->telling.channel->brief)
        assert_string_equal(said->holders, now->holders);
}

/* All that was known to be false by then was taken back, and whoever is asked knows what is true.
 */
static void check_rest(const struct world *w)
{
    bool matched = rules_judge(w->in.rules, w->in.rule_count, &w->in.call).matched;
    bool asked = w->in.alert.exists && w->in.now.status == FACTS_OPEN && matched &&
                 !w->in.alert.acknowledged;

    for (int i = 0; i < PAIRS; i++) {
        const struct pair *pair = &w->pair[i];
        bool may = may_hear(w, pair->telling.contact_id);
        const struct facts *said = &pair->telling.said;

        assert_false(pair->waits);
        if (asked && may && pair->failed_round != w->in.alert.round) {
            assert_true(pair->telling.told);
            assert_int_equal(said->status, FACTS_OPEN);
            check_words(said, &w->in.now);
            assert_int_equal(pair->telling.round, w->in.alert.round);
        }
        if (!pair->telling.told || said->status == FACTS_WITHDRAWN)
            continue;
        if (pair->failed_round == w->in.alert.round)
            continue; /* it was tried, and is not tried again */
        if (pair->telling.channel->brief && w->in.now.status == FACTS_CLOSED)
            continue; /* a text never says that a call is over */
        if (!may)     /* but who left after the end of the call keeps the end */
            assert_true(said->status != FACTS_OPEN);
        else if (!facts_stand(&w->in.now))
            assert_false(facts_stand(said));
        else {
            check_words(said, &w->in.now);
            check_holders(w, pair);
            if (w->in.now.status == FACTS_OPEN)
                assert_string_equal(said->folded_by, w->in.now.folded_by);
        }
    }
}

static void test_at_rest_everybody_due_knows_what_is_true_once(void **state)
{
    long messages = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 5000; seed++) {
        struct world w;

        world_init(&w, seed * 2654435761u);
        for (int step = 0; step < 30; step++) {
            happens(&w);
            look(&w);
        }
        for (int round = 0; round < 12; round++) { /* all goes well from now on */
            look(&w);
            w.in.now_us += 3600 * S;
            deliver_due(&w, true);
        }
        long before = w.messages;
        for (int again = 0; again < 3; again++)
            assert_int_equal(look(&w), 0);
        deliver_due(&w, true);
        assert_int_equal(w.messages, before);
        check_rest(&w);
        messages += w.messages;
    }
    assert_true(messages > 25000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_rest_everybody_due_knows_what_is_true_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
