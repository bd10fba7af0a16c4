/*
 * escalate: who is told at once and who next. Contacts stand in waves; a wave hears when the ones
 * before it had escalate_s each to acknowledge. A wave in which nobody can be reached is skipped.
 * All deliveries are made at once with their due times, so that escalation survives every restart;
 * an acknowledgement cancels those that have not begun.
 */
#ifndef NOTIFY_ESCALATE_H
#define NOTIFY_ESCALATE_H

#include "channel.h"
#include "rules.h"

/* One message to come. */
struct telling {
    int contact_id;
    const struct channel *channel;
    int wave; /* 1 for whoever hears at once, then without holes */
    int delay_s;
};

/* Fills told (room for CHANNELS * count) with the first messages to these contacts, by the
 * channels that the verdict and the installation (available) allow. only_now: later waves are left
 * out. Returns how many. */
size_t escalate_plan(const struct contact *contacts, size_t count,
                     enum facts_sensitivity sensitivity, const struct verdict *verdict,
                     unsigned available, bool only_now, struct telling *told);

#endif
