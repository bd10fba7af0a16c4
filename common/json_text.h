/*
 * json_text: JSON documents from outside: their limits, and the position of an error in them. A
 * document is read in one pass (json_read.h), or checked in one pass and then loaded as a jansson
 * tree. Safe on any thread.
 */
#ifndef LIAISON_JSON_TEXT_H
#define LIAISON_JSON_TEXT_H

#include "errors.h"
#include "json_read.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct json_limits {
    size_t octets;
    unsigned depth;
    /* Whether an error may name a member's path. Names that are not known were chosen by the
     * sender, and must not be repeated. */
    bool (*may_name)(const char *path);
};

/*
 * Loads one JSON object as a tree; duplicate members are refused. The caller calls json_decref on
 * *out. On failure error is filled and *out is NULL. A byte order mark at the front is skipped.
 */
int json_text_load(json_t **out, const char *text, size_t size, const struct json_limits *limits,
                   struct error *error);

/*
 * Begins to read one JSON object without a tree, within the limits. room has as many octets as the
 * limit of size, or is NULL. A byte order mark is skipped. Fails if it is too long or is no object.
 */
int json_text_begin(struct json_reader *r, const char *text, size_t size,
                    const struct json_limits *limits, char *room, struct error *error);
/* Fills error with the reader's error, and returns its code. */
int json_text_fail(const struct json_reader *r, const struct json_limits *limits,
                   struct error *error);

/*
 * Writes the path of the value that contains octet offset of text ("units[3].id") into path; "" if
 * it does not fit or there is none. text need not be JSON.
 */
void json_text_path(const char *text, size_t size, size_t offset, char *path, size_t path_size);

#endif
