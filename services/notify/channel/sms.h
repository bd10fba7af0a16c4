/*
 * sms: one text message by an HTTP gateway: Twilio's Messages resource, or Kannel's sendsms.
 * Neither has a key that would make a repetition harmless: a request whose answer never came has an
 * unknown end, and is not repeated at once.
 *
 * On a worker thread.
 */
#ifndef NOTIFY_SMS_H
#define NOTIFY_SMS_H

#include "channel.h"

/* What an answer means; body is NUL-terminated. For the channel and its tests. */
void sms_judge_twilio(long status, const char *body, struct parcel *parcel);
void sms_judge_kannel(long status, const char *body, struct parcel *parcel);

#endif
