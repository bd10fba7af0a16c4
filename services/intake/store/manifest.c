#include "manifest.h"

#include "stream_digest.h"
#include "text_check.h"
#include "utf8.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX_OCTETS = 4096 };

static const json_int_t COUNT_MOST = INT64_C(9007199254740991); /* RFC 7493, 2.2 */

static bool numbers_in_range(const json_t *root)
{
    static const char *const names[] = {"read",   "rejected", "duplicate",  "records",
                                        "first",  "last",     "through",    "counts_from",
                                        "unread", "vanished", "again_from", "again"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *value = json_object_get(root, names[i]);
        json_int_t number = json_integer_value(value);

        if (value != NULL && (!json_is_integer(value) || number < 0 || number > COUNT_MOST))
            return false;
    }
    return true;
}

static bool plain_text(const char *text)
{
    return utf8_text_defect(text, strlen(text)) == NULL;
}

/* A digest that is not hexadecimal may be any text, and is not kept. */
static bool is_hexadecimal(const char *digest)
{
    return digest[strspn(digest, "0123456789abcdefABCDEF")] == '\0';
}

/* Reads the stream digest of a MANIFEST. An invalid one counts as none. */
static void parse_digest(struct manifest *m, const json_t *root)
{
    const json_t *from = json_object_get(root, "counts_from");

    m->through = json_integer_value(json_object_get(root, "through"));
    m->counts_from = json_is_integer(from) ? json_integer_value(from) : 1;
    m->again_from = json_integer_value(json_object_get(root, "again_from"));
    m->again = json_integer_value(json_object_get(root, "again"));
    if (stream_digest_parse(m->digest, &m->agents_digest) != 0)
        m->through = 0;
}

struct manifest *manifest_parse(const char *json, size_t size)
{
    json_t *root = size <= MANIFEST_MAX_OCTETS ? json_loadb(json, size, 0, NULL) : NULL;
    const char *source = json_string_value(json_object_get(root, "source"));
    const json_t *given = json_object_get(root, "digest");
    const char *digest = json_string_value(given);
    struct manifest *m = source ? calloc(1, sizeof *m) : NULL;

    if (m && numbers_in_range(root) && strlen(source) < sizeof m->source && plain_text(source) &&
        (!given || (digest && strlen(digest) < sizeof m->digest && plain_text(digest)))) {
        strcpy(m->source, source);
        m->withheld = text_check(m->source, sizeof m->source, TEXT_OF_OTHER, NULL);
        strcpy(m->digest, digest && is_hexadecimal(digest) ? digest : "");
        m->read = json_integer_value(json_object_get(root, "read"));
        m->rejected = json_integer_value(json_object_get(root, "rejected"));
        m->duplicate = json_integer_value(json_object_get(root, "duplicate"));
        m->records = json_integer_value(json_object_get(root, "records"));
        m->first = json_integer_value(json_object_get(root, "first"));
        m->last = json_integer_value(json_object_get(root, "last"));
        parse_digest(m, root);
    } else {
        free(m);
        m = NULL;
    }
    json_decref(root);
    return m;
}
