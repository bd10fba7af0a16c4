/*
 * sms_gsm: the alphabets of a text message. GSM 03.38 is counted in septets, not in characters:
 * those of its extension table cost two. What it lacks is written with what it has, so that a
 * message does not turn into UCS-2, which holds 70 characters instead of 160. Only letters that
 * nothing stands for, as those of another script, need UCS-2: it is counted in UTF-16 units.
 *
 * Texts are UTF-8 and valid; what is not is treated as an unknown character. No state; any thread.
 */
#ifndef COMMON_SMS_GSM_H
#define COMMON_SMS_GSM_H

#include <stdbool.h>
#include <stddef.h>

enum { GSM_SEGMENT = 160, GSM_SEGMENT_JOINED = 153, UCS2_SEGMENT = 70, UCS2_SEGMENT_JOINED = 67 };

enum sms_encoding { SMS_GSM7, SMS_UCS2 };

/* The encoding that a text needs as it stands, and the segments that it fills in it: a character
 * of two units is not cut in two. 0 for no text. */
enum sms_encoding sms_encoding_of(const char *text);
int sms_segments(const char *text);

/* Septets of the text, or -1 if a character is in neither table. */
int gsm_septets(const char *text);
/* Segments of a text of the alphabet. */
int gsm_segments(const char *text);

/* Each letter of the text is in the alphabet, or something of it stands for the letter. */
bool gsm_spells(const char *text);
/* Writes text into out (NUL-terminated, cut at a whole character) in the alphabet alone: é stays,
 * ç becomes c, a curly quote a straight one, a control character a space; a sign that is no letter
 * is left out; a letter that nothing stands for is "?" (gsm_spells). Returns the septets. */
int gsm_transliterate(const char *text, char *out, size_t size);
/* Cuts text, which is in the alphabet, to at most septets: behind a word, if enough is left so. */
void gsm_shorten(char *text, int septets);

/* The same in UCS-2, which has every character; a control character becomes a space. */
int ucs2_units(const char *text);
int ucs2_segments(const char *text);
int ucs2_spell(const char *text, char *out, size_t size);
void ucs2_shorten(char *text, int units);

#endif
