/* See json_text.h. */
#include "json_text.h"

#include "utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PATH_DEPTH 8

/* A scan of the text: knows strings from structure, and nothing else of JSON's grammar. */
struct scan {
    const char *text;
    size_t size;
    size_t at;
    unsigned depth, max_depth;
    enum err defect;
    const char *reason;
};

static bool scan_fails(struct scan *scan, enum err code, const char *reason)
{
    scan->defect = code;
    scan->reason = reason;
    return false;
}

static bool hex4(const char *text, size_t size, uint32_t *out)
{
    *out = 0;
    if (size < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)text[i];
        uint32_t digit = c >= '0' && c <= '9'   ? c - (uint32_t)'0'
                         : c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10
                         : c >= 'A' && c <= 'F' ? c - (uint32_t)'A' + 10
                                                : 16;

        if (digit > 15)
            return false;
        *out = *out << 4 | digit;
    }
    return true;
}

/* At a backslash. A wrong escape other than of a character is left for the parser. */
static bool scan_escape(struct scan *scan)
{
    const char *text = scan->text + scan->at;
    size_t left = scan->size - scan->at;
    uint32_t high, low;

    scan->at += left > 1 ? 2 : 1;
    if (left < 2 || text[1] != 'u' || !hex4(text + 2, left - 2, &high))
        return true;
    scan->at += 4;
    if (high == 0)
        return scan_fails(scan, ERR_UTF8, "must not hold U+0000");
    if (high >= 0xdc00 && high <= 0xdfff)
        return scan_fails(scan, ERR_UTF8, "holds half a surrogate pair");
    if (high < 0xd800 || high > 0xdbff)
        return true;
    if (left < 12 || text[6] != '\\' || text[7] != 'u' || !hex4(text + 8, left - 8, &low) ||
        low < 0xdc00 || low > 0xdfff)
        return scan_fails(scan, ERR_UTF8, "holds half a surrogate pair");
    scan->at += 6;
    return true;
}

/* Past what means nothing in a string: nearly all of it. */
static void skip_plain(struct scan *scan)
{
    const unsigned char *text = (const unsigned char *)scan->text;
    size_t at = scan->at, size = scan->size;

    while (at < size && text[at] >= 0x20 && text[at] < 0x80 && text[at] != '"' && text[at] != '\\')
        at++;
    scan->at = at;
}

/* From behind the opening quote to behind the closing one. */
static bool scan_string(struct scan *scan)
{
    while (scan->at < scan->size) {
        skip_plain(scan);
        if (scan->at == scan->size)
            return true;
        unsigned char c = (unsigned char)scan->text[scan->at];
        uint32_t point;
        size_t step = 1;

        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c == '\\') {
            if (!scan_escape(scan))
                return false;
            continue;
        }
        if (c < 0x20)
            return scan_fails(scan, ERR_UTF8, "must not hold control characters");
        if (c >= 0x80)
            step = utf8_step(scan->text + scan->at, scan->size - scan->at, &point);
        if (step == 0)
            return scan_fails(scan, ERR_UTF8, "is not UTF-8");
        scan->at += step;
    }
    return true;
}

static bool scan_text(struct scan *scan)
{
    while (scan->at < scan->size) {
        char c = scan->text[scan->at++];

        if (c == '"' && !scan_string(scan))
            return false;
        if ((c == '{' || c == '[') && ++scan->depth > scan->max_depth)
            return scan_fails(scan, ERR_DEPTH, "is nested too deep");
        if ((c == '}' || c == ']') && scan->depth > 0)
            scan->depth--;
    }
    return true;
}

/* One level of nesting on the way to an octet. */
struct level {
    bool list;
    size_t index;
    const char *name;
    size_t name_size;
};

static void write_levels(const struct level *levels, unsigned depth, char *path, size_t path_size)
{
    size_t used = 0;

    for (unsigned i = 0; i < depth; i++) {
        int n;

        if (levels[i].list)
            n = snprintf(path + used, path_size - used, "[%zu]", levels[i].index);
        else
            n = snprintf(path + used, path_size - used, "%s%.*s", used ? "." : "",
                         (int)levels[i].name_size, levels[i].name ? levels[i].name : "");
        if (n < 0 || used + (size_t)n >= path_size) {
            *path = '\0';
            return;
        }
        used += (size_t)n;
    }
}

static void level_string(struct level *level, struct scan *scan)
{
    size_t start = scan->at, end;

    scan_string(scan);
    end = scan->at;
    while (scan->at < scan->size && strchr(" \t\r\n", scan->text[scan->at]) && scan->text[scan->at])
        scan->at++;
    if (!level->list && scan->at < scan->size && scan->text[scan->at] == ':' && end > start &&
        end - start < 64) {
        level->name = scan->text + start;
        level->name_size = end - start - 1;
    }
}

void json_text_path(const char *text, size_t size, size_t offset, char *path, size_t path_size)
{
    struct scan scan = {.text = text, .size = size};
    struct level levels[PATH_DEPTH];
    unsigned depth = 0;

    *path = '\0';
    while (scan.at < size && scan.at < offset) {
        char c = text[scan.at++];

        if (c == '{' || c == '[') {
            if (depth == PATH_DEPTH)
                return;
            levels[depth++] = (struct level){.list = c == '['};
        } else if (depth == 0) {
            continue;
        } else if (c == '"') {
            level_string(&levels[depth - 1], &scan);
            if (scan.reason)
                break;
        } else if (c == ',') {
            levels[depth - 1].index++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    write_levels(levels, depth, path, path_size);
}

static int fail_at(struct fault *fault, enum err code, const char *text, size_t size, size_t offset,
                   const struct json_limits *limits, const char *reason)
{
    char path[sizeof((struct fault){0}.field)];

    json_text_path(text, size, offset, path, sizeof(path));
    if (*path && limits->may_name && limits->may_name(path))
        return fault_set(fault, code, path, "%s", reason);
    return fault_set(fault, code, "", "%s, at octet %zu", reason, offset);
}

/* The parser's own words may repeat a value: only its code is used. */
static int fail_parse(struct fault *fault, const json_error_t *error, const char *text, size_t size,
                      const struct json_limits *limits)
{
    size_t at = error->position > 0 ? (size_t)error->position : 0;

    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        return fault_set(fault, ERR_NOMEM, "", "no memory");
    case json_error_numeric_overflow:
        return fail_at(fault, ERR_RANGE, text, size, at, limits,
                       "is a number too large to be kept");
    case json_error_duplicate_key:
        return fail_at(fault, ERR_SYNTAX, text, size, at, limits, "is given twice");
    case json_error_premature_end_of_input:
        return fault_set(fault, ERR_SYNTAX, "", "the JSON text ends too early");
    default:
        return fault_set(fault, ERR_SYNTAX, "", "cannot be read as a JSON object, at octet %zu",
                         at);
    }
}

int json_text_load(json_t **out, const char *text, size_t size, const struct json_limits *limits,
                   struct fault *fault)
{
    struct scan scan = {.text = text, .size = size, .max_depth = limits->depth};
    json_error_t error;

    *out = NULL;
    if (size > limits->octets)
        return fault_set(fault, ERR_SIZE, "", "must be at most %zu octets long", limits->octets);
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
        scan.text = text;
        scan.size = size;
    }
    if (!scan_text(&scan)) {
        if (scan.defect == ERR_DEPTH)
            return fault_set(fault, ERR_DEPTH, "", "must be nested at most %u deep", limits->depth);
        return fail_at(fault, scan.defect, text, size, scan.at, limits, scan.reason);
    }
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (!*out && json_error_code(&error) == json_error_wrong_type)
        return fault_set(fault, ERR_TYPE, "", "must be an object");
    if (!*out)
        return fail_parse(fault, &error, text, size, limits);
    if (json_is_object(*out))
        return 0;
    json_decref(*out);
    *out = NULL;
    return fault_set(fault, ERR_TYPE, "", "must be an object");
}
