/*
 * parcel: one try at one delivery, with everything that sending it takes, and how it ended. Made on
 * the loop's thread, lent to a worker thread while it is being sent, then the loop's again.
 */
#ifndef NOTIFY_PARCEL_H
#define NOTIFY_PARCEL_H

#include "message.h"
#include "reason.h"
#include "settings.h"

#include <stdint.h>
#include <time.h>

/* A try has one of four ends. */
enum parcel_end {
    END_OK,
    END_TEMPORARY, /* not sent; may be later */
    END_PERMANENT, /* not sent, and never will be */
    END_UNKNOWN,   /* the body went out and no answer came: it may have been sent */
};

struct channel;

struct parcel {
    int district_id;
    int64_t delivery_id;
    int64_t alert_id;
    const struct channel *channel;
    enum settings_lane lane;
    int attempts;     /* this one included */
    int64_t age_s;    /* since it was due */
    bool was_unknown; /* the try before may have been sent */

    char *to; /* address or number: never in a log */
    /* What it says, in the form of its channel: the letter, or brief. */
    char *subject, *text, *html;
    char brief[MESSAGE_BRIEF_SIZE];
    char *message_id, *root_id; /* without angle brackets */
    bool important;
    bool urgent;       /* about a call that may cost a life, or of a high priority */
    bool repeats;      /* it is a message whose end is not known, once more */
    const char *kind;  /* as in the database */
    char *content;     /* JSON: what it says, as its subject's kind remembers it */
    time_t created_at; /* when it was composed: the same for a repetition */

    enum parcel_end end;
    enum reason reason;   /* REASON_NONE for END_OK */
    char error[48];       /* what the channel answered: "smtp 550"; "" for END_OK */
    char provider_id[64]; /* the channel's own name of the message */
};

void parcel_free(struct parcel *parcel);
/* It was sent. */
void parcel_sent(struct parcel *parcel);
/* It was not, or nobody knows; fmt as in printf. */
void parcel_failed(struct parcel *parcel, enum parcel_end end, enum reason reason,
                   const char *error_fmt, ...) __attribute__((format(printf, 4, 5)));
const char *parcel_end_name(enum parcel_end end);

#endif
