/*
 * email_header: header fields of an e-mail as RFC 5322 and RFC 2047 want them, by GMime: words
 * that are not ASCII, or look encoded already, are encoded, names are quoted where they must be,
 * long fields are folded. Control characters, line breaks among them, become blanks. Any thread.
 */
#ifndef NOTIFY_EMAIL_HEADER_H
#define NOTIFY_EMAIL_HEADER_H

/* "Subject: text", folded with CRLF and without one at its end. free(); NULL without memory. */
char *email_header_field(const char *name, const char *text);
/* "From: name <address>". name may be "", or quoted already. free(). */
char *email_header_mailbox(const char *field, const char *name, const char *address);

#endif
