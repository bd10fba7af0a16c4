/*
 * hook: a request by which a provider reports on a text, or hands one on that came in. Each
 * provider has a file (hook_twilio.c, hook_kannel.c) with a check for each address, which proves
 * the sender and reads the request into struct hook, and the form of its answers. hooks.c does the
 * rest. Whether a number or a message is known to us is in no answer, but in texts to that number.
 */
#ifndef LIAISON_DASHBOARD_HOOK_H
#define LIAISON_DASHBOARD_HOOK_H

#include "exchange.h"
#include "hook_words.h"
#include "reply_text.h"

enum { HOOK_ID_SIZE = 65 };

/* exchange->own of these routes. */
struct hook {
    const char *provider;  /* as in notify.receipt and notify.reply */
    char id[HOOK_ID_SIZE]; /* the provider's own, of the message */
    char reference[40];    /* ours, which went out with it; or "" */
    const char *state;     /* of a receipt */
    char kind[HOOK_WORD_SIZE], code[HOOK_WORD_SIZE];
    char number[HOOK_NUMBER_SIZE]; /* of a text: whose it is, and what it says */
    char text[HOOK_TEXT_SIZE];

    int district; /* the alert that has changed; 0: none */
    int64_t alert;
    bool acknowledged;
    char answer[16];       /* code of what is answered; "": nothing */
    char said[REPLY_SIZE]; /* in words */
};

/* An empty one, as the exchange's own; or NULL, and the answer is set. */
struct hook *hook_new(struct exchange *exchange, const char *provider);
/* The sender has not proved itself. Such requests count against the address's rate; others do
 * not. */
void hook_refuse(struct exchange *exchange, int status);
/* The request says nothing that we need: 204, or a 200 with an empty text. */
void hook_done(struct exchange *exchange, int status);

/* For struct route: check, and done. */
int hook_twilio_status(struct exchange *exchange, struct error *error);
int hook_twilio_inbound(struct exchange *exchange, struct error *error);
int hook_kannel_report(struct exchange *exchange, struct error *error);
int hook_kannel_inbound(struct exchange *exchange, struct error *error);
/* Twilio answers STOP, START and HELP itself: to those it gets no words. */
void hook_twilio_answer(struct exchange *exchange);
void hook_kannel_answer(struct exchange *exchange);

#endif
