#include "channel.h"

#include "token.h"

#include <string.h>

const struct channel *const channels[CHANNELS] = {&email_channel, &sms_channel, &webhook_channel};

const struct channel *channel_named(const char *name)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (strcmp(channels[i]->name, name) == 0)
            return channels[i];
    return NULL;
}

int channels_check(const struct settings *settings, struct error *error)
{
    size_t length = strlen(settings->base_url) + strlen("/a/") + LINK_TOKEN_TEXT - 1;

    for (size_t i = 0; i < CHANNELS; i++)
        if (channels[i]->brief && length > channels[i]->brief->link_most)
            return error_set(error, ERR_SIZE, "links.base_url",
                             "is too long: a message by %s must hold the link", channels[i]->name);
    return 0;
}

unsigned channels_available(const struct settings *settings, enum settings_lane lane)
{
    struct provider_plan plan;
    unsigned set = 0;

    for (size_t i = 0; i < CHANNELS; i++)
        if (channels[i]->plan(settings, lane == LANE_REPLAY ? WAY_REPLAY : WAY_FIRST, &plan))
            set |= channels[i]->bit;
    return set;
}
