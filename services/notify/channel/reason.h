/*
 * reason: why a delivery was not sent, or not yet, as a closed list of codes. It stands in
 * notify.delivery.reason, and whatever is decided by it reads the code. notify.delivery.error is
 * what a channel answered: for people alone, and read by no program.
 *
 * The list stands here, in the constraint of the column and in docs/notify.md; a test compares
 * them.
 */
#ifndef NOTIFY_REASON_H
#define NOTIFY_REASON_H

#include <stdbool.h>

enum reason {
    REASON_NONE, /* null in the database */

    /* It is not to be sent. */
    REASON_ACKNOWLEDGED,     /* somebody has the alert: a later step need not hear */
    REASON_CLOSED,           /* the call is over */
    REASON_WITHDRAWN,        /* what it says is not so any more */
    REASON_NOTHING_NEW,      /* an update that says nothing new */
    REASON_NO_RULE,          /* rules or contacts changed: nobody asks for it any more */
    REASON_FIRST_NOT_SENT,   /* what it follows was never sent */
    REASON_CONTACT_INACTIVE, /* the contact may not be told: as notify.sight gives it */
    REASON_NOT_OF_SCHOOL,
    REASON_SEALED,
    REASON_OPTED_OUT,  /* the number wants no texts */
    REASON_NO_ADDRESS, /* the contact has none for this channel */
    REASON_NO_CHANNEL, /* the channel is not configured */
    REASON_NO_SUBJECT, /* what it is about is gone */
    REASON_UNREADABLE, /* its content cannot be read, or there was no memory */

    /* The channel could not. */
    REASON_BAD_ADDRESS,   /* no address or number looks like that */
    REASON_REFUSED,       /* the receiver's side takes it neither now nor later */
    REASON_UNDELIVERED,   /* taken, and then not delivered: a receipt or a bounce says so */
    REASON_DEFERRED,      /* not now */
    REASON_UNREACHABLE,   /* no connection or no TLS, before the message went out */
    REASON_PROVIDER_DOWN, /* the way out was down before its turn came */
    REASON_RATE_LIMITED,  /* the provider has had too many */
    REASON_MISCONFIGURED, /* our sender, credentials, account or template: ours to mend */
    REASON_NO_ANSWER,     /* it went out and no answer came */
    REASON_ODD_ANSWER,    /* it went out and the answer cannot be read */
    REASON_SENDER_LOST,   /* the lease of whoever was sending it ran out */
    REASON_INTERNAL,      /* no memory, or the program stopped */
    REASONS
};

/* As in the database; "" for REASON_NONE. */
const char *reason_name(enum reason reason);
/* REASON_NONE for "" and for a word that is none. */
enum reason reason_of(const char *name);
/* The message may have been sent: nobody knows. */
bool reason_is_uncertain(enum reason reason);

#endif
