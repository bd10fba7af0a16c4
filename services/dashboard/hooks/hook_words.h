/*
 * hook_words: what providers call the states of a text, and which state that is to us. No state;
 * any thread.
 */
#ifndef LIAISON_DASHBOARD_HOOK_WORDS_H
#define LIAISON_DASHBOARD_HOOK_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { HOOK_WORD_SIZE = 33, HOOK_NUMBER_SIZE = 20, HOOK_TEXT_SIZE = 65 };

/* "sent", "delivered" or "failed", as in notify.receipt; NULL: says nothing that is not known. */
const char *hook_twilio_state(const char *word);
/* By the number that Kannel puts for %d. */
const char *hook_kannel_state(const char *mask);

/* The error in the answer of an SMS centre ("id:1 ... err:027 text:..."), which may hold words of
 * the message: "027", else "". */
void hook_kannel_error(const char *answer, char out[HOOK_WORD_SIZE]);

/* A word of a provider, as the database takes it: letters, digits, "_", "." and "-"; others are
 * left out, and what is too long is cut. */
void hook_word(const char *text, char out[HOOK_WORD_SIZE]);
/* A telephone number as contacts have it: "+15550100001", also if it comes as 1555... or 001555...
 * False: it is none. */
bool hook_number(const char *text, char out[HOOK_NUMBER_SIZE]);
/* A text that came in, if it is short enough to be a command: controls become blanks. Else "". */
void hook_text(const char *text, char out[HOOK_TEXT_SIZE]);

#endif
