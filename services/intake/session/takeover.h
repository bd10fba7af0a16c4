/*
 * takeover: the database side of HELLO. It makes the session the owner of the stream
 * (agency.stream.owner is the fence that every commit checks), and reads which records are decided
 * and which are wanted again.
 */
#ifndef INTAKE_TAKEOVER_H
#define INTAKE_TAKEOVER_H

#include "db.h"
#include "intake_session.h"

extern const struct db_statement takeover_statements[];
extern const size_t takeover_statement_count;

enum takeover_verdict { TAKEOVER_DONE, TAKEOVER_WRONG_MODE, TAKEOVER_TOO_MANY, TAKEOVER_OUTAGE };

typedef void (*takeover_cb)(void *ctx, struct session *session, enum takeover_verdict verdict);

/* most: how many new streams an agency may begin within an hour, 0: no limit. The session is
 * referenced until the callback has returned. Returns 0, or ERR_STATE without a database: then
 * there is no callback. */
int takeover_begin(struct db *db, struct session *session, int most, takeover_cb done, void *ctx);

/* Handles the result of statement "make_way", which upkeep runs too: logs how many sessions it
 * terminated. */
void takeover_make_way_cb(struct db_job *job, PGresult *result, void *ctx);

#endif
