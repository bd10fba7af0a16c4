/*
 * plan: what is to be done about one subject, as its kind decided: open an alert, tell those who
 * know and those who must know by now, or nothing. It knows no kind: what is to be said is text
 * here. outbox.c carries it out.
 */
#ifndef NOTIFY_PLAN_H
#define NOTIFY_PLAN_H

#include "escalate.h"
#include "message.h"
#include "reason.h"

enum plan_act { PLAN_NOTHING, PLAN_NOBODY, PLAN_OPEN, PLAN_UPDATE };

struct plan {
    enum plan_act act; /* PLAN_NOBODY: a rule matched, but there is nobody to tell */
    int rule_id;
    bool replay;          /* of a new alert */
    char *said;           /* JSON: what the alert remembers as said */
    char *content;        /* JSON: what the messages say; now is its state of now */
    char *opening;        /* JSON: what first messages say of an alert that is there */
    struct telling *told; /* first messages to make */
    size_t told_count;
    /* Only for PLAN_UPDATE. */
    const char *state; /* of the alert from now on */
    enum message_kind kind;
    unsigned channels; /* by which the update goes to those who got the first; 0: by none */
    bool sealed;       /* and to none but those named for sealed subjects */
    int withdraw_from; /* waves from this one on are not told any more; 0: all go on */
    enum reason withdraw_why;
};

void plan_free(struct plan *plan);

#endif
