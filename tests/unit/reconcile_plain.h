/* A call, a rule and the input of a reconciliation: what its unit tests share. */
#ifndef TESTS_RECONCILE_PLAIN_H
#define TESTS_RECONCILE_PLAIN_H

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

static inline struct reconcile_input plain_input(const struct contact *contacts, size_t count)
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

static inline const struct wish *wish_of(const struct plan *plan, int contact,
                                         const struct channel *channel)
{
    for (size_t i = 0; i < plan->wish_count; i++)
        if (plan->wishes[i].contact_id == contact && plan->wishes[i].channel == channel)
            return &plan->wishes[i];
    return NULL;
}

#endif
