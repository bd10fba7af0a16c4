/*
 * parcel: one try at one delivery, with everything that sending it takes, and how it ended. Made on
 * the loop's thread, lent to a worker thread while it is being sent, then the loop's again.
 *
 * A try ends with a verdict, which says five things (the table is in parcel.c): whether the message
 * was sent; why not, as a code; whose fault that is; what it says of the provider; and whether the
 * provider deferred the message, which says more if it does so to everybody (breaker.h). Who is at
 * fault decides what follows: the recipient's fault may be final, the provider's and our own never
 * are.
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
    END_UNKNOWN,   /* it went out and no answer came that can be read: it may have been sent */
};

enum parcel_fault {
    FAULT_NONE,
    FAULT_RECIPIENT, /* this address, or the side that receives for it */
    FAULT_PROVIDER,  /* the relay or gateway, or the way to it */
    FAULT_OURSELVES, /* our sender, credentials, account, template, or this program */
};

/* What the end of a try says of the provider. */
enum parcel_sign {
    SIGN_NONE,  /* nothing */
    SIGN_ALIVE, /* it answered about a message */
    SIGN_DOWN,  /* the next message would fare no better */
    SIGN_BUSY,  /* it answers, and wants to be asked less often */
};

enum parcel_verdict {
    VERDICT_SENT,
    VERDICT_BAD_ADDRESS, /* nothing looks like that: nobody was asked */
    VERDICT_REFUSED,     /* the receiver's side takes it neither now nor later */
    VERDICT_OPTED_OUT,   /* the receiver wants no more texts */
    VERDICT_DEFERRED,    /* the receiver's side does not take it now */
    VERDICT_UNREACHABLE, /* no name, no connection, no TLS, or the connection was lost early */
    VERDICT_FAILING,     /* the provider says that it cannot */
    VERDICT_CLOSING,     /* the provider closes a connection on which it took messages */
    VERDICT_BUSY,        /* the provider has had too many */
    VERDICT_OUR_MESSAGE, /* something of ours is wrong with this message */
    VERDICT_OUR_ACCOUNT, /* something of ours is wrong with every message */
    VERDICT_NO_ANSWER,   /* it went out, and no answer came */
    VERDICT_ODD_ANSWER,  /* it went out, and the answer cannot be read */
    VERDICT_HELD_BACK,   /* it waited for a worker, and the provider went down meanwhile */
    VERDICT_WAITED,      /* it waited for a worker for too long: nobody's fault, and no try */
    VERDICT_INTERNAL,    /* no memory, or the program stops */
    VERDICTS
};

struct channel;

struct parcel {
    int district_id;
    int64_t delivery_id;
    int64_t alert_id;
    const struct channel *channel;
    enum settings_lane lane;
    enum settings_way way; /* by which provider: set when it is given to one */
    bool urgent;           /* the reserved workers take it too, and it overtakes the others */
    int attempts;          /* this one included */
    int64_t age_s;         /* since it was due */
    bool answers;          /* an answer to it comes back to us */
    bool was_unknown;      /* it repeats a message that may have been sent */
    bool ask;              /* the provider by which it goes may have that message: asked first */

    char *to; /* address or number: never in a log */
    /* What it says, in the form of its channel: the letter, or brief. */
    char *subject, *text, *html;
    char brief[MESSAGE_BRIEF_SIZE];
    char *message_id, *root_id; /* without angle brackets */
    char *others; /* of a repetition: what the provider calls other messages to this number, with a
                     blank between two; NULL: none */
    int64_t tried_s;    /* of a repetition: what it repeats was tried at most so long ago */
    const char *sender; /* our address; borrowed from the settings */
    char *secret;       /* that the contact shares with us, of a channel that has one; else NULL */
    char *earlier; /* ids and times of the messages before it, as sql/subject_call.sql gives them */
    bool important;
    const char *kind;  /* of message, as in the database */
    char *content;     /* JSON: what it says, as its subject's kind remembers it */
    time_t created_at; /* when it was composed: the same for a repetition */

    enum parcel_end end;
    enum reason reason; /* REASON_NONE for END_OK, and if it only waited */
    enum parcel_fault fault;
    enum parcel_sign sign;
    bool deferred;        /* the provider answered, and does not take this message now */
    bool everybody;       /* of deferred: neither any other; the provider's to say */
    bool at_once;         /* of deferred: no wait of its own, since others are not deferred */
    char error[48];       /* what the provider answered: "smtp 550"; "" for END_OK */
    char provider_id[64]; /* the provider's own name of the message */
    int retry_after_s;    /* of SIGN_BUSY: what the provider asked for; -1: it did not say */
    int64_t hold_ms;      /* of END_TEMPORARY: its receiver takes none before; 0: as retry.h says */
    bool went_out;        /* this try sent it, or may have */
    unsigned worker;      /* which one of its provider; from 1, 0: it never came to one */
    time_t began_at;      /* when the worker began; 0: it never did */
    int64_t took_us;      /* the time that it took */

    /* The provider's, while it has the parcel (courier.c, provider.c). */
    struct parcel *next;
    bool probe;
    int64_t given_us, began_us;
};

void parcel_free(struct parcel *parcel);
/* Sets how it ended; fmt, as in printf, makes error, and may be "". */
void parcel_judged(struct parcel *parcel, enum parcel_verdict verdict, const char *error_fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Nothing was tried: its receiver takes no message now, for this reason, and is asked again then.
 */
void parcel_held(struct parcel *parcel, enum reason why, int64_t hold_ms);
const char *parcel_end_name(enum parcel_end end);
const char *parcel_fault_name(enum parcel_fault fault);

#endif
