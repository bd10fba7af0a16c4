#include "wording.h"

#include "errors.h"

#include <jansson.h>
#include <stdlib.h>

static int read_own(struct wording *wording, const char *text)
{
    json_t *document = wording->document = json_loads(text, 0, NULL);
    const char *key;
    json_t *value;

    if (!json_is_object(document))
        return ERR_SYNTAX;
    wording->own = calloc(json_object_size(document) + 1, sizeof *wording->own);
    if (!wording->own)
        return ERR_NOMEM;
    json_object_foreach(document, key, value) if (json_is_string(value))
        wording->own[wording->words.own_count++] =
        (struct catalogue_word){key, json_string_value(value)};
    wording->words.own = wording->own;
    return 0;
}

int wording_read(struct wording *wording, const char *language, const char *own)
{
    *wording = (struct wording){.words.language = language_of(language)};
    return own[0] ? read_own(wording, own) : 0;
}

void wording_free(struct wording *wording)
{
    free(wording->own);
    json_decref(wording->document);
    *wording = (struct wording){0};
}
