#include "route.h"

#include <stddef.h>

bool route_is_well(const struct route_state *state)
{
    return state->up && state->arrives && !state->silent;
}

enum route_share route_share(const struct route_state *own, const struct route_state *other,
                             bool own_is_first)
{
    const struct route_state *first = own_is_first ? own : other;
    const struct route_state *second = own_is_first ? other : own;

    if (!other)
        return ROUTE_ALL;
    const struct route_state *carrier = route_is_well(first)    ? first
                                        : route_is_well(second) ? second
                                        : first->up             ? first
                                        : second->up            ? second
                                                                : NULL;
    if (!carrier || carrier == own)
        return ROUTE_ALL;
    if (!own->up || (!own->arrives && own_is_first))
        return ROUTE_PROBE; /* a second one that loses messages is seen to when it is needed */
    return route_is_well(own) && carrier->full ? ROUTE_SPARE : ROUTE_ASK;
}
