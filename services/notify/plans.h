/*
 * plans: has PostgreSQL plan the statements of a session anew when the tables have grown. A session
 * keeps its plans until a table is analysed. On a new server they were made while the tables were
 * empty, when any index seems as good as any other; a first storm would be over before PostgreSQL
 * analyses them.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_PLANS_H
#define NOTIFY_PLANS_H

#include "db.h"

#include <stdbool.h>
#include <stdint.h>

/* All zero at the start. */
struct plans {
    int64_t due_mono;
    bool made;
    int64_t planned; /* octets of the tables when they were made */
    bool grown;      /* so much that these plans are given up */
    /* There are no plans any more. */
    void (*discarded_cb)(void *ctx);
    void *ctx;
};

/* Looks at the tables every second. */
void plans_tick(struct plans *plans, struct db *db);
/* It is another session: its plans are to be made. */
void plans_none(struct plans *plans);

#endif
