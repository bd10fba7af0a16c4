/*
 * subject_drill: the kind of subject that is a drill: one message, marked DRILL at both ends, to
 * the contacts of a school by the real providers, in a lane after all live ones. Its link leads to
 * a page where each confirms that it came (services/dashboard/calls/confirm.c). It is sent once:
 * nothing follows, and nobody is told because others did not answer.
 */
#ifndef NOTIFY_SUBJECT_DRILL_H
#define NOTIFY_SUBJECT_DRILL_H

#include "subject.h"

extern const struct subject_kind subject_drill;

#endif
