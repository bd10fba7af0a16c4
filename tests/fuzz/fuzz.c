/* See fuzz.h. */
#include "fuzz.h"

#include "event_rows.h"
#include "utf8.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_require(int holds, const char *property)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", property);
    abort();
}

/* Each member must be in the dictionary, and each text fit to be stored. */
static void check_members(const struct event_type *type, json_t *object)
{
    const char *name;
    json_t *value, *item;
    size_t i;

    json_object_foreach(object, name, value)
    {
        const struct event_row *row = event_row_find(type, name, strlen(name));

        fuzz_require(row != NULL, "only fields of the dictionary come out");
        if (!row)
            continue;
        fuzz_require(!event_name_is_denied(name, strlen(name)), "no denied name comes out");
        if (json_is_object(value))
            check_members(row->type, value);
        if (json_is_string(value))
            fuzz_require(!utf8_text_defect(json_string_value(value), json_string_length(value)) &&
                             json_string_length(value) > 0,
                         "a text that comes out may be stored");
        json_array_foreach(value, i, item) if (json_is_object(item)) check_members(row->type, item);
    }
}

void fuzz_check_event(const struct event *event)
{
    static struct event again;
    static char first[EVENT_MAX_OCTETS], second[EVENT_MAX_OCTETS];
    struct event_dropped dropped = {0};
    int size = event_encode(event, first, sizeof(first));
    json_t *root;

    fuzz_require(size > 0, "an event of a decoder can be encoded");
    fuzz_require(event_decode(&again, first, (size_t)size, FUZZ_NOW, &dropped, NULL) == 0,
                 "what was encoded is decoded");
    fuzz_require(!dropped.unknown && !dropped.denied && !dropped.withheld,
                 "of what was encoded nothing is dropped or withheld");
    fuzz_require(event_encode(&again, second, sizeof(second)) == size &&
                     memcmp(first, second, (size_t)size) == 0,
                 "decoding and encoding is a fixed point");
    root = json_loadb(first, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
    fuzz_require(root != NULL, "what was encoded is JSON");
    check_members(&event_type_event, root);
    json_decref(root);
}

void fuzz_check_error(int err, const struct error *error)
{
    fuzz_require(err == (int)error->code, "the error has the code that was returned");
    fuzz_require(strcmp(err_name(error->code), "unknown") != 0, "the code has a name");
    fuzz_require(*error->reason != '\0', "the error has a reason");
    for (const char *c = error->field; *c; c++)
        fuzz_require(*c >= ' ' && *c <= '~', "the field is printable ASCII");
    for (const char *c = error->reason; *c; c++)
        fuzz_require(*c >= ' ' && *c <= '~', "the reason is printable ASCII");
}
