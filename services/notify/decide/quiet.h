/*
 * quiet: hours in which a rule or a contact is not to be disturbed. PostgreSQL computes when they
 * begin and end, in the zone of the district (notify.quiet_windows); here are the moments alone, in
 * steady time.
 *
 * Pure functions.
 */
#ifndef NOTIFY_QUIET_H
#define NOTIFY_QUIET_H

#include <stddef.h>
#include <stdint.h>

enum { QUIET_WINDOWS = 4 };

struct quiet {
    size_t count; /* 0: no quiet hours */
    struct quiet_window {
        int64_t from_us, to_us;
    } windows[QUIET_WINDOWS]; /* in order, none within another */
    int priority;             /* from it on a call breaks through */
};

/* The end of the quiet hours that at_us is in, or at_us. */
int64_t quiet_until(const struct quiet *quiet, int64_t at_us);
/* When quiet hours begin next after at_us; INT64_MAX: none are known. */
int64_t quiet_next(const struct quiet *quiet, int64_t at_us);

#endif
