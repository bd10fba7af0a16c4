/*
 * utf8: strict UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF) and the rule for
 * what a text of ours may hold. No state; safe on any thread.
 */
#ifndef LIAISON_UTF8_H
#define LIAISON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads one character of size > 0 octets at text into *point. Returns its octets (1 to 4), or 0 if
 * there is none. */
size_t utf8_step(const char *text, size_t size, uint32_t *point);

/* How many octets at the start of text are printable ASCII other than quote and backslash: nearly
 * all there are, and what neither JSON nor utf8_text_defect has to look at more closely. */
size_t utf8_plain(const char *text, size_t size);

/*
 * NULL if every character is one that a text may hold; else why not, as a static string. Refused:
 * what is not UTF-8, C0 and C1 controls, DEL, line and paragraph separators, and the controls that
 * turn the direction of what is shown after them.
 */
const char *utf8_text_defect(const char *text, size_t size);

#endif
