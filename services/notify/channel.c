#include "channel.h"

#include "email.h"
#include "sms.h"

#include <string.h>

const struct channel channels[CHANNELS] = {
    {.bit = CHANNEL_EMAIL,
     .name = "email",
     .address_column = "email",
     .sent_counter = "sent_email",
     .failed_counter = "failed_email",
     .retried_counter = "retried_email",
     .repeatable = true,
     .send = email_send},
    {.bit = CHANNEL_SMS,
     .name = "sms",
     .address_column = "phone",
     .sent_counter = "sent_sms",
     .failed_counter = "failed_sms",
     .retried_counter = "retried_sms",
     .repeatable = false,
     .send = sms_send},
};

const struct channel *channel_of(unsigned bit)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (channels[i].bit == bit)
            return &channels[i];
    return NULL;
}

const struct channel *channel_named(const char *name)
{
    for (size_t i = 0; i < CHANNELS; i++)
        if (strcmp(channels[i].name, name) == 0)
            return &channels[i];
    return NULL;
}
