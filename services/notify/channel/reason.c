#include "reason.h"

#include <string.h>

static const char *const names[REASONS] = {
    [REASON_NONE] = "",
    [REASON_ACKNOWLEDGED] = "acknowledged",
    [REASON_CLOSED] = "closed",
    [REASON_WITHDRAWN] = "withdrawn",
    [REASON_NOTHING_NEW] = "nothing_new",
    [REASON_NO_RULE] = "no_rule",
    [REASON_FIRST_NOT_SENT] = "first_not_sent",
    [REASON_CONTACT_INACTIVE] = "contact_inactive",
    [REASON_NOT_OF_SCHOOL] = "not_of_school",
    [REASON_SEALED] = "sealed",
    [REASON_OPTED_OUT] = "opted_out",
    [REASON_NO_ADDRESS] = "no_address",
    [REASON_NO_CHANNEL] = "no_channel",
    [REASON_NO_SUBJECT] = "no_subject",
    [REASON_UNREADABLE] = "unreadable",
    [REASON_BAD_ADDRESS] = "bad_address",
    [REASON_REFUSED] = "refused",
    [REASON_UNDELIVERED] = "undelivered",
    [REASON_DEFERRED] = "deferred",
    [REASON_UNREACHABLE] = "unreachable",
    [REASON_PROVIDER_DOWN] = "provider_down",
    [REASON_RATE_LIMITED] = "rate_limited",
    [REASON_MISCONFIGURED] = "misconfigured",
    [REASON_NO_ANSWER] = "no_answer",
    [REASON_ODD_ANSWER] = "odd_answer",
    [REASON_SENDER_LOST] = "sender_lost",
    [REASON_INTERNAL] = "internal",
};

const char *reason_name(enum reason reason)
{
    return names[reason];
}

enum reason reason_of(const char *name)
{
    for (int i = 0; i < REASONS; i++)
        if (strcmp(names[i], name) == 0)
            return (enum reason)i;
    return REASON_NONE;
}

bool reason_is_uncertain(enum reason reason)
{
    return reason == REASON_NO_ANSWER || reason == REASON_ODD_ANSWER ||
           reason == REASON_SENDER_LOST;
}
