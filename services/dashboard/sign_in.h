/* sign_in: the statements of sign_in.c; what it does is told in session.h. */
#ifndef LIAISON_DASHBOARD_SIGN_IN_H
#define LIAISON_DASHBOARD_SIGN_IN_H

#include "db.h"

struct service;

extern const struct db_statement sign_in_statements[];
extern const size_t sign_in_statement_count;

/* Removes what is over: sessions, counts, tickets. From time to time. */
void sign_in_upkeep(struct service *service);

#endif
