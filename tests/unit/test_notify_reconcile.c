/*
 * Reconciliation: single decisions, and a simulation in which facts, contacts, rules,
 * acknowledgements and the ends of messages change at random. At rest everybody who is due knows
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

#include "services/notify/decide/reconcile.h"

enum { BOTH = CHANNEL_EMAIL | CHANNEL_SMS };

#define S INT64_C(1000000)

static const struct rule any_rule = {.district_id = 1,
                                     .rule_id = 7,
                                     .channels = BOTH,
                                     .escalate_s = 300,
                                     .max_age_s = 86400,
                                     .again_priority = 9,
                                     .acks = 1};
static const struct call plain_call = {.district_id = 1,
                                       .school_id = 5,
                                       .mode = CALL_LIVE,
                                       .class = "violence",
                                       .class_rank = 3,
                                       .priority = 5};

static struct reconcile_input plain_input(const struct contact *contacts, size_t count)
{
    return (struct reconcile_input){
        .call = plain_call,
        .now = {.class = "violence", .relation = "at", .place = "p"},
        .alert = {.round = 1},
        .rules = &any_rule,
        .rule_count = 1,
        .contacts = contacts,
        .contact_count = count,
        .available = BOTH,
        .now_us = 1000 * S,
        .unknown_us = 120 * S,
    };
}

static const struct wish *wish_of(const struct plan *plan, int contact,
                                  const struct channel *channel)
{
    for (size_t i = 0; i < plan->wish_count; i++)
        if (plan->wishes[i].contact_id == contact && plan->wishes[i].channel == channel)
            return &plan->wishes[i];
    return NULL;
}

static void test_steps_are_due_one_after_the_other_and_empty_ones_take_no_time(void **state)
{
    const struct contact people[] = {
        {.contact_id = 1, .wave = 2, .channels = 0}, /* cannot be reached */
        {.contact_id = 2, .wave = 3, .channels = BOTH},
        {.contact_id = 3, .wave = 7, .channels = CHANNEL_EMAIL},
    };
    struct reconcile_input in = plain_input(people, 3);
    struct plan plan;

    (void)state;
    assert_int_equal(reconcile(&in, &plan), 0);
    assert_int_equal(plan.act, PLAN_OPEN);
    assert_int_equal(plan.wish_count, 3);
    const struct wish *first = wish_of(&plan, 2, &sms_channel);
    const struct wish *next = wish_of(&plan, 3, &email_channel);
    assert_int_equal(first->step, 1);
    assert_int_equal(first->due_us, 1000 * S);
    assert_int_equal(next->step, 2);
    assert_int_equal(next->due_us, 1300 * S);
    plan_free(&plan);

    const struct telling failed[] = {
        {.contact_id = 2, .channel = &email_channel, .failed = true},
        {.contact_id = 2, .channel = &sms_channel, .failed = true},
    };
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.now_us = 1010 * S;
    in.tellings = failed, in.telling_count = 2;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 3, &email_channel)->due_us, 1010 * S);
    plan_free(&plan);
}

static void test_a_call_that_never_was_or_has_nobody_opens_no_alert(void **state)
{
    const struct contact pat = {.contact_id = 1, .wave = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct plan plan;

    (void)state;
    in.now.status = FACTS_ERROR;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
    in.now.status = FACTS_OPEN, in.contact_count = 0;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOBODY);
    plan_free(&plan);
    in.call.mode = CALL_BACKFILL;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
}

static void test_follow_ups_go_by_the_channels_that_have_news(void **state)
{
    const struct contact pat = {.contact_id = 1, .wave = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told[] = {{.contact_id = 1, .channel = &email_channel, .told = true, .round = 1},
                             {.contact_id = 1, .channel = &sms_channel, .told = true, .round = 1}};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 900 * S};
    in.tellings = told, in.telling_count = 2;
    told[0].said = told[1].said = in.now;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_UPDATE);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);

    strcpy(in.now.place, "q"); /* a street, which a text message leaves out */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_UPDATE);
    plan_free(&plan);

    in.now.status = FACTS_CLOSED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_CLOSED);
    assert_string_equal(plan.state, "closed");
    plan_free(&plan);

    in.now.status = FACTS_ELSEWHERE;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &sms_channel)->kind, MESSAGE_CORRECTION);
    plan_free(&plan);

    in.now.sensitivity = in.call.sensitivity = FACTS_SEALED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &sms_channel)->kind, MESSAGE_WITHDRAWN);
    plan_free(&plan);
}

static void test_a_worse_call_asks_anew_and_a_lesser_one_does_not(void **state)
{
    const struct contact people[] = {{.contact_id = 1, .wave = 1, .channels = CHANNEL_EMAIL},
                                     {.contact_id = 2, .wave = 2, .channels = CHANNEL_EMAIL}};
    struct reconcile_input in = plain_input(people, 2);
    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    told.said = in.now;
    in.tellings = &told, in.telling_count = 1;
    in.alert = (struct known_alert){
        .exists = true, .round = 1, .acknowledged = true, .asked_us = 500 * S, .severity = 10};
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    assert_false(plan.new_round);
    plan_free(&plan);

    in.now.severity = 11;
    reconcile(&in, &plan);
    assert_true(plan.new_round);
    assert_string_equal(plan.state, "open");
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_UPDATE);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->lane, LANE_URGENT);
    assert_int_equal(wish_of(&plan, 2, &email_channel)->due_us, 1300 * S);
    plan_free(&plan);
}

static void test_replay_does_not_touch_the_alert_of_a_real_call(void **state)
{
    const struct contact pat = {.contact_id = 1, .wave = 1, .channels = BOTH};
    struct reconcile_input in = plain_input(&pat, 1);
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1};
    in.call.mode = CALL_REPLAY;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_NOTHING);
    plan_free(&plan);
    in.alert.replay = true;
    reconcile(&in, &plan);
    assert_int_equal(plan.act, PLAN_UPDATE);
    assert_int_equal(wish_of(&plan, 1, &sms_channel)->lane, LANE_LAST);
    plan_free(&plan);
}

static void test_what_failed_for_good_is_not_tried_again_unless_it_says_more(void **state)
{
    const struct contact pat = {.contact_id = 1, .wave = 1, .channels = CHANNEL_EMAIL};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told = {.contact_id = 1, .channel = &email_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &told, in.telling_count = 1;
    told.said = in.now;
    /* The repetition of a message with an unknown end. */
    told.unknown = true, told.failed = true, told.tried = told.said;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    /* An update. */
    told.unknown = false;
    snprintf(in.now.class, sizeof in.now.class, "alarm");
    told.tried = in.now;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    /* It was never composed. */
    told.tried.status = FACTS_STATUSES;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    told.tried = in.now;
    in.now.status = FACTS_CANCELLED;
    reconcile(&in, &plan);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->kind, MESSAGE_CORRECTION);
    plan_free(&plan);
    /* That the alert is withdrawn. */
    in.contact_count = 0, in.now.status = FACTS_OPEN;
    told.tried.status = FACTS_WITHDRAWN;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
}

static void test_whom_the_rules_channels_do_not_reach_is_asked_by_the_others(void **state)
{
    struct rule texts = any_rule;
    struct contact people[] = {{.contact_id = 1, .wave = 1, .channels = BOTH},
                               {.contact_id = 2, .wave = 2, .channels = BOTH}};
    const struct telling failed = {.contact_id = 1, .channel = &sms_channel, .failed = true};
    struct reconcile_input in = plain_input(people, 2);
    struct plan plan;

    (void)state;
    texts.channels = CHANNEL_SMS;
    in.rules = &texts;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &failed, in.telling_count = 1;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    assert_int_equal(wish_of(&plan, 2, &sms_channel)->due_us, 1300 * S);
    plan_free(&plan);

    in.telling_count = 0;
    people[0].channels = CHANNEL_EMAIL, people[0].opted_out = CHANNEL_SMS;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 2);
    assert_int_equal(wish_of(&plan, 1, &email_channel)->due_us, 1000 * S);
    plan_free(&plan);

    people[0].channels = 0; /* and no mail: the next step hears at once */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    assert_int_equal(wish_of(&plan, 2, &sms_channel)->due_us, 1000 * S);
    plan_free(&plan);

    people[0].channels = CHANNEL_EMAIL, people[0].opted_out = 0; /* who never had a number */
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 1);
    plan_free(&plan);
}

static void test_who_wants_no_more_texts_gets_no_update_by_text(void **state)
{
    struct contact pat = {
        .contact_id = 1, .wave = 1, .channels = CHANNEL_EMAIL, .opted_out = CHANNEL_SMS};
    struct reconcile_input in = plain_input(&pat, 1);
    struct telling told = {.contact_id = 1, .channel = &sms_channel, .told = true, .round = 1};
    struct plan plan;

    (void)state;
    in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = 1000 * S};
    in.tellings = &told, in.telling_count = 1;
    told.said = in.now;
    in.now.status = FACTS_CANCELLED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
    in.now.status = FACTS_OPEN, in.now.sensitivity = FACTS_SEALED;
    reconcile(&in, &plan);
    assert_int_equal(plan.wish_count, 0);
    plan_free(&plan);
}

/* The simulation --------------------------------------------------------------------------------*/

enum { PEOPLE = 4, PAIRS = PEOPLE * CHANNELS };

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
        w->people[i] = (struct contact){
            .contact_id = i + 1, .wave = i == 0 ? 1 : i, .channels = BOTH, .sealed = i == 2};
    memcpy(w->present, w->people, sizeof w->present);
    for (int i = 0; i < PAIRS; i++)
        w->pair[i].telling =
            (struct telling){.contact_id = i / CHANNELS + 1, .channel = channels[i % CHANNELS]};
}

static struct pair *pair_of(struct world *w, const struct wish *wish)
{
    for (int i = 0; i < PAIRS; i++)
        if (w->pair[i].telling.contact_id == wish->contact_id &&
            w->pair[i].telling.channel == wish->channel)
            return &w->pair[i];
    return NULL;
}

/* As notify.put_deliveries does it. */
static void carry_out(struct world *w, const struct plan *plan)
{
    if (plan->act == PLAN_NOTHING || plan->act == PLAN_NOBODY)
        return;
    if (plan->act == PLAN_OPEN)
        w->in.alert = (struct known_alert){.exists = true, .round = 1, .asked_us = w->in.now_us};
    if (plan->new_round) {
        w->in.alert.round++;
        w->in.alert.asked_us = w->in.now_us;
        w->in.alert.acknowledged = false;
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
    w->in.now.severity = rules_severity(w->in.rules, w->in.rule_count, &w->in.call);
    assert_int_equal(reconcile(&w->in, &plan), 0);
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

/* What the message says when it is sent: what is true then. */
static struct facts composed(const struct world *w, const struct pair *pair)
{
    struct facts withdrawn = {.status = FACTS_WITHDRAWN};

    return may_hear(w, pair->telling.contact_id) ? w->in.now : withdrawn;
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

static void deliver_due(struct world *w, bool all_well)
{
    for (int i = 0; i < PAIRS; i++) {
        uint32_t end = all_well ? 0 : roll(w, 8);

        if (w->pair[i].waits && w->pair[i].waiting.due_us <= w->in.now_us)
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

static void happens(struct world *w)
{
    switch (roll(w, 8)) {
    case 0:
    case 1:
        change_facts(w);
        break;
    case 2:
        change_contacts(w);
        break;
    case 3:
        w->in.alert.acknowledged = w->in.alert.exists;
        break;
    case 4:
        w->rule.min_priority = (int)roll(w, 11);
        break;
    case 5:
        w->rule.sealed = !w->rule.sealed;
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
        else
            check_words(said, &w->in.now);
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
        cmocka_unit_test(test_steps_are_due_one_after_the_other_and_empty_ones_take_no_time),
        cmocka_unit_test(test_a_call_that_never_was_or_has_nobody_opens_no_alert),
        cmocka_unit_test(test_follow_ups_go_by_the_channels_that_have_news),
        cmocka_unit_test(test_a_worse_call_asks_anew_and_a_lesser_one_does_not),
        cmocka_unit_test(test_replay_does_not_touch_the_alert_of_a_real_call),
        cmocka_unit_test(test_what_failed_for_good_is_not_tried_again_unless_it_says_more),
        cmocka_unit_test(test_whom_the_rules_channels_do_not_reach_is_asked_by_the_others),
        cmocka_unit_test(test_who_wants_no_more_texts_gets_no_update_by_text),
        cmocka_unit_test(test_at_rest_everybody_due_knows_what_is_true_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
