/*
 * charset: converts octets of a source from its declared encoding to UTF-8. A field that is not
 * valid in that encoding is read in the fallback, if there is one: exports in UTF-8 often hold some
 * fields in Windows-1252. Not thread-safe.
 */
#ifndef LIAISON_FEED_CHARSET_H
#define LIAISON_FEED_CHARSET_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct charset;

/* names: "utf-8", "windows-1252", "latin1"; fallback may be NULL. */
struct charset *charset_open(const char *name, const char *fallback, struct error *error);
void charset_free(struct charset *charset);
/* marked: the input begins with the byte order mark of UTF-8. A field that is valid UTF-8 is then
 * read as UTF-8, whatever the declared encoding. */
void charset_take_mark(struct charset *charset, bool marked);

/*
 * Converts one field into out, NUL-terminated, with tabs, line ends and runs of spaces made one
 * space. Returns its octets, or ERR_UTF8 (not of the encoding), ERR_SIZE (does not fit).
 */
int charset_read(struct charset *charset, const char *in, size_t size, char *out, size_t room);

#endif
