/*
 * sms_gsm: the alphabet of a text message (GSM 03.38). A text is counted in septets, not in
 * characters: those of the extension table cost two. What the alphabet lacks is written with what
 * it has, so that a message never turns into UCS-2, which holds 70 characters instead of 160.
 *
 * Texts are UTF-8 and valid; what is not is treated as an unknown character. No state; any thread.
 */
#ifndef NOTIFY_SMS_GSM_H
#define NOTIFY_SMS_GSM_H

#include <stdbool.h>
#include <stddef.h>

enum { GSM_SEGMENT = 160, GSM_SEGMENT_JOINED = 153 };

/* Septets of the text, or -1 if a character is in neither table. */
int gsm_septets(const char *text);
/* Segments that a text of the alphabet fills: an escape pair is not cut in two. 0 for no text. */
int gsm_segments(const char *text);

/* Writes text into out (NUL-terminated, cut at a whole character) in the alphabet alone: é stays, ç
 * becomes c, a curly quote a straight one, what nobody knows "?", a control character a space.
 * Returns the septets written. */
int gsm_transliterate(const char *text, char *out, size_t size);

/* Cuts text, which is in the alphabet, to at most septets, with "." as the mark of the cut. */
void gsm_shorten(char *text, int septets);

#endif
