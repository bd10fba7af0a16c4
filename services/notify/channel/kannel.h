/*
 * kannel: a text by Kannel's sendsms. It gives a message no name and cannot be asked what it has: a
 * request whose answer never came stays unknown.
 *
 * On a worker thread.
 */
#ifndef NOTIFY_KANNEL_H
#define NOTIFY_KANNEL_H

#include "gateway.h"

/* What an answer means. For the gateway and its tests. */
void kannel_judge(const struct gateway_answer *answer, struct parcel *parcel);

#endif
