#include "providers.h"

static int open_one(struct providers *providers, uv_loop_t *loop, const struct settings *settings,
                    const struct channel *channel, enum settings_lane lane,
                    const struct provider_hooks *hooks)
{
    struct provider_plan plan;

    if (!channel->plan(settings, lane, &plan))
        return 0;
    struct provider *provider = provider_open(loop, settings, channel, lane, hooks);
    if (!provider)
        return ERR_NOMEM;
    providers->at[providers->count++] = provider;
    return 0;
}

int providers_open(struct providers *providers, uv_loop_t *loop, const struct settings *settings,
                   const struct provider_hooks *hooks)
{
    *providers = (struct providers){0};
    for (size_t i = 0; i < PROVIDERS_MOST; i++) {
        enum settings_lane lane = i % LANES == 0 ? LANE_LIVE : LANE_REPLAY;

        if (open_one(providers, loop, settings, channels[i / LANES], lane, hooks) != 0) {
            providers_close(providers);
            return ERR_NOMEM;
        }
    }
    return 0;
}

struct provider *providers_choose(const struct providers *providers, const struct channel *channel,
                                  enum settings_lane lane)
{
    for (size_t i = 0; i < providers->count; i++)
        if (provider_channel(providers->at[i]) == channel &&
            provider_lane(providers->at[i]) == lane)
            return providers->at[i];
    return NULL;
}

void providers_hurry(struct providers *providers)
{
    for (size_t i = 0; i < providers->count; i++)
        provider_hurry(providers->at[i]);
}

void providers_close(struct providers *providers)
{
    while (providers->count)
        provider_close(providers->at[--providers->count]);
}
