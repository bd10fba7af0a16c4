/*
 * message: the texts that people read, in the language of each (common/catalogue.h). A brief text
 * is of the size and the alphabet that its channel gives, and names no street; a letter says the
 * same and more, as plain text and as HTML. No text holds a person of the call, or free text of
 * dispatch. What is restricted or sealed is a "police call" and no more.
 *
 * Pure functions of a notice; any thread.
 */
#ifndef COMMON_MESSAGE_H
#define COMMON_MESSAGE_H

#include "notice.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    MESSAGE_BRIEF_SIZE = 480,
    MESSAGE_LATE_FROM_S = 600 /* the district heard so late of it: a first message says so */
};

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
    /* Whether the alphabet can write this text, and the form of those that it cannot; NULL: it
     * can write all. */
    bool (*spells)(const char *text);
    const struct brief_form *other;
};

/* "first", "update", "closed", "correction", "withdrawn", as the database has them. */
const char *message_kind_name(enum message_kind kind);
enum message_kind message_kind_of(const char *name);

/* What kind of message tells now to whoever was told was. */
enum message_kind message_kind_between(const struct facts *was, const struct facts *now);

/* An update that would say nothing new, or nothing that a brief text may say, is not sent. */
bool message_has_news(const struct notice *notice, bool brief);
/* "REPLAY", "DRILL" or "": stands before all else. */
const char *message_mark(const struct notice *notice);
/* It asks to be acknowledged. */
bool message_asks(const struct notice *notice);

/* Writes a text of at most the form's most; out has MESSAGE_BRIEF_SIZE. Returns its size. Of what
 * may be left out it says as much as has room, in this order: that it asks for an answer; where,
 * and whole words; the day; the remark that nobody has answered; what the reader knows the call as;
 * classes of a summary; what may be said in fewer words; units; that one may reply OK. The end of
 * the school's name makes room for the first four. Link and sender are never cut. */
int message_brief(const struct notice *notice, const struct brief_form *form, char *out);

/* Whether a text of this notice is cut at its end: nothing more could be left out of it. */
bool message_brief_is_cut(const struct notice *notice, const struct brief_form *form);

/* The caller's to free; NULL without memory. The subject is the same for all messages of an alert
 * to one contact, so that mail programs thread them: what his first one said. */
char *message_subject(const struct notice *notice);
char *message_text(const struct notice *notice);
char *message_html(const struct notice *notice);

/* What was said first, or what is new, in sentences. Used by both bodies of a letter; free. */
char *message_headline(const struct notice *notice);

#endif
