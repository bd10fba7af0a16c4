/*
 * act: what a person says of an alert, as the body of a request: {"act": "has"}, {"act": "undone"},
 * {"act": "handed_over", "to": 12}, {"act": "comment", "text": "..."}. A body is asked for so that
 * nothing that only follows a link or sends a form off says anything. On the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_ACT_H
#define LIAISON_DASHBOARD_ACT_H

#include "exchange.h"

#include <stdint.h>

enum { ACT_TEXT_MOST = 280 }; /* characters of a comment */

struct act {
    char what[16];
    char to[16];                      /* a contact; "": nobody */
    char text[4 * ACT_TEXT_MOST + 1]; /* "": no comment */
    int district;                     /* with alert: of which the streams are told if noted */
    int64_t alert;
    bool noted;
};

/* A check of a route: reads the body into exchange->own. may_have: "has" is one of the acts.
 * Returns 0 or the error filled. */
int act_read(struct exchange *exchange, bool may_have, struct error *error);
/* The refusal of what could not be noted: 409. why: as of notify.why_not_noted. */
void act_refuse(struct exchange *exchange, const char *why);
/* Parameters of statements: NULL where nothing was given. */
const char *act_to(const struct act *act);
const char *act_text(const struct act *act);
/* Tells the streams of what was noted, and replies. */
void act_done(struct exchange *exchange);

#endif
