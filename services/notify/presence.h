/*
 * presence: tells the database by which channels this process can send, and learns by which any
 * running process can. Reconciliation reckons with the channels of all: a process without a text
 * gateway must not take texts for impossible.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_PRESENCE_H
#define NOTIFY_PRESENCE_H

#include "db.h"
#include "providers.h"
#include "steady.h"

struct presence {
    const struct providers *providers;
    const struct steady *steady;
    const char *instance; /* the process, as a UUID */
    int64_t due_mono;
};

/* Says so every few seconds; a process that was not heard of for a minute does not count. */
void presence_tick(struct presence *presence, struct db *db);
/* A provider changed: the next tick says so. */
void presence_changed(struct presence *presence);

#endif
