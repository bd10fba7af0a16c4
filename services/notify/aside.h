/*
 * aside: notes why work was set aside, for notify.health(). In a transaction of its own: work is
 * set aside also where it cannot be noted. On the loop's thread.
 */
#ifndef NOTIFY_ASIDE_H
#define NOTIFY_ASIDE_H

#include "db.h"

enum { ASIDE_WHY_SIZE = 100 };

/* kind: of its subject, and stays; why: an SQLSTATE, or the statement and what it does not give. */
void aside_note(struct db *db, const char *kind, const char *why);

#endif
