/* A JSON array of objects, or a GeoJSON FeatureCollection, as rows. */
#include "sheet_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Joins an array of texts by ';'. Returns NULL where an item is no text, or holds a ';'. */
static char *joined(const json_t *array)
{
    size_t size = 1, at = 0, i;
    const json_t *item;
    char *text;

    json_array_foreach(array, i, item)
    {
        if (!json_is_string(item) || strchr(json_string_value(item), ';'))
            return NULL;
        size += json_string_length(item) + 1;
    }
    text = calloc(1, size);
    if (!text)
        return NULL;
    json_array_foreach(array, i, item)
    {
        if (i)
            text[at++] = ';';
        memcpy(text + at, json_string_value(item), json_string_length(item));
        at += json_string_length(item);
    }
    return text;
}

/* The value, which is not null, as a new text; NULL: no memory. */
static char *text_of(const json_t *value)
{
    char *list;

    switch (json_typeof(value)) {
    case JSON_STRING:
        return strdup(json_string_value(value));
    case JSON_TRUE:
        return strdup("yes");
    case JSON_FALSE:
        return strdup("no");
    case JSON_ARRAY:
        list = joined(value);
        return list ? list : json_dumps(value, JSON_COMPACT);
    default:
        return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    }
}

static int put_member(struct sheet *sheet, struct sheet_row *row, const char *name,
                      const json_t *value, struct error *error)
{
    int column = sheet_column(sheet, name);
    char *text;
    int err;

    if (column < 0)
        column = sheet_column_add(sheet, name, row->line);
    if (column < 0)
        return error_set(error, ERR_SIZE, "", "more than %d members", SHEET_MAX_COLUMNS);
    if ((size_t)column < row->cells && row->cell[column])
        return sheet_twice(sheet, (size_t)column, error);
    if (json_is_null(value))
        return sheet_put(sheet, row, (size_t)column, "", 0, error);
    text = text_of(value);
    if (!text)
        return error_set(error, ERR_NOMEM, "", "no memory");
    err = sheet_put(sheet, row, (size_t)column, text, strlen(text), error);
    free(text);
    return err;
}

static int put_object(struct sheet *sheet, struct sheet_row *row, json_t *object,
                      struct error *error)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        int err = put_member(sheet, row, name, value, error);

        if (err)
            return err;
    }
    return 0;
}

static int put_item(struct sheet *sheet, json_t *item, long place, bool feature,
                    struct error *error)
{
    struct sheet_row *row = sheet_add(sheet, place);
    json_t *geometry = feature ? json_object_get(item, "geometry") : NULL;
    int err;

    if (!row)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (!json_is_object(item))
        return error_set(error, ERR_TYPE, "", "must be an object");
    if (!feature)
        return put_object(sheet, row, item, error);
    err = put_object(sheet, row, json_object_get(item, "properties"), error);
    if (!err && geometry)
        err = put_member(sheet, row, "geometry", geometry, error);
    return err;
}

int sheet_parse_json(struct sheet *sheet, const char *text, size_t size, struct error *error,
                     long *line)
{
    json_error_t why;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    json_t *items = json_is_object(root) ? json_object_get(root, "features") : root;
    json_t *item;
    size_t i;
    int err = 0;

    sheet->unit = json_is_object(root) ? "feature" : "item";
    if (!root) {
        *line = why.line;
        sheet->unit = "line";
        if (json_error_code(&why) == json_error_duplicate_key)
            return error_set(error, ERR_EXISTS, "", "an object has a member twice");
        return error_set(error, ERR_SYNTAX, "", "not JSON: column %d", why.column);
    }
    if (!json_is_array(items))
        err = error_set(error, ERR_TYPE, "", "must be an array of objects, or a FeatureCollection");
    if (json_is_array(items))
        json_array_foreach(items, i, item)
        {
            *line = (long)i + 1;
            err = put_item(sheet, item, *line, json_is_object(root), error);
            if (err)
                break;
        }
    if (!err)
        *line = 0;
    json_decref(root);
    return err;
}
