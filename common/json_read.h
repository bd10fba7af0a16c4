/*
 * json_read: reads one JSON text from front to back, value by value, as its caller asks for them.
 * It builds nothing and allocates nothing: texts point into the input, or into the caller's room
 * where an escape had to be undone, and live until the next text is read.
 *
 * The first defect ends the reading: every function then returns false (or JSON_NONE) and the
 * reader tells code, reason and where (at). Checked: grammar (RFC 8259), depth, UTF-8, no U+0000,
 * no half surrogate pair, no control character in a text, no number that a double or an int64
 * cannot hold. Not checked: whether a member is given twice; the caller knows which it has had.
 * Safe on any thread.
 */
#ifndef LIAISON_JSON_READ_H
#define LIAISON_JSON_READ_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>

struct json_reader {
    const char *text;
    size_t size, at;
    unsigned depth, max_depth;
    bool fresh; /* behind an opening bracket: no comma yet */
    char *room; /* the caller's, for texts with escapes: size octets; or NULL: they come as they are
                 */
    enum err defect;    /* 0: none */
    const char *reason; /* static */
};

enum json_kind {
    JSON_NONE,
    JSON_IS_OBJECT,
    JSON_IS_LIST,
    JSON_IS_TEXT,
    JSON_IS_NUMBER,
    JSON_IS_TRUE,
    JSON_IS_FALSE,
    JSON_IS_NULL
};

/* What the next value is. Nothing is read, but for white space. */
enum json_kind json_read_kind(struct json_reader *r);

/* Enters an object or a list. Then json_read_member or json_read_item until it says false: at the
 * end, which it has then left, or at a defect. Each value must be read or skipped. */
bool json_read_enter(struct json_reader *r);
bool json_read_member(struct json_reader *r, const char **name, size_t *size);
bool json_read_item(struct json_reader *r);

/* One value of that kind. */
bool json_read_text(struct json_reader *r, const char **text, size_t *size);
bool json_read_number(struct json_reader *r, double *out);
bool json_read_word(struct json_reader *r); /* true, false or null: the kind has told which */

/* Passes over one value, whatever it is. named_cb, which may be NULL, hears each member's name
 * within it; where it says false, what is behind that name is not told. */
typedef bool (*json_named_cb)(void *ctx, const char *name, size_t size);
bool json_read_skip(struct json_reader *r, json_named_cb named_cb, void *ctx);

/* Nothing but white space is left. */
bool json_read_end(struct json_reader *r);

#endif
