/*
 * session: signing in and out. The cookie holds 32 random octets, the database only their hash. A
 * session ends when it was not used for idle_min, absolute_h after it began, or when the person's
 * rights end. Passwords are hashed on the thread pool (password.h); the rest runs on the loop's
 * thread.
 */
#ifndef LIAISON_DASHBOARD_SESSION_H
#define LIAISON_DASHBOARD_SESSION_H

#include "cookie_session.h"
#include "exchange.h"

/* Of the exchange's cookie: cookie_session_hash. */
int session_hash(const struct exchange *exchange, char out[SESSION_HASH_TEXT]);

/* Answers with the session of this hash, of the exchange's person. */
void session_show_hash(struct exchange *exchange, const char *hash, struct db_job *job);

#endif
