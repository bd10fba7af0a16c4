#include "quiet.h"

int64_t quiet_until(const struct quiet *quiet, int64_t at_us)
{
    for (size_t i = 0; i < quiet->count; i++)
        if (quiet->windows[i].from_us <= at_us && at_us < quiet->windows[i].to_us)
            return quiet->windows[i].to_us;
    return at_us;
}

int64_t quiet_next(const struct quiet *quiet, int64_t at_us)
{
    for (size_t i = 0; i < quiet->count; i++)
        if (quiet->windows[i].from_us > at_us)
            return quiet->windows[i].from_us;
    return INT64_MAX;
}
