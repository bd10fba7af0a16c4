/* sign_in: POST /api/v1/session; see session.h. */
#ifndef LIAISON_DASHBOARD_SIGN_IN_H
#define LIAISON_DASHBOARD_SIGN_IN_H

struct service;

enum { SIGN_IN_SOURCE_TEXT = 33 };

/* A keyed hash of the network of a client's address (peer of struct http_request), by which tries
 * are counted. */
void sign_in_source(const struct service *service, const char *peer, char out[SIGN_IN_SOURCE_TEXT]);

/* Removes expired sessions, counts and tickets. Call regularly. */
void sign_in_upkeep(struct service *service);

#endif
