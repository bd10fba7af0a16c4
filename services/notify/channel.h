/*
 * channel: the ways in which a contact is told, as a table. A new way is a new row.
 */
#ifndef NOTIFY_CHANNEL_H
#define NOTIFY_CHANNEL_H

#include "parcel.h"
#include "rules.h"

#include <curl/curl.h>

struct channel {
    enum channel_bit bit;
    const char *name; /* as in the database */
    /* The columns of delivery_claim (sql/delivery.sql) and counters that are the channel's. */
    const char *address_column;
    const char *sent_counter, *failed_counter, *retried_counter;
    /* Whether a try whose end is unknown is repeated like one that failed: the message carries an
     * id by which the receiver knows it again. */
    bool repeatable;
    void (*send)(CURL *curl, const struct settings *settings, struct parcel *parcel);
};

enum { CHANNELS = 2 };
extern const struct channel channels[CHANNELS];

const struct channel *channel_of(unsigned bit);
/* By its name in the database, or NULL. */
const struct channel *channel_named(const char *name);

#endif
