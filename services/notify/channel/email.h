/*
 * email: one message by SMTP. Headers, MIME (multipart/alternative, quoted-printable) and the
 * session are libcurl's; what an answer means is decided in smtp_dialog.c. TLS is required unless
 * the configuration says none, and certificates are verified. A connection is kept for the next
 * message; one that the relay closed meanwhile costs another connection, and no try.
 *
 * On a worker thread.
 */
#ifndef NOTIFY_EMAIL_H
#define NOTIFY_EMAIL_H

#include "channel.h"

/* A mailbox that can stand in an SMTP command: ASCII, one "@", no blank, no angle bracket. */
bool email_address_ok(const char *address);

#endif
