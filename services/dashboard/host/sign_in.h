/* sign_in: POST /api/v1/session; what it does is told in session.h. */
#ifndef LIAISON_DASHBOARD_SIGN_IN_H
#define LIAISON_DASHBOARD_SIGN_IN_H

struct service;

/* Removes what is over: sessions, counts, tickets. From time to time. */
void sign_in_upkeep(struct service *service);

#endif
