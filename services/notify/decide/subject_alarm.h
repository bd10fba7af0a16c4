/*
 * subject_alarm: the kind of subject that is an alarm: what is not ok by notify.health(), for the
 * administrators of a district. What it has found stands in notify.finding (r_watch_alarm.sql);
 * when who hears of it is alarm.h, its words alarm_text.h.
 */
#ifndef NOTIFY_SUBJECT_ALARM_H
#define NOTIFY_SUBJECT_ALARM_H

#include "subject.h"

extern const struct subject_kind subject_alarm;

#endif
