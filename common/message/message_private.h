/* What message.c, message_brief.c and message_mail.c share. */
#ifndef COMMON_MESSAGE_PRIVATE_H
#define COMMON_MESSAGE_PRIVATE_H

#include "message.h"
#include "words.h"

enum { MESSAGE_LATE_FROM_S = 600 };

/* Bits of enum facts_change: what is new to who is told. */
unsigned message_changes(const struct notice *notice);
/* It says how late it comes. */
bool message_is_late(const struct notice *notice);
/* It tells of a worse call, and begins with that. */
bool message_is_worse(const struct notice *notice);
/* It was said to be over, or never to have been, and is open. */
bool message_is_reopened(const struct notice *notice);
/* "was entered in error". */
const char *message_correction(const struct notice *notice);
/* The key of a text about the end of a call, of which the time may not be known. */
const char *message_closed_key(const struct notice *notice, const char *with, const char *without);

/* The headline with each sentence on a line; free(). */
char *message_sentences(const struct notice *notice);

#endif
