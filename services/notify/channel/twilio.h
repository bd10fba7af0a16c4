/*
 * twilio: a text by Twilio's Messages resource. It has no key by which a repetition would be
 * harmless; but it can be asked what it has: before a message is sent again whose first try had an
 * unknown end, the messages to that number are read, and one that says the same, and
 * is none of our other messages, is taken as ours.
 *
 * On a worker thread.
 */
#ifndef NOTIFY_TWILIO_H
#define NOTIFY_TWILIO_H

#include "gateway.h"

/* What the answer to a new message means. For the gateway and its tests. */
void twilio_judge(const struct gateway_answer *answer, struct parcel *parcel);

enum twilio_kept {
    TWILIO_KEPT,    /* it has the message: the parcel is judged by its state */
    TWILIO_ABSENT,  /* it has no such message */
    TWILIO_CANNOT,  /* this gateway has no list */
    TWILIO_NO_WORD, /* nobody knows still */
};

/* Looks the message up in a list of messages to its number. For the gateway and its tests. */
enum twilio_kept twilio_find(const struct gateway_answer *answer, const struct settings *settings,
                             struct parcel *parcel);

#endif
