#include "providers.h"

static int open_one(struct providers *providers, uv_loop_t *loop, const struct settings *settings,
                    const struct channel *channel, enum settings_way way,
                    const struct provider_hooks *hooks)
{
    struct provider_plan plan;

    if (!channel->plan(settings, way, &plan))
        return 0;
    struct provider *provider = provider_open(loop, settings, channel, way, hooks);
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
        enum settings_way way = (enum settings_way)(i % WAYS);

        if (open_one(providers, loop, settings, channels[i / WAYS], way, hooks) != 0) {
            providers_close(providers);
            return ERR_NOMEM;
        }
    }
    return 0;
}

struct provider *providers_other(const struct providers *providers, const struct provider *provider)
{
    for (size_t i = 0; i < providers->count; i++) {
        struct provider *other = providers->at[i];

        if (other != provider && provider_channel(other) == provider_channel(provider) &&
            provider_lane(other) == LANE_LIVE && provider_lane(provider) == LANE_LIVE)
            return other;
    }
    return NULL;
}

void providers_share(const struct providers *providers, struct provider *provider, bool urgent,
                     struct providers_share *share)
{
    struct provider *other = providers_other(providers, provider);
    struct route_state own = {0}, others = {0};
    bool takes_own = false, spared = false;

    *share = (struct providers_share){.room = 0};
    if (other) {
        provider_route(provider, &own);
        provider_route(other, &others);
        share->asked = provider_is_asked(provider);
        share->other_asked = provider_is_asked(other);
        bool asks = share->asked || share->other_asked;
        share->other_too =
            asks ? others.up || provider_room(other, urgent) > 0 : route_is_well(&others);
        takes_own = asks || route_is_well(&own);
        spared = own.full && route_is_well(&others);
    }
    switch (route_share(&own, other ? &others : NULL, provider_way(provider) == WAY_FIRST)) {
    case ROUTE_ALL: /* one that wants a rest gets it while the other takes what is urgent */
        share->room = provider_room(provider, urgent && !spared);
        return;
    case ROUTE_SPARE:
        share->room = urgent ? provider_room(provider, urgent) : 0;
        break;
    case ROUTE_PROBE:
        share->room = urgent ? 0 : provider_probe_room(provider);
        break;
    case ROUTE_ASK:
        break;
    }
    share->only_own = share->room == 0 && takes_own;
    if (share->only_own)
        share->room = provider_room(provider, urgent);
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
