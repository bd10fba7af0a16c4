#include "catalogue.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Generated from common/words by deploy/words-to-c.awk, in the order of their keys. */
extern const struct catalogue_word catalogue_en[], catalogue_es[];
extern const size_t catalogue_en_count, catalogue_es_count;

static const struct {
    const char *code;
    const struct catalogue_word *words;
    const size_t *count;
} languages[LANGUAGES] = {
    [LANGUAGE_ENGLISH] = {"en", catalogue_en, &catalogue_en_count},
    [LANGUAGE_SPANISH] = {"es", catalogue_es, &catalogue_es_count},
};

const char *language_code(enum language language)
{
    return languages[language].code;
}

enum language language_of(const char *code)
{
    for (int i = 0; code && i < LANGUAGES; i++)
        if (strcmp(languages[i].code, code) == 0)
            return (enum language)i;
    return LANGUAGE_ENGLISH;
}

const struct catalogue_word *catalogue_all(enum language language, size_t *count)
{
    *count = *languages[language].count;
    return languages[language].words;
}

static int compare_cb(const void *key, const void *word)
{
    return strcmp(key, ((const struct catalogue_word *)word)->key);
}

static const char *text_of(enum language language, const char *key)
{
    const struct catalogue_word *word = bsearch(
        key, languages[language].words, *languages[language].count, sizeof *word, compare_cb);

    return word ? word->text : NULL;
}

const char *catalogue_text(const struct catalogue *words, const char *key)
{
    for (size_t i = 0; i < words->own_count; i++)
        if (strcmp(words->own[i].key, key) == 0)
            return words->own[i].text;
    const char *text = text_of(words->language, key);
    return text ? text : text_of(LANGUAGE_ENGLISH, key);
}

const char *catalogue_code(const struct catalogue *words, const char *group, const char *code)
{
    char key[80];
    int size = snprintf(key, sizeof key, "%s.%s", group, code);

    return size > 0 && (size_t)size < sizeof key ? catalogue_text(words, key) : NULL;
}

const char *catalogue_slot(const char *text, const char **name, size_t *length)
{
    const char *open = strchr(text, '{');

    if (!open)
        return NULL;
    *name = open + 1;
    *length = strcspn(*name, "}");
    return *name + *length + ((*name)[*length] == '}');
}

static const char *value_of(const char *name, size_t length, const struct catalogue_value *values,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0)
            return values[i].value;
    return "";
}

typedef void (*put_fn)(void *ctx, const char *from, size_t length);

/* What goes out, and how it ended so far. */
struct sink {
    put_fn put_cb;
    void *ctx;
    char last;
};

static void put(struct sink *sink, const char *from, size_t length)
{
    if (length == 0)
        return;
    sink->put_cb(sink->ctx, from, length);
    sink->last = from[length - 1];
}

/* "9:12 a. m." ends the sentence too: there is no second point, be it of the text or of a value
 * that goes on behind it. */
static void put_text(struct sink *sink, const char *from, size_t length)
{
    bool second = length > 0 && from[0] == '.' && sink->last == '.';

    put(sink, from + second, length - second);
}

static void fill(const char *text, const struct catalogue_value *values, size_t count,
                 put_fn put_cb, void *ctx)
{
    struct sink sink = {.put_cb = put_cb, .ctx = ctx};
    const char *name, *next;
    size_t length;

    for (; text && (next = catalogue_slot(text, &name, &length)); text = next) {
        const char *value = value_of(name, length, values, count);
        put_text(&sink, text, (size_t)(name - 1 - text));
        put_text(&sink, value, strlen(value));
    }
    if (text)
        put_text(&sink, text, strlen(text));
}

struct room {
    char *out;
    size_t size, used; /* used < size */
    bool full;
};

static void append_cb(void *ctx, const char *from, size_t length)
{
    struct room *room = ctx;
    size_t left = room->size - 1 - room->used;

    if (room->full)
        return;
    if (length > left)
        for (room->full = true, length = left; length > 0 && (from[length] & 0xC0) == 0x80;)
            length--;
    memcpy(room->out + room->used, from, length);
    room->used += length;
    room->out[room->used] = '\0';
}

char *catalogue_fill(char *out, size_t size, const struct catalogue *words, const char *key,
                     const struct catalogue_value *values, size_t count)
{
    out[0] = '\0';
    fill(catalogue_text(words, key), values, count, append_cb,
         &(struct room){.out = out, .size = size});
    return out;
}

static void print_cb(void *ctx, const char *from, size_t length)
{
    fwrite(from, 1, length, ctx);
}

void catalogue_print(FILE *out, const struct catalogue *words, const char *key,
                     const struct catalogue_value *values, size_t count)
{
    fill(catalogue_text(words, key), values, count, print_cb, out);
}
