/*
 * alarm_text: the words of an alarm, for administrators: what is wrong, since when, what that means
 * for alerts and what to do; and what has ended. They hold codes, the names of schools and
 * agencies, of a call what the reader may see of it, and in a letter who has the alarm. Never an
 * address, a number, or the name of another person.
 *
 * Pure functions; any thread.
 */
#ifndef COMMON_ALARM_TEXT_H
#define COMMON_ALARM_TEXT_H

#include "facts.h"
#include "message.h"

#include <stddef.h>

/* Strings are borrowed and not NULL. */
struct alarm_line {
    const char *check;   /* as notify.alarm_shown has it */
    const char *channel; /* "email" */
    const char *object;  /* a provider or a state, as a code; the name of an agency */
    const char *school;  /* "": of no school */
    const char *time;    /* of a call or a hole, as people read it */
    const char *since;   /* since when it was not ok; "": not known */
    const char *ended;   /* when it was ok again; "": not known */
    int lane;
    int have, asked;    /* too_few: how many people have it, of how many */
    bool hidden;        /* the reader may not know of which call or school it is */
    bool call;          /* it is about one call, or the calls of a summary */
    bool summary;       /* about those */
    bool notice;        /* it is told once, and does not end */
    bool well;          /* it was not ok, and is; or */
    bool gone;          /* what it was about is no longer watched: nobody knows whether it is ok */
    struct facts facts; /* of the call: class, type and sensitivity alone */
};

struct alarm_notice {
    struct catalogue words;
    const char *district, *link;    /* link "": none */
    long open;                      /* checks that are not ok */
    const struct alarm_line *lines; /* the most important first */
    size_t line_count;
    const char *holders; /* who has the alarm, as people read it; NULL or "": nobody */
    bool several;        /* of holders */
    bool again;          /* nothing is new: it was not acknowledged */
    bool answers;        /* a text in answer comes back to us: it may be said */
};

/* Writes a text of at most the form's most; out has MESSAGE_BRIEF_SIZE. What does not fit is left
 * out in this order: that one may reply OK; what to do; the end of the school's name; since when;
 * the end of what is wrong. Link and sender are never cut. */
void alarm_brief(const struct alarm_notice *notice, const struct brief_form *form, char *out);
/* The letter. The caller's to free; NULL without memory. */
char *alarm_subject(const struct alarm_notice *notice);
char *alarm_letter(const struct alarm_notice *notice);
char *alarm_html(const struct alarm_notice *notice);

#endif
