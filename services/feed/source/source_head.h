/*
 * source_head: what an input is, by its first octets. What
 * is no text that can be read (UTF-16, a spreadsheet, an archive) is told by its name: without that
 * the fault would be "no column of that name". Private to the source modules; no state.
 */
#ifndef LIAISON_FEED_SOURCE_HEAD_H
#define LIAISON_FEED_SOURCE_HEAD_H

#include "source_private.h"

/* At the beginning of an input. 0: read on; SOURCE_HEAD_MORE: more octets must come to tell;
 * ERR_UTF8 or ERR_SYNTAX: it cannot be read, and fault says what it is. */
enum { SOURCE_HEAD_MORE = 1 };
int source_head_take(struct source_buffer *buffer, struct fault *fault);

/* Octets of the mark that stands at the beginning of text: 3, or 0. */
size_t source_head_mark(const char *text, size_t size);

#endif
