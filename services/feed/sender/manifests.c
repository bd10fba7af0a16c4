/* See manifests.h. */
#include "manifests.h"

#include "files.h"
#include "stream_digest.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"read", offsetof(struct manifest, read)},
    {"rejected", offsetof(struct manifest, rejected)},
    {"duplicate", offsetof(struct manifest, duplicate)},
    {"records", offsetof(struct manifest, records)},
    {"first", offsetof(struct manifest, first)},
    {"last", offsetof(struct manifest, last)},
    {"again_from", offsetof(struct manifest, again_from)},
    {"again", offsetof(struct manifest, again)},
    {"vanished", offsetof(struct manifest, vanished)},
    {"unread", offsetof(struct manifest, unread)},
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0], ALWAYS = 6 /* later ones only if not 0 */ };

static uint64_t get_number(const struct manifest *manifest, size_t i)
{
    uint64_t number;

    memcpy(&number, (const char *)manifest + numbers[i].offset, sizeof number);
    return number;
}

static void set_number(struct manifest *manifest, size_t i, uint64_t number)
{
    memcpy((char *)manifest + numbers[i].offset, &number, sizeof number);
}

int manifest_write(const struct manifest *manifest, const struct spool_digest *covered,
                   char out[MANIFEST_MAX])
{
    json_t *object = json_object();
    char digest[STREAM_DIGEST_TEXT] = "";
    size_t size;

    json_object_set_new(object, "source", json_string(manifest->source));
    for (size_t i = 0; i < NUMBERS; i++)
        if (i < ALWAYS || get_number(manifest, i) > 0)
            json_object_set_new(object, numbers[i].name,
                                json_integer((json_int_t)get_number(manifest, i)));
    if (covered) {
        stream_digest_format(covered->digest, digest);
        json_object_set_new(object, "through", json_integer((json_int_t)covered->through));
        /* A source that was not read completely proves nothing: the section covers no record. */
        json_object_set_new(
            object, "counts_from",
            json_integer((json_int_t)(manifest->unread ? covered->through + 1 : covered->from)));
    }
    json_object_set_new(object, "digest", json_string(digest));
    size = json_dumpb(object, out, MANIFEST_MAX - 1, JSON_COMPACT);
    json_decref(object);
    if (size >= MANIFEST_MAX)
        size = 0;
    out[size] = '\0';
    return (int)size;
}

static int read_one(struct manifest *manifest, const char *line, size_t size)
{
    json_t *object = json_loadb(line, size, 0, NULL);
    const char *source = json_string_value(json_object_get(object, "source"));

    *manifest = (struct manifest){0};
    if (source)
        snprintf(manifest->source, sizeof manifest->source, "%s", source);
    for (size_t i = 0; i < NUMBERS; i++)
        set_number(manifest, i,
                   (uint64_t)json_integer_value(json_object_get(object, numbers[i].name)));
    json_decref(object);
    return source ? 0 : ERR_SYNTAX;
}

void manifests_open(struct manifests *manifests, int dir)
{
    char *text = malloc(MANIFESTS_MAX * MANIFEST_MAX + 1), *rest = text, *line;

    *manifests = (struct manifests){.dir = dir};
    if (!text || files_read(dir, "manifests", text, MANIFESTS_MAX * MANIFEST_MAX + 1) != 0)
        rest = NULL;
    while (rest && (line = strsep(&rest, "\n")) && manifests->count < MANIFESTS_MAX)
        if (read_one(&manifests->item[manifests->count], line, strlen(line)) == 0)
            manifests->count++;
    free(text);
}

static int save(const struct manifests *manifests, struct error *error)
{
    char *text = malloc(MANIFESTS_MAX * MANIFEST_MAX + 1);
    size_t size = 0;
    int err;

    if (!text)
        return error_set(error, ERR_NOMEM, "", "no memory");
    for (size_t i = 0; i < manifests->count; i++) {
        size += (size_t)manifest_write(&manifests->item[i], NULL, text + size);
        text[size++] = '\n';
    }
    err = files_replace(manifests->dir, "manifests", text, size, error);
    free(text);
    return err;
}

static void drop_first(struct manifests *manifests, size_t count)
{
    memmove(manifests->item, manifests->item + count,
            (manifests->count - count) * sizeof manifests->item[0]);
    manifests->count -= count;
}

int manifests_add(struct manifests *manifests, const struct manifest *manifest, struct error *error)
{
    size_t at = 0;

    while (at < manifests->count && (manifests->item[at].first != manifest->first ||
                                     strcmp(manifests->item[at].source, manifest->source) != 0))
        at++;
    if (at == MANIFESTS_MAX) {
        drop_first(manifests, 1);
        at--;
    }
    manifests->item[at] = *manifest;
    if (at == manifests->count)
        manifests->count++;
    return save(manifests, error);
}

int manifests_confirm(struct manifests *manifests, size_t count, struct error *error)
{
    if (count > manifests->count)
        count = manifests->count;
    if (count == 0)
        return 0;
    drop_first(manifests, count);
    return save(manifests, error);
}
