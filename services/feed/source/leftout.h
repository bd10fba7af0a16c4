/*
 * leftout: counts by name what was left out of an input's records: fields whose value could not be
 * kept, and members that the data dictionary does not have. The log and --check print it, so only
 * names that look like identifiers are shown: a producer may have put a person's data in a name.
 * Never a value. Memory is bounded. Not thread-safe.
 */
#ifndef LIAISON_FEED_LEFTOUT_H
#define LIAISON_FEED_LEFTOUT_H

#include <stddef.h>
#include <stdint.h>

enum { LEFTOUT_NAMES = 24, LEFTOUT_NAME = 48, LEFTOUT_TEXT = LEFTOUT_NAMES * (LEFTOUT_NAME + 12) };

struct leftout {
    size_t count;
    uint32_t others; /* under names that did not fit, or that are not shown */
    struct leftout_name {
        char name[LEFTOUT_NAME];
        uint32_t times;
    } item[LEFTOUT_NAMES];
};

void leftout_add(struct leftout *leftout, const char *name, size_t size);
/* "place.latitude=3,priority=1,?=2"; "" if there is none. ?: the others. */
void leftout_write(const struct leftout *leftout, char out[LEFTOUT_TEXT]);

#endif
