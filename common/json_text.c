/* See json_text.h. */
#include "json_text.h"

#include <stdio.h>
#include <string.h>

#define PATH_DEPTH 8

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

/* Reads a text, which is the level's name if a colon follows. False if it is broken off. */
static bool level_text(struct level *level, struct json_reader *r)
{
    const char *text;
    size_t size;

    if (!json_read_text(r, &text, &size))
        return false;
    while (r->at < r->size && r->text[r->at] && strchr(" \t\r\n", r->text[r->at]))
        r->at++;
    if (!level->list && r->at < r->size && r->text[r->at] == ':' && size < 64) {
        level->name = text;
        level->name_size = size;
    }
    return true;
}

void json_text_path(const char *text, size_t size, size_t offset, char *path, size_t path_size)
{
    struct json_reader r = {.text = text, .size = size};
    struct level levels[PATH_DEPTH];
    unsigned depth = 0;

    *path = '\0';
    while (r.at < size && r.at < offset) {
        char c = text[r.at];

        if (depth > 0 && c == '"') {
            if (!level_text(&levels[depth - 1], &r))
                break;
            continue;
        }
        r.at++;
        if (c == '{' || c == '[') {
            if (depth == PATH_DEPTH)
                return;
            levels[depth++] = (struct level){.list = c == '['};
        } else if (depth == 0) {
            continue;
        } else if (c == ',') {
            levels[depth - 1].index++;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    write_levels(levels, depth, path, path_size);
}

static int fail_at(struct error *error, enum err code, const char *text, size_t size, size_t offset,
                   const struct json_limits *limits, const char *reason)
{
    char path[sizeof((struct error){0}.field)];

    json_text_path(text, size, offset, path, sizeof(path));
    if (*path && limits->may_name && limits->may_name(path))
        return error_set(error, code, path, "%s", reason);
    return error_set(error, code, "", "%s, at octet %zu", reason, offset);
}

int json_text_fail(const struct json_reader *r, const struct json_limits *limits,
                   struct error *error)
{
    if (r->defect == ERR_DEPTH)
        return error_set(error, ERR_DEPTH, "", "must be nested at most %u deep", r->max_depth);
    if (r->defect == ERR_SYNTAX && r->at >= r->size)
        return error_set(error, ERR_SYNTAX, "", "%s", r->reason);
    if (r->defect == ERR_SYNTAX)
        return error_set(error, ERR_SYNTAX, "", "%s, at octet %zu", r->reason, r->at);
    return fail_at(error, r->defect, r->text, r->size, r->at, limits, r->reason);
}

int json_text_begin(struct json_reader *r, const char *text, size_t size,
                    const struct json_limits *limits, char *room, struct error *error)
{
    size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    *r = (struct json_reader){
        .text = text + mark, .size = size - mark, .max_depth = limits->depth, .room = room};
    if (size > limits->octets)
        return error_set(error, ERR_SIZE, "", "must be at most %zu octets long", limits->octets);
    if (json_read_kind(r) == JSON_IS_OBJECT)
        return 0;
    if (!json_read_skip(r, NULL, NULL) || !json_read_end(r))
        return json_text_fail(r, limits, error);
    return error_set(error, ERR_TYPE, "", "must be an object");
}

/* The document was checked already, so jansson fails only at a duplicate member or without
 * memory. */
static int fail_tree(struct error *error, const json_error_t *json_error,
                     const struct json_reader *r, const struct json_limits *limits)
{
    size_t at = json_error->position > 0 ? (size_t)json_error->position : 0;

    if (json_error_code(json_error) == json_error_duplicate_key)
        return fail_at(error, ERR_SYNTAX, r->text, r->size, at, limits, "is given twice");
    if (json_error_code(json_error) == json_error_out_of_memory)
        return error_set(error, ERR_NOMEM, "", "no memory");
    return error_set(error, ERR_SYNTAX, "", "cannot be read as JSON, at octet %zu", at);
}

int json_text_load(json_t **out, const char *text, size_t size, const struct json_limits *limits,
                   struct error *error)
{
    struct json_reader r;
    json_error_t json_error;
    int err = json_text_begin(&r, text, size, limits, NULL, error);

    *out = NULL;
    if (err)
        return err;
    if (!json_read_skip(&r, NULL, NULL) || !json_read_end(&r))
        return json_text_fail(&r, limits, error);
    *out = json_loadb(r.text, r.size, JSON_REJECT_DUPLICATES, &json_error);
    return *out ? 0 : fail_tree(error, &json_error, &r, limits);
}
