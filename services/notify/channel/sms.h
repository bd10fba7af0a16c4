/*
 * sms: the channel of text messages, by an HTTP gateway (gateway.h). No gateway has a key that
 * would make a repetition harmless: a request whose answer never came has an unknown end, and is
 * not repeated at once.
 */
#ifndef NOTIFY_SMS_H
#define NOTIFY_SMS_H

#include "channel.h"

/* A telephone number as gateways take it: "+" and 7 to 15 digits. */
bool sms_number_ok(const char *number);

#endif
