/*
 * token_expiry: deletes the acknowledgement links that have ended, once an hour. On the loop's
 * thread.
 */
#ifndef NOTIFY_TOKEN_EXPIRY_H
#define NOTIFY_TOKEN_EXPIRY_H

#include "db.h"

#include <stdint.h>

/* All zero at the start: the first tick deletes. */
struct token_expiry {
    int64_t due_mono;
};

void token_expiry_tick(struct token_expiry *expiry, struct db *db);

#endif
