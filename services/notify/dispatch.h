/*
 * dispatch: a claimed delivery, as the statement of its subject's kind gives it (subject.h),
 * becomes a parcel, or the reason why it is not sent after all. What it says is decided here, from
 * what is true at this moment.
 */
#ifndef NOTIFY_DISPATCH_H
#define NOTIFY_DISPATCH_H

#include "parcel.h"
#include "reason.h"
#include "row.h"
#include "token.h"

struct subject_kind;

/* Composes the message about a subject of this kind, with a link of this token. 0 and *parcel, or
 * *parcel NULL and *why: it is not sent. ERR_NOMEM. */
int dispatch_parcel(struct row row, const struct subject_kind *kind,
                    const struct settings *settings, const struct token *token,
                    struct parcel **parcel, enum reason *why);

#endif
