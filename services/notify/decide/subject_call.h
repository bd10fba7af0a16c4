/*
 * subject_call: the kind of subject that is a call at a school. Intake's outbox (district.outbox)
 * names calls; each is looked at for every school that it concerns, or was said to concern. What is
 * said of it is facts.h, who is told rules.h, what becomes of it call_plan.h, its words message.h.
 */
#ifndef NOTIFY_SUBJECT_CALL_H
#define NOTIFY_SUBJECT_CALL_H

#include "facts.h"
#include "rules.h"
#include "subject.h"

extern const struct subject_kind subject_call;

/* What a row of outbox_state, or one that has the same columns, says of the call; texts of call are
 * valid as long as the row. The severity is not set (rules_severity). */
void subject_call_read(struct row row, struct call *call, struct facts *facts);

#endif
