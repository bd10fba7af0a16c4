/*
 * plan: what is to be done about one subject, as its kind decided. It knows no kind of subject:
 * what a message says is composed when it is sent (subject.h). outbox.c carries a plan out.
 */
#ifndef NOTIFY_PLAN_H
#define NOTIFY_PLAN_H

#include "channel.h"
#include "message.h"
#include "reason.h"

enum plan_act {
    PLAN_NOTHING,
    PLAN_NOBODY, /* a rule matched, but there is nobody to tell */
    PLAN_OPEN,   /* a new alert, or one that waits for the digest */
    PLAN_UPDATE, /* of the alert that there is */
};

/* In the order in which they are sent. LANE_LAST is of replays alone, LANE_DRILL of drills: after
 * all live ones. */
enum lane { LANE_URGENT, LANE_FIRST, LANE_LATER, LANE_LAST, LANE_DRILL };

/* One message to one contact by one channel that should wait, or go out now. */
struct wish {
    int contact_id;
    const struct channel *channel;
    int step; /* escalation step, 1 for those who are told at once, without holes */
    enum lane lane;
    enum message_kind kind; /* as things stand; it is decided anew when the message is composed */
    int64_t due_us;         /* steady time */
    bool held;              /* due_us is the end of quiet hours: it does not go before */
    int64_t quiet_us;       /* from then on it may not go any more, if it waits still; 0: never */
    int64_t repeat_of;      /* the delivery that is repeated, or 0 */
};

struct plan {
    enum plan_act act;
    int rule_id; /* 0: no rule matches any more */
    bool replay;
    bool digest; /* of PLAN_OPEN: nobody is told of it alone */
    int severity;
    int acks; /* if a rule matches: people who must acknowledge; 0: each who was told */
    /* All messages that should wait. What waits and is not among them ends, for reason why. */
    struct wish *wishes;
    size_t wish_count;
    enum reason why;
    const char *state; /* of the alert from now on */
    /* Only for PLAN_UPDATE. */
    bool new_round; /* the question is asked anew: acknowledgements so far do not count */
};

void plan_free(struct plan *plan);

#endif
