/*
 * providers: all that are configured: for each channel, one for live calls and one for a replay. A
 * channel that cannot be used in a lane has none there.
 *
 * On the loop's thread.
 */
#ifndef NOTIFY_PROVIDERS_H
#define NOTIFY_PROVIDERS_H

#include "provider.h"

enum { PROVIDERS_MOST = CHANNELS * LANES };

struct providers {
    size_t count;
    struct provider *at[PROVIDERS_MOST];
};

/* settings must stay. 0, or ERR_NOMEM with none open. */
int providers_open(struct providers *providers, uv_loop_t *loop, const struct settings *settings,
                   const struct provider_hooks *hooks);
/* By which one a message goes; NULL: the channel is not configured for the lane. */
struct provider *providers_choose(const struct providers *providers, const struct channel *channel,
                                  enum settings_lane lane);
void providers_hurry(struct providers *providers);
/* As provider_close; none is left. */
void providers_close(struct providers *providers);

#endif
