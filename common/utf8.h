/*
 * utf8: strict UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF) and the rule for
 * which characters a text may hold. No state; safe on any thread.
 */
#ifndef LIAISON_UTF8_H
#define LIAISON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads one character of size > 0 octets at text into *point. Returns its octets (1 to 4), or 0 if
 * there is none. */
size_t utf8_step(const char *text, size_t size, uint32_t *point);

/* How many octets at the start of text are printable ASCII other than quote and backslash: nearly
 * all texts consist of them, and neither JSON nor utf8_text_defect has to check them further. */
size_t utf8_plain(const char *text, size_t size);

/*
 * NULL if a text may hold every character; else the reason, as a static string. Refused are octets
 * that are not UTF-8, C0 and C1 controls, DEL, line and paragraph separators, and the controls that
 * change the writing direction.
 */
const char *utf8_text_defect(const char *text, size_t size);

/* Octets of a text, at most most, that end at a whole character: where it may be cut. */
size_t utf8_whole(const char *text, size_t most);

/* Whether a text has no visible character: it is empty, or holds nothing but blanks of any width,
 * marks of text direction and other characters that are not shown. What is not UTF-8 is visible. */
bool utf8_is_blank(const char *text, size_t size);

/* Whether a text has a letter or a digit, of any script: a name without one cannot be read. */
bool utf8_has_letter(const char *text, size_t size);

#endif
