/*
 * localtime: converts a local time in a named zone to UTC. A time in the hour that a clock change
 * repeats becomes the earlier of its two instants, and is marked; a time in the hour that a clock
 * change skips does not exist, and is refused.
 *
 * The zone is that of the process (TZ): a program has one zone. Not thread-safe.
 */
#ifndef LIAISON_FEED_LOCALTIME_H
#define LIAISON_FEED_LOCALTIME_H

#include "event.h"

#include <time.h>

/* Sets the zone by its IANA name ("America/Los_Angeles"), which must exist on this machine. EST and
 * similar abbreviations are refused, with the region to write instead (zone.h). */
int localtime_zone(const char *name, struct error *error);

/*
 * Converts a civil time (tm_year to tm_sec of a calendar that exists; tm_isdst is not looked at).
 * *doubled is set for a time of the repeated hour. ERR_TIME for a time that the clocks skipped, or
 * that the calendar does not have (31 April).
 */
int localtime_to_utc(const struct tm *civil, event_time *utc, bool *doubled, struct error *error);

#endif
