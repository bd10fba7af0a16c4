#include "sms.h"

#include "gateway.h"
#include "sms_form.h"
#include "sms_gsm.h"

#include <string.h>

static const struct gateway *const gateways[] = {&twilio_gateway, &kannel_gateway};

/* NULL: none is configured. */
static const struct gateway *gateway_of(const struct settings *settings, enum settings_way way)
{
    for (size_t i = 0; i < sizeof gateways / sizeof gateways[0]; i++)
        if (gateways[i]->provider == settings->sms_to[way].provider)
            return gateways[i];
    return NULL;
}

bool sms_number_ok(const char *number)
{
    return number[0] == '+' && strlen(number) > 7 && strlen(number) < 17 &&
           strspn(number + 1, "0123456789") == strlen(number + 1);
}

static void sms_send(struct transport *transport, const struct settings *settings,
                     struct parcel *parcel)
{
    if (sms_number_ok(parcel->to))
        gateway_of(settings, parcel->way)->send(transport, settings, parcel);
    else
        parcel_judged(parcel, VERDICT_BAD_ADDRESS, "sms number");
}

static bool sms_plan(const struct settings *settings, enum settings_way way,
                     struct provider_plan *plan)
{
    const struct gateway *gateway = gateway_of(settings, way);
    const struct sms_endpoint *to = &settings->sms_to[way];

    *plan = (struct provider_plan){.name = !gateway            ? ""
                                           : way == WAY_SECOND ? gateway->second_name
                                                               : gateway->name,
                                   .workers = to->connections,
                                   .reserved = to->urgent_connections,
                                   .per_second = to->per_second,
                                   .asked = gateway && gateway->says_what_it_has};
    return gateway != NULL;
}

const struct channel sms_channel = {
    .bit = CHANNEL_SMS,
    .name = "sms",
    .address_column = "phone",
    .sent_counter = "sent_sms",
    .failed_counter = "failed_sms",
    .retried_counter = "retried_sms",
    .brief = &sms_form,
    .repeatable = false,
    .plan = sms_plan,
    .send = sms_send,
};
