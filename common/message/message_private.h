/* What message.c, message_brief.c and message_mail.c share. */
#ifndef COMMON_MESSAGE_PRIVATE_H
#define COMMON_MESSAGE_PRIVATE_H

#include "message.h"
#include "words.h"

/* Bits of enum facts_change: what is new to who is told. */
unsigned message_changes(const struct notice *notice);
/* It says how late it comes. */
bool message_is_late(const struct notice *notice);
/* It tells of a worse call, and begins with that. */
bool message_is_worse(const struct notice *notice);
/* It was said to be over, or never to have been, and is open; or it was over, unsaid. */
bool message_is_reopened(const struct notice *notice);
/* It became more urgent, and is what it was. */
bool message_is_raised(const struct notice *notice);
/* "was entered in error". */
const char *message_correction(const struct notice *notice);
/* Of the keys of texts about other agencies the one that says what changed: another one is there,
 * only some are there still, none is; NULL: nothing changed. */
const char *message_agencies_key(const struct notice *notice, const char *there, const char *only,
                                 const char *ended);
/* The key of a text about the end of a call, of which the time may not be known. */
const char *message_closed_key(const struct notice *notice, const char *with, const char *without);

/* A summary counts calls, and has texts of its own (message_summary.c). */
const char *summary_brief_key(const struct notice *notice, bool bare);
void summary_sentences(const struct notice *notice, struct words *words, FILE *out);
/* Sets "calls" ("17 more calls") and "parts" (": violence (9), other (8)"), of at most so many
 * classes, whose texts are written to calls and parts. */
void summary_words(const struct notice *notice, struct words *words, size_t most, char *calls,
                   char *parts);

/* The headline with each sentence on a line; free(). */
char *message_sentences(const struct notice *notice);

/* It is handed to somebody else than the reader, who has not answered yet. */
bool message_is_handed_on(const struct notice *n);

#endif
