/*
 * mapping_time: reads a time as the source writes it, by the [time] section of the mapping. The
 * zone must have been set (mapping_load does). Not thread-safe.
 */
#ifndef LIAISON_FEED_MAPPING_TIME_H
#define LIAISON_FEED_MAPPING_TIME_H

#include "mapping.h"

#include <time.h>

/*
 * Reads a text by a format that time_format_take has written; the format must match the whole text.
 * %f stands for the digits of a fraction of a second (up to microseconds; finer ones are cut off).
 * Numbers without a separator (%H%M) must have all their digits: "747" does not match %H%M. A day
 * of the week must be that of the date.
 */
bool mapping_time_civil(const char *text, const char *format, struct tm *civil,
                        event_time *fraction);

/* quality: an event_time_quality value. ERR_TIME where the text is not such a time. */
int mapping_time_read(const struct mapping *mapping, const char *text, event_time *time,
                      uint8_t *quality, struct error *error);

#endif
