/*
 * message_link: the token of a link in a message, as {} of a route's pattern. The database keeps
 * digests of tokens alone; which digest belongs to a token depends on the key of links
 * (link_key.h).
 */
#ifndef LIAISON_DASHBOARD_MESSAGE_LINK_H
#define LIAISON_DASHBOARD_MESSAGE_LINK_H

#include "api.h"
#include "link_key.h"

enum { LINK_HASHES_TEXT = 3 * (LINK_HASH_TEXT + 4) };

/* A check of a route: answers 404 if the token is none. 0. */
int link_check(struct exchange *exchange, struct error *error);
/* The digests under which the link may be kept, as an array for PostgreSQL: by the present key, by
 * the one before, and without a key, as older links. All are made for each link, whatever it is. */
void link_hashes(const struct exchange *exchange, char out[LINK_HASHES_TEXT]);
/* Answers 404, or 429. Links that are none are counted for each address, like wrong passwords. A
 * link that is one always opens: whoever shares a principal's address cannot lock the principal
 * out. */
void link_missed(struct exchange *exchange, struct db_job *job);

#endif
