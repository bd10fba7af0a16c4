/*
 * json_read: reads one JSON text from front to back, value by value, as its caller asks for them.
 * It builds nothing and allocates nothing. Texts point into the input; a text with escapes is
 * decoded into the caller's buffer. They are valid until the next text is read.
 *
 * The first error ends the reading: every function then returns false (or JSON_NONE), and the
 * reader holds code, reason and position (at). Checked: grammar (RFC 8259), depth, UTF-8, no
 * U+0000, no half surrogate pair, no control character in a text, no number that a double or an
 * int64 cannot hold. Duplicate members are not checked: the caller knows which members it has had.
 * Safe on any thread.
 */
#ifndef LIAISON_JSON_READ_H
#define LIAISON_JSON_READ_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct json_reader {
    const char *text;
    size_t size, at;
    unsigned depth, max_depth;
    bool fresh;      /* behind an opening bracket: no comma yet */
    char *room;      /* the caller's buffer of size octets, for texts with escapes; NULL: texts are
                        passed undecoded */
    enum err defect; /* 0: none */
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

/* The kind of the next value. Only white space is read. */
enum json_kind json_read_kind(struct json_reader *r);

/* Enters an object or a list. Call json_read_member or json_read_item until it returns false: at
 * the end, after which the reader stands behind the object or list, or at an error. Each value must
 * be read or skipped. */
bool json_read_enter(struct json_reader *r);
bool json_read_member(struct json_reader *r, const char **name, size_t *size);
bool json_read_item(struct json_reader *r);

/* One value of that kind. */
bool json_read_text(struct json_reader *r, const char **text, size_t *size);
bool json_read_number(struct json_reader *r, double *out);
bool json_read_word(
    struct json_reader *r); /* true, false or null: json_read_kind has returned which */

/* Skips one value of any kind. named_cb, which may be NULL, is called with the name of each member
 * within it; if it returns false, the names inside that member are not passed to it. */
typedef bool (*json_named_cb)(void *ctx, const char *name, size_t size);
bool json_read_skip(struct json_reader *r, json_named_cb named_cb, void *ctx);

/* Whether only white space is left. */
bool json_read_end(struct json_reader *r);

#endif
