/* sign_in: POST /api/v1/session; see session.h. */
#ifndef LIAISON_DASHBOARD_SIGN_IN_H
#define LIAISON_DASHBOARD_SIGN_IN_H

struct service;

/* Removes expired sessions, counts and tickets. Call regularly. */
void sign_in_upkeep(struct service *service);

#endif
