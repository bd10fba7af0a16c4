/*
 * session: signing in and out. The cookie holds 32 random octets, the database only their hash. A
 * session ends when it was not used for idle_min, or absolute_h after it began, or when the rights
 * behind it end. Passwords are hashed on the thread pool (password.h); the rest runs on the
 * loop's thread.
 */
#ifndef LIAISON_DASHBOARD_SESSION_H
#define LIAISON_DASHBOARD_SESSION_H

#include "exchange.h"

enum { SESSION_TOKEN_OCTETS = 32, SESSION_HASH_TEXT = 2 + 2 * 32 + 1 };

/* Queues the statement that finds the session of the request's cookie; its row, if there is one,
 * is for person_read, ctx the exchange. ERR_ABSENT if there is no cookie that could be one. */
int session_find(struct exchange *exchange, struct db_job *job, db_result_cb found);
/* The same by the hash that session_hash made, for those who keep a session open. */
void session_find_hash(struct service *service, const char *hash, struct db_job *job,
                       db_result_cb found, void *ctx);
/* Of the exchange's cookie; ERR_ABSENT as above. */
int session_hash(const struct exchange *exchange, char out[SESSION_HASH_TEXT]);
/* The name of a cookie here: "__Host-" before it where the page is served by https. The other name
 * is never read, so that nobody can slip a cookie in by way of plain HTTP or another host. */
const char *session_cookie_name(const struct service *service);
const char *session_device_name(const struct service *service);

/* BLAKE2b-256 of size octets as a bytea parameter, "\x...". */
void session_hash_octets(const void *octets, size_t size, char out[SESSION_HASH_TEXT]);

/* Answers with the session of this hash, of the exchange's person. */
void session_show_hash(struct exchange *exchange, const char *hash, struct db_job *job);

#endif
