#include "channel.h"

#include "email.h"
#include "sms.h"

#include <string.h>

const struct channel *const channels[CHANNELS] = {&email_channel, &sms_channel};

const struct channel *channel_named(const char *name)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (strcmp(channels[i]->name, name) == 0)
            return channels[i];
    return NULL;
}

unsigned channels_available(const struct settings *settings, enum settings_lane lane)
{
    unsigned set = 0;

    for (size_t i = 0; i < CHANNELS; i++)
        if (channels[i]->available(settings, lane))
            set |= channels[i]->bit;
    return set;
}
