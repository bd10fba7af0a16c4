/*
 * sms_form: the form of a brief text that goes out as a text message (message.h).
 */
#ifndef COMMON_SMS_FORM_H
#define COMMON_SMS_FORM_H

#include "message.h"

/* One segment of GSM: a message in two parts may come as one part. What holds letters that GSM
 * lacks is UCS-2, of two segments at most. */
extern const struct brief_form sms_form;

#endif
