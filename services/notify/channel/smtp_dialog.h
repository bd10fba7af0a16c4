/*
 * smtp_dialog: how far a dialog with a mail relay came, and what its end means. libcurl speaks; the
 * dialog listens to the lines as they go and come. What each answer means at each stage is one
 * table, in smtp_dialog.c.
 *
 * Until the recipient is named, an answer is about the relay or about us, and takes the relay down.
 * From RCPT on it is about the recipient or the message, unless the relay defers everybody
 * (breaker.h). 421 closes the connection at any stage.
 */
#ifndef NOTIFY_SMTP_DIALOG_H
#define NOTIFY_SMTP_DIALOG_H

#include "parcel.h"

#include <curl/curl.h>

/* What was sent last; the answer is the answer to that. */
enum smtp_stage {
    SMTP_CONNECT, /* nothing: the greeting is due */
    SMTP_HELLO,   /* EHLO, HELO or STARTTLS */
    SMTP_SIGN_IN, /* AUTH */
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_DATA, /* the command */
    SMTP_BODY, /* some of the message */
    SMTP_QUIT,
    SMTP_STAGES = SMTP_QUIT
};

struct smtp_dialog {
    enum smtp_stage stage;
    int code;  /* of the answer; 0: none yet */
    bool odd;  /* a line came that is no answer */
    bool quit; /* QUIT went out: what comes now says nothing of the message */
};

/* A line, or a part of the message, went out or came in. For CURLOPT_DEBUGFUNCTION. */
void smtp_dialog_heard(struct smtp_dialog *dialog, curl_infotype type, const char *data,
                       size_t size);
/* What the end means; rc is libcurl's. */
void smtp_dialog_judge(const struct smtp_dialog *dialog, CURLcode rc, struct parcel *parcel);
/* A connection that was kept for the next message was closed by the relay in the meantime: the
 * message had not begun to go out, and another connection will do. */
bool smtp_dialog_was_stale(const struct smtp_dialog *dialog, CURLcode rc);

#endif
