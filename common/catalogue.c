#include "catalogue.h"

#include <stdio.h>
#include <string.h>

const char *catalogue_text(const char *key)
{
    for (size_t i = 0; i < catalogue_word_count; i++)
        if (strcmp(catalogue_words[i].key, key) == 0)
            return catalogue_words[i].text;
    return NULL;
}

const char *catalogue_code(const char *group, const char *code)
{
    char key[80];
    int size = snprintf(key, sizeof key, "%s.%s", group, code);

    return size > 0 && (size_t)size < sizeof key ? catalogue_text(key) : NULL;
}

static const char *value_of(const char *name, size_t length, const struct catalogue_value *values,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0)
            return values[i].value;
    return "";
}

struct text {
    char *out;
    size_t size, used; /* used < size */
};

static void append(struct text *text, const char *from, size_t length)
{
    size_t room = text->size - 1 - text->used;

    if (length > room)
        for (length = room; length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80;)
            length--;
    memcpy(text->out + text->used, from, length);
    text->used += length;
    text->out[text->used] = '\0';
}

char *catalogue_fill(char *out, size_t size, const char *key, const struct catalogue_value *values,
                     size_t count)
{
    struct text text = {out, size, 0};
    const char *at = catalogue_text(key);

    out[0] = '\0';
    while (at && *at) {
        size_t plain = strcspn(at, "{");
        append(&text, at, plain);
        at += plain;
        if (*at) {
            size_t name = strcspn(++at, "}");
            const char *value = value_of(at, name, values, count);
            append(&text, value, strlen(value));
            at += name + (at[name] == '}');
        }
    }
    return out;
}
