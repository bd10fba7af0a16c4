/*
 * json_text: JSON documents from outside: their limits, and where in them a defect stands. A
 * document is read in one pass (json_read.h), or checked so and then made into jansson's tree.
 * Safe on any thread.
 */
#ifndef LIAISON_JSON_TEXT_H
#define LIAISON_JSON_TEXT_H

#include "fault.h"
#include "json_read.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct json_limits {
    size_t octets;
    unsigned depth;
    /* Whether a member's path may be told in a fault. Other names are a stranger's words. */
    bool (*may_name)(const char *path);
};

/*
 * Makes a tree of one JSON object; members given twice are refused. *out is the caller's to
 * json_decref. On failure fills fault, *out is NULL. A byte order mark at the front is skipped.
 */
int json_text_load(json_t **out, const char *text, size_t size, const struct json_limits *limits,
                   struct fault *fault);

/*
 * Begins to read one JSON object without a tree, within the limits; room has as many octets, or is
 * NULL. A byte order mark is skipped. Fails if it is too long or is no object.
 */
int json_text_begin(struct json_reader *r, const char *text, size_t size,
                    const struct json_limits *limits, char *room, struct fault *fault);
/* Tells the reader's defect: returns its code. */
int json_text_fail(const struct json_reader *r, const struct json_limits *limits,
                   struct fault *fault);

/*
 * Writes the path of the value that octet offset of text stands in ("units[3].id") into path; ""
 * if it does not fit or there is none. text need not be JSON.
 */
void json_text_path(const char *text, size_t size, size_t offset, char *path, size_t path_size);

#endif
