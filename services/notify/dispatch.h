/*
 * dispatch: a due delivery, as the statement of its subject's kind gives it (subject.h), becomes a
 * parcel, or the reason why it is not sent after all: what was right when it was written may be
 * wrong by now.
 */
#ifndef NOTIFY_DISPATCH_H
#define NOTIFY_DISPATCH_H

#include "parcel.h"
#include "reason.h"
#include "row.h"
#include "token.h"

enum dispatch_act {
    DISPATCH_SEND,
    DISPATCH_CANCEL,  /* state cancelled, with the reason */
    DISPATCH_UNKNOWN, /* state unknown: it may have been sent, and is not sent again */
    DISPATCH_WAIT,    /* it may have been sent: wait, then once more */
    DISPATCH_LATER,   /* in a moment: the outbox is to decide first */
    DISPATCH_FAIL,    /* state failed: no such channel any more */
};

/* Why: REASON_NONE for DISPATCH_SEND. */
enum dispatch_act dispatch_judge(struct row row, const struct settings *settings, enum reason *why);

/* Renders the texts, with a link of this token. NULL without memory; or when the update has nothing
 * to say (*empty is set). */
struct parcel *dispatch_parcel(struct row row, const struct settings *settings,
                               const struct token *token, bool *empty);

#endif
