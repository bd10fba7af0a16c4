/*
 * statements: all SQL of liaison-notify, prepared on connect, by name. What each takes and gives
 * stands beside it; the callers are outbox.c and delivery.c.
 */
#ifndef NOTIFY_STATEMENTS_H
#define NOTIFY_STATEMENTS_H

#include "db.h"

extern const struct db_statement notify_statements[];
extern const size_t notify_statement_count;

#endif
