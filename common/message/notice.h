/*
 * notice: what a message is made of: what is told (facts.h), by which names, in which words.
 */
#ifndef COMMON_NOTICE_H
#define COMMON_NOTICE_H

#include "catalogue.h"
#include "facts.h"

#include <stdbool.h>

enum message_kind {
    MESSAGE_FIRST,
    MESSAGE_UPDATE,
    MESSAGE_CLOSED,
    MESSAGE_CORRECTION,
    MESSAGE_WITHDRAWN, /* to somebody who may not see the call any more: it names nothing of it */
    MESSAGE_KINDS
};

enum { NOTICE_PARTS = 20 };

/* Calls of a class in a summary. */
struct notice_part {
    char class[32]; /* "" if it must not be named */
    int calls;
};

/* All strings are UTF-8 and not NULL; "" is not known. Times are in the district's zone, and with
 * everything else in the language of words (when.h). */
struct notice {
    struct catalogue words; /* the language of who is told, and the district's own texts */
    enum message_kind kind;
    bool replay;
    bool drill;
    bool asks_again;  /* it became worse, or stands again: everybody is asked again */
    bool reopened;    /* it stands again, also if the reader was not told of its end */
    bool answered;    /* the reader had acknowledged it before that */
    bool told_before; /* somebody in a step before the reader's was */
    struct content content;
    const char *school;
    const char *district;
    const char *agency;
    const char *incident_no;
    const char *class_name; /* of content.now.class, in English: "Violence" */
    const char *type_name;  /* of content.now.type: "Fight" */
    const char *disposition;
    const char *disposition_code;
    const char *address;
    const char *place_name;
    const char *method;
    int distance_m;          /* negative: not known */
    const char *opened_time; /* "09:12" */
    const char *opened_day;  /* "Mon, Nov 23"; "" if that is the day of the message */
    const char *opened_date; /* "Monday, November 23, 2026" */
    const char *closed_time;
    const char *also;    /* agencies of calls that are folded into this one: "County Sheriff" */
    const char *others;  /* "Pat Lee (principal), Ann Ray (director)" */
    int others_more;     /* how many others are not named there; below 0: many */
    const char *holders; /* who has the alert, as others; "" if nobody */
    bool several;        /* of holders */
    /* Somebody may have had it, and nobody knows whether the reader heard the last of that: who has
     * it is said again. */
    bool holders_unsure;
    /* Bits of enum facts_change that the reader may not have heard of: the message before this one
     * may be lost. */
    unsigned missed;
    const char *handed_by; /* who hands it to who is told; */
    bool handed_back;      /* or to whom it was handed, and whom no message reached */
    const char *handed_to; /* to whom it is handed, and who has not answered yet; "": to nobody */
    const char *link;
    bool answers; /* a text in answer comes back to us: it may be said */
    /* Only of a summary of calls (message_is_summary), most calls first. */
    bool summary;
    bool digest; /* the summary is one: nobody answers it */
    struct notice_part parts[NOTICE_PARTS];
    size_t part_count;
};

#endif
