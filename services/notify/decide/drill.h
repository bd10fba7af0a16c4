/*
 * drill: to whom the message of a drill goes, and when: once, when it is started, to each contact
 * by each of his channels, after his quiet hours. Later looks only keep what waits.
 *
 * Pure function; any thread. Times are steady, in microseconds.
 */
#ifndef NOTIFY_DRILL_H
#define NOTIFY_DRILL_H

#include "plan.h"
#include "rules.h"

struct drill_waiting {
    int contact_id;
    const struct channel *channel;
};

struct drill_input {
    bool exists; /* it was begun: only what waits is kept */
    const struct contact *contacts;
    size_t contact_count;
    const struct drill_waiting *waiting;
    size_t waiting_count;
    unsigned available; /* channels by which some running process can send */
    int64_t now_us;
};

/* The plan is the caller's to free, whatever is returned. 0 or ERR_NOMEM. */
int drill_plan(const struct drill_input *in, struct plan *plan);

#endif
