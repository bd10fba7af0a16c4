/*
 * source_head: recognises an input by its first octets. The error for an input that is not readable
 * text (UTF-16, a spreadsheet, an archive) names its kind; otherwise it would be "no column of that
 * name". Private to the source modules; no state.
 */
#ifndef LIAISON_FEED_SOURCE_HEAD_H
#define LIAISON_FEED_SOURCE_HEAD_H

#include "source_private.h"

/* Checks the beginning of an input. 0: read on; SOURCE_HEAD_MORE: more octets are needed; ERR_UTF8
 * or ERR_SYNTAX: it cannot be read, and error names its kind. */
enum { SOURCE_HEAD_MORE = 1 };
int source_head_take(struct source_buffer *buffer, struct error *error);

/* Octets of the byte order mark at the beginning of text: 3, or 0. */
size_t source_head_mark(const char *text, size_t size);

#endif
