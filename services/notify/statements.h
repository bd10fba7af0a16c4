/*
 * statements: the SQL of liaison-notify, prepared on connect, by name. What each takes and gives
 * stands beside it in sql/; the callers are outbox.c, delivery.c and bounces.c, which run those of
 * each kind of subject as well (subject.h).
 */
#ifndef NOTIFY_STATEMENTS_H
#define NOTIFY_STATEMENTS_H

#include "db.h"

extern const struct db_statement outbox_statements[], delivery_statements[], receipts_statements[],
    subject_call_statements[], subject_storm_statements[], subject_alarm_statements[],
    subject_drill_statements[], steady_statements[], watch_statements[];
extern const size_t outbox_statement_count, delivery_statement_count, receipts_statement_count,
    subject_call_statement_count, subject_storm_statement_count, subject_alarm_statement_count,
    subject_drill_statement_count, steady_statement_count, watch_statement_count;

#endif
