/*
 * mapping_time: a time as the source writes it, by the [time] section of the mapping. The zone must
 * have been set (mapping_load does). Not thread-safe.
 */
#ifndef LIAISON_FEED_MAPPING_TIME_H
#define LIAISON_FEED_MAPPING_TIME_H

#include "mapping.h"

/* quality: an event_time_quality value. ERR_TIME where the text is not such a time. */
int mapping_time_read(const struct mapping *mapping, const char *text, event_time *time,
                      uint8_t *quality, struct fault *fault);

#endif
