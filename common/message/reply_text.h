/*
 * reply_text: what is answered to a text message that came in (notify.take_text). Pure; any thread.
 */
#ifndef COMMON_REPLY_TEXT_H
#define COMMON_REPLY_TEXT_H

#include "catalogue.h"

#include <stdint.h>

enum { REPLY_CHOICES_MOST = 4, REPLY_SIZE = 800 };

/* What the reply is or may be about; strings are borrowed and not NULL. at: as people read it. */
struct reply_choice {
    int64_t alert;
    const char *kind; /* "alert", "summary", "alarm" or "drill" */
    const char *school, *at;
    const char *class, *type; /* of an alert, as its text named it; both "": a police call */
};

/* Writes the words of an answer ("acknowledged", "which") into out; "" for a code that has none. Of
 * the choices the first REPLY_CHOICES_MOST are listed, or the first is named, as far as out has
 * room. */
void reply_say(const struct catalogue *words, const char *answer,
               const struct reply_choice *choices, size_t count, char *out, size_t size);

#endif
