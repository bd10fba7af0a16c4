/*
 * channel: the ways in which a contact is told. Each describes itself in its own file (email.c,
 * sms.c, webhook.c) and stands in the table once. What a channel can and cannot do is a field of
 * struct channel, so that nobody else asks which channel it is.
 *
 * How a channel says "not now" and "never" is known to its send alone, which says it as the verdict
 * on the parcel. What is said of a message later, receipts and bounces, goes to the database
 * (deploy/schema/r_receipts.sql). No channel has hours in which it is quiet: they would be a field
 * here.
 */
#ifndef NOTIFY_CHANNEL_H
#define NOTIFY_CHANNEL_H

#include "parcel.h"
#include "transport.h"

enum channel_bit { CHANNEL_EMAIL = 1, CHANNEL_SMS = 2, CHANNEL_WEBHOOK = 4 };
/* Those that a person reads, and not a system. */
enum { CHANNELS_OF_PEOPLE = CHANNEL_EMAIL | CHANNEL_SMS };

/* A way out of a channel that is configured, as provider.h opens it. */
struct provider_plan {
    const char *name; /* "smtp", "twilio2": none has that of another channel */
    int workers;      /* messages at the same time */
    int reserved;     /* more of them, for urgent messages alone */
    int per_second;   /* messages; 0: as many as it takes */
    bool asked;       /* it can say whether it has a message already */
};

struct channel {
    enum channel_bit bit; /* in sets of channels */
    const char *name;     /* as in the database */
    /* The columns of what is due (subject.h) and counters that are the channel's. */
    const char *address_column;
    const char *secret_column; /* NULL: it needs none */
    const char *sent_counter, *failed_counter, *retried_counter;
    /* NULL: a message is a letter, with a subject, plain text and HTML, of any length. Else it is
     * one short text of this form. */
    const struct brief_form *brief;
    /* Writes a message that has a form of its own, and says what a letter says, into the parcel's
     * text; NULL: it is a letter, or brief. On the loop's thread. 0 or ERR_NOMEM. */
    int (*write)(const struct notice *notice, struct parcel *parcel);
    /* Whether a try whose end is unknown is repeated like one that failed: the message carries an
     * id by which the receiver knows it again. */
    bool repeatable;
    /* Whether it has this way out, and with what. A channel with a second one has a first. */
    bool (*plan)(const struct settings *settings, enum settings_way way,
                 struct provider_plan *plan);
    /* What the workers of one provider share (transport.h); share gives NULL without memory. Both
     * NULL: nothing. */
    void *(*share)(const struct settings *settings);
    void (*unshare)(void *shared);
    /* Sends the parcel and sets how it ended. On a worker thread, with the worker's transport. */
    void (*send)(struct transport *transport, const struct settings *settings,
                 struct parcel *parcel);
};

/* In email.c, sms.c and webhook.c. */
extern const struct channel email_channel, sms_channel, webhook_channel;

enum { CHANNELS = 3 };
extern const struct channel *const channels[CHANNELS];

/* By its name in the database, or NULL. */
const struct channel *channel_named(const char *name);
/* Refuses settings with which a channel's messages could not hold a link. */
int channels_check(const struct settings *settings, struct error *error);
/* The channels that a lane has, as a set of bits. */
unsigned channels_available(const struct settings *settings, enum settings_lane lane);

#endif
