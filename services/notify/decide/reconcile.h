/*
 * reconcile: from the facts of a call at a school, the rules, the contacts, and what each contact
 * has been told so far, computes which messages should wait or go out now. The same input gives the
 * same plan, and a plan that was carried out gives itself again; so it is made anew whenever
 * something changed, and nothing is decided for ever.
 *
 * Who should know what:
 *   1. Who was told of the call and may still see it knows what is true now, by the same channels.
 *   2. Who was told and may not see it any more is told that the alert is withdrawn, and nothing
 * else.
 *   3. Contacts stand in escalation steps. While the call is open, a rule matches and too few
 * people have acknowledged in this round, each step is told when the steps before it had their
 * time. A step in which nobody can be reached, or whose messages have all failed, takes no time. A
 * person who stands in several rows is asked once by a channel, by the first of them.
 *   4. A round begins with the alert, when the call becomes materially worse while a rule matches,
 * and when it is open again.
 *   5. A message with an unknown end is repeated once.
 *   6. One that failed for good is not tried again in its round, unless there is something else to
 * say. Whom the rules' channels do not reach, because messages failed or the contact wants none by
 * them, is asked by the others.
 *   7. If all rules that match want material changes alone, nobody is told an update: but of what
 * asks again, to whom it is handed, and that another agency is there no more, if it was said.
 *   8. Who has it is told like what is true of the call, while it is open: to all who were told of
 * the call but the one who did it; by a text only that enough people have it, and that they do no
 * more. To whom it is handed is asked at once, in whatever step: by the channels of the rules, or
 * by any other if none of them reaches that person, whatever rules say by then. A hand-over that
 * reaches nobody is the giver's again, who is asked so, and the next step is told at once.
 *   9. In quiet hours a message waits until they end, unless the call breaks through, or the
 * contact was told of something serious. Where a rule is quiet, so are the steps; a step that waits
 * only because its people are quiet takes no time.
 *   10. If all rules that match want a digest, and the call is not serious, nobody is told of it
 * alone: it waits for the digest of its school (storm.h), until another rule matches, or the call
 * becomes serious.
 *
 * Pure: no clock, no database; any thread.
 */
#ifndef NOTIFY_RECONCILE_H
#define NOTIFY_RECONCILE_H

#include "plan.h"
#include "rules.h"

/* What is known of one contact and one channel of an alert, from all their deliveries. */
struct telling {
    int contact_id;
    const struct channel *channel;
    bool told;           /* something was said, or may have been; then: */
    struct facts said;   /* the facts that the last of it stated */
    int round;           /* in which that was */
    bool unknown;        /* nobody knows whether the last of it arrived; then: */
    int64_t delivery_id; /* that delivery */
    int64_t ended_us;    /* when its end was noted, in steady time */
    bool repeated;       /* it was a repetition itself */
    bool waiting;        /* a message waits */
    bool failed;         /* in this round it failed for good, and nothing was said since; then: */
    struct facts tried;  /* what it would have said */
};

/* To whom an alert was handed, who has not answered yet. */
struct hand_over {
    int contact_id;
    int64_t number;
};

/* The alert that there is. */
struct known_alert {
    bool exists;
    bool replay;
    bool acknowledged; /* by enough people, in this round */
    bool closed;
    int round;
    int severity; /* of the facts when they were looked at last */
    int64_t asked_us;
    int acted_by; /* the person who was the last to take it, give it back or hand it over; 0 */
    const struct hand_over *handed; /* one for each contact */
    size_t handed_count;
    int lost;        /* hand-overs of this round that reached nobody; */
    int64_t lost_us; /* when the last of them was over, in steady time */
};

struct reconcile_input {
    struct call call;
    struct facts now;
    struct known_alert alert;
    const struct rule *rules;
    size_t rule_count;
    const struct contact *contacts; /* of the school, in the order of their steps */
    size_t contact_count;
    const struct telling *tellings;
    size_t telling_count;
    unsigned available; /* channels of the lane that the call or the alert is in */
    int64_t now_us;     /* steady time */
    int64_t
        unknown_us; /* wait before a message is repeated that its receiver could not recognize */
};

/* The plan is the caller's to free, whatever is returned. 0 or ERR_NOMEM. */
int reconcile(const struct reconcile_input *in, struct plan *plan);

#endif
