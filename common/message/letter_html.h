/*
 * letter_html: the HTML of a letter: its head with the colours of the page, elements, and the
 * button. What a mail program without styles would lose stands in the elements. No state; any
 * thread.
 */
#ifndef COMMON_LETTER_HTML_H
#define COMMON_LETTER_HTML_H

#include "catalogue.h"

#include <stdio.h>

/* All up to the first element of the body; and what follows the last one. */
void letter_html_open(FILE *out, enum language language, const char *title);
void letter_html_close(FILE *out);

/* open and close as they are, and text between them, escaped. */
void letter_html_element(const char *open, const char *text, const char *close, FILE *out);
/* A button that Outlook draws too: its colour is that of a cell. */
void letter_html_button(const char *link, const char *label, FILE *out);

#endif
