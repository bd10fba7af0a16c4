/*
 * cookie_session: the session that a request's cookie names. The cookie holds 32 random octets, the
 * database only their hash. All calls on the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_COOKIE_SESSION_H
#define LIAISON_DASHBOARD_COOKIE_SESSION_H

#include "db.h"
#include "http.h"

struct service;

enum { SESSION_TOKEN_OCTETS = 32, SESSION_HASH_TEXT = 2 + 2 * 32 + 1 };

/* The hash of the cookie's token; ERR_ABSENT if there is no cookie that could be one. */
int cookie_session_hash(const struct service *service, const struct http_request *request,
                        char out[SESSION_HASH_TEXT]);
/* Queues the statement that finds the session of this hash; its row, if there is one, is for
 * person_read. */
void session_find_hash(struct service *service, const char *hash, struct db_job *job,
                       db_result_cb found, void *ctx);
/* The name of the cookie: with the prefix "__Host-" if the page is served by https. The other name
 * is never read, so that nobody can set the cookie through plain HTTP or another host. */
const char *session_cookie_name(const struct service *service);
const char *session_device_name(const struct service *service);

/* BLAKE2b-256 of size octets as a bytea parameter, "\x...". */
void session_hash_octets(const void *octets, size_t size, char out[SESSION_HASH_TEXT]);

#endif
