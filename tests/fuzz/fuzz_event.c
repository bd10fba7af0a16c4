/* Liaison's JSON form: accepted events are clean, and errors name field and reason. */
#include "fuzz.h"

#include <jansson.h>
#include <string.h>

/* The reader accepts no text that jansson refuses, except for a number that is too large for
 * jansson: that is JSON, and its field is left out. */
static void check_grammar(const char *text, size_t size)
{
    size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    json_error_t error;
    json_t *tree = json_loadb(text + mark, size - mark, 0, &error);

    fuzz_require(json_is_object(tree) ||
                     (!tree && json_error_code(&error) == json_error_numeric_overflow),
                 "what is decoded is a JSON object");
    json_decref(tree);
}

/* The reader calls no text broken that jansson reads, except for a duplicate member, and for a NUL:
 * jansson ignores one after a number, which is no JSON. */
static void check_syntax(const char *text, size_t size, const struct error *error)
{
    json_t *tree;

    if (error->code != ERR_SYNTAX || strcmp(error->reason, "is given twice") == 0 ||
        memchr(text, '\0', size))
        return;
    tree = json_loadb(text, size, 0, NULL);
    fuzz_require(!tree, "what is called broken is broken");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event event;
    struct event_dropped dropped = {0};
    struct error error = {0};
    int err = event_decode(&event, (const char *)data, size, FUZZ_NOW, &dropped, &error);

    if (err) {
        fuzz_check_error(err, &error);
        check_syntax((const char *)data, size, &error);
        fuzz_require(!*error.field || error.field[0] != '.', "the field is a path");
    } else {
        check_grammar((const char *)data, size);
        fuzz_check_event(&event);
    }
    return 0;
}
