/*
 * cap: a notice as an alert of the Common Alerting Protocol (OASIS CAP 1.2), which machines read:
 * a mass notification system, a display, an emergency operations centre. Its scope is Private. It
 * says what a letter says in sentences, and the same as codes; its area is the school's name: no
 * street, no call number, no person. A restricted or sealed call is a "police call" whose codes say
 * no more, and what takes back an alert that its reader may not see any more names nothing at all.
 *
 * Times are UTC, which CAP writes "-00:00". Pure; any thread.
 */
#ifndef NOTIFY_CAP_H
#define NOTIFY_CAP_H

#include "notice.h"
#include "parcel.h"

#include <time.h>

enum { CAP_HEADLINE_MOST = 160 };

/* By what its reader knows the message; all is borrowed. */
struct cap_ids {
    const char *identifier; /* of the message */
    const char *sender;
    const char *addresses; /* for whom it is */
    const char *incident;  /* the same for all messages of an alert to one contact */
    const char *earlier;   /* those, as "identifier,seconds identifier,seconds"; "": none */
    time_t sent;
};

/* Whether a text may be an identifier or a sender. */
bool cap_id_ok(const char *text);
/* XML in UTF-8; free(). NULL without memory. */
char *cap_write(const struct notice *notice, const struct cap_ids *ids);
/* Writes the text of a webhook's parcel (channel.h): 0 or ERR_NOMEM. */
int cap_message(const struct notice *notice, struct parcel *parcel);

#endif
