/*
 * localtime: a time of the clock on the wall in a named zone, to UTC. A time in the hour that a
 * change of clocks repeats takes the earlier of its two instants and says so; a time in the hour
 * that a change skips never was, and is refused.
 *
 * The zone is the process's own (TZ): one program has one zone. Not thread-safe.
 */
#ifndef LIAISON_FEED_LOCALTIME_H
#define LIAISON_FEED_LOCALTIME_H

#include "event.h"

#include <time.h>

/* Sets the zone by its IANA name ("America/Los_Angeles"), which must exist on this machine. EST and
 * its like are refused, with the region to write instead (zone.h). */
int localtime_zone(const char *name, struct fault *fault);

/*
 * Converts a civil time (tm_year to tm_sec of a calendar that exists; tm_isdst is not looked at).
 * *doubled is set for a time of the repeated hour. ERR_TIME for one that the clocks skipped, or
 * that no calendar has (31 April).
 */
int localtime_to_utc(const struct tm *civil, event_time *utc, bool *doubled, struct fault *fault);

#endif
