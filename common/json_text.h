/*
 * json_text: what must be known of JSON text before and after a recursive parser is let at it:
 * its size, its depth, its UTF-8, and where in it a defect stands. Duplicate members are refused.
 * Safe on any thread.
 */
#ifndef LIAISON_JSON_TEXT_H
#define LIAISON_JSON_TEXT_H

#include "fault.h"

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
 * Parses one JSON object. *out is the caller's to json_decref. On failure fills fault, *out is
 * NULL. A byte order mark at the front is skipped.
 */
int json_text_load(json_t **out, const char *text, size_t size, const struct json_limits *limits,
                   struct fault *fault);

/*
 * Writes the path of the value that octet offset of text stands in ("units[3].id") into path; ""
 * if it does not fit or there is none. text need not be JSON.
 */
void json_text_path(const char *text, size_t size, size_t offset, char *path, size_t path_size);

#endif
