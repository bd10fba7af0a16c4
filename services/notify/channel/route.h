/*
 * route: which of a channel's two providers takes which messages. One carries them: the first while
 * it is well, else the second while that is, else whichever is up. One that is well is up
 * (breaker.h), its messages arrive as far as receipts say, and it answers.
 *
 * What the other one takes meanwhile: urgent messages for which the carrier has no room; a message
 * that is not urgent, as a probe, so that it is found to be well again; and repetitions of messages
 * that it may have, which it is asked about.
 *
 * Pure.
 */
#ifndef NOTIFY_ROUTE_H
#define NOTIFY_ROUTE_H

#include <stdbool.h>

struct route_state {
    bool up;
    bool arrives; /* receipts do not say that too many of its messages are lost */
    bool silent;  /* messages are on their way, and it has answered none for some time */
    bool full;    /* it takes no urgent message now, but as a probe */
};

enum route_share {
    ROUTE_ALL,   /* what its own gate lets through */
    ROUTE_SPARE, /* urgent messages for which the carrier has no room */
    ROUTE_PROBE, /* one that is not urgent */
    ROUTE_ASK,   /* repetitions of messages that it may have */
};

/* Up, its messages arrive, and it answers. */
bool route_is_well(const struct route_state *state);
/* What a provider may be given; other: the channel's other one, NULL if there is none. */
enum route_share route_share(const struct route_state *own, const struct route_state *other,
                             bool own_is_first);

#endif
