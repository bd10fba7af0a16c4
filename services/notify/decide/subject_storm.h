/*
 * subject_storm: the kind of subject that is a storm: calls at a school beyond the alert budget
 * (deploy/schema/r_budget.sql), told in one summary (r_storm.sql). Its alert is told, repeated,
 * escalated and acknowledged as that of a call. Its facts are how many calls it counts; what a
 * person reads is counted for that person when the message is composed.
 */
#ifndef NOTIFY_SUBJECT_STORM_H
#define NOTIFY_SUBJECT_STORM_H

#include "subject.h"

extern const struct subject_kind subject_storm;

#endif
