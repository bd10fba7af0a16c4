/* See day.h. */
#include "day.h"

#include "clock.h"
#include "event.h"

#include <stdio.h>

static const int64_t DAY_US = INT64_C(86400000000);

uint64_t day_today(void)
{
    return (uint64_t)(clock_wall_us() / DAY_US);
}

void day_begin(struct day *day, uint64_t today)
{
    *day = (struct day){.date = today};
}

void day_name(uint64_t date, struct manifest *manifest)
{
    char text[32];

    event_time_format((event_time)date * DAY_US, text);
    snprintf(manifest->source, sizeof manifest->source, "%.10s", text);
}

void day_tell(const struct day *day, struct manifest *manifest)
{
    manifest->read += day->read;
    manifest->rejected += day->rejected;
    manifest->duplicate += day->dropped;
    manifest->records += day->records;
    if (day->first > 0 && (manifest->first == 0 || day->first < manifest->first))
        manifest->first = day->first;
    if (day->last > manifest->last)
        manifest->last = day->last;
}
