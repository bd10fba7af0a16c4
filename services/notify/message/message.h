/*
 * message: the texts that people read. A brief text is of the size and the alphabet that its
 * channel gives, and names no street; a letter says the same and more, as plain text and as HTML.
 * No text holds a person of the call, or free text of dispatch. What is restricted or sealed is a
 * "police call" and no more.
 *
 * Pure functions of a notice; any thread.
 */
#ifndef NOTIFY_MESSAGE_H
#define NOTIFY_MESSAGE_H

#include "facts.h"

#include <stdbool.h>
#include <stddef.h>

enum message_kind {
    MESSAGE_FIRST,
    MESSAGE_UPDATE,
    MESSAGE_CLOSED,
    MESSAGE_CORRECTION,
    MESSAGE_WITHDRAWN, /* to who may not see the call any more: names nothing */
    MESSAGE_KINDS
};

enum { MESSAGE_BRIEF_SIZE = 480 };

/* What a brief text may be, as the channel describes it (channel.h). Its sizes are in units of the
 * channel's own. */
struct brief_form {
    int most;
    size_t link_most; /* octets; a longer link is left out */
    int (*measure)(const char *text);
    /* Writes the text with what the channel's alphabet has. Returns its size. */
    int (*spell)(const char *text, char *out, size_t size);
    /* Cuts a text of that alphabet. */
    void (*shorten)(char *text, int most);
};

/* All strings are UTF-8 and not NULL; "" is not known. Times are in the district's zone. */
struct notice {
    enum message_kind kind;
    bool replay;
    bool asks_again; /* it asks also those who were told, and acknowledged, something less */
    int wave;
    struct content content;
    const char *school;
    const char *district;
    const char *agency;
    const char *incident_no;
    const char *class_name; /* of content.now.class: "Violence" */
    const char *type_name;  /* of content.now.type: "Fight" */
    const char *disposition;
    const char *address;
    const char *place_name;
    const char *method;
    int distance_m;          /* negative: not known */
    const char *opened_time; /* "09:12" */
    const char *opened_day;  /* "Mon 23 Nov"; "" if that is the day of the message */
    const char *opened_date; /* "Monday 23 November 2026" */
    const char *closed_time;
    const char *others; /* "Pat Lee (principal), Ann Ray (director)" */
    const char *link;
};

/* "first", "update", "closed", "correction", as the database has them. */
const char *message_kind_name(enum message_kind kind);
enum message_kind message_kind_of(const char *name);

/* What kind of message tells now to whoever was told was. */
enum message_kind message_kind_between(const struct facts *was, const struct facts *now);

/* An update that would say nothing new, or nothing that a brief text may say, is not sent. */
bool message_has_news(const struct notice *notice, bool brief);

/* Writes a text of at most form->most; out has MESSAGE_BRIEF_SIZE. Returns its size. */
int message_brief(const struct notice *notice, const struct brief_form *form, char *out);

/* The caller's to free; NULL without memory. The subject is the same for all messages of an alert
 * to one contact, so that mail programs thread them: what his first one said. */
char *message_subject(const struct notice *notice);
char *message_text(const struct notice *notice);
char *message_html(const struct notice *notice);

/* What was said first, or what is new, in sentences. Used by both bodies of a letter; free. */
char *message_headline(const struct notice *notice);

#endif
