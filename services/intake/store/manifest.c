#include "manifest.h"

#include "account.h"
#include "text_check.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX_OCTETS = 4096 };

static bool plain_text(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

/* What is none may be any text. */
static bool is_hexadecimal(const char *digest)
{
    return digest[strspn(digest, "0123456789abcdefABCDEF")] == '\0';
}

/* The account of a MANIFEST; without a good one there is none. */
static void parse_account(struct manifest *m, const json_t *root)
{
    const json_t *from = json_object_get(root, "counts_from");

    m->through = json_integer_value(json_object_get(root, "through"));
    m->counts_from = json_is_integer(from) ? json_integer_value(from) : 1;
    m->again_from = json_integer_value(json_object_get(root, "again_from"));
    m->again = json_integer_value(json_object_get(root, "again"));
    if (m->through < 0 || account_parse(m->digest, &m->account) != 0)
        m->through = 0;
}

struct manifest *manifest_parse(const char *json, size_t size)
{
    json_t *root = size <= MANIFEST_MAX_OCTETS ? json_loadb(json, size, 0, NULL) : NULL;
    const char *source = json_string_value(json_object_get(root, "source"));
    const char *digest = json_string_value(json_object_get(root, "digest"));
    struct manifest *m = source ? calloc(1, sizeof *m) : NULL;

    if (m && strlen(source) < sizeof m->source && plain_text(source) &&
        (!digest || (strlen(digest) < sizeof m->digest && plain_text(digest)))) {
        strcpy(m->source, source);
        m->withheld = text_check(m->source, sizeof m->source, TEXT_OF_OTHER, NULL);
        strcpy(m->digest, digest && is_hexadecimal(digest) ? digest : "");
        m->read = json_integer_value(json_object_get(root, "read"));
        m->rejected = json_integer_value(json_object_get(root, "rejected"));
        m->duplicate = json_integer_value(json_object_get(root, "duplicate"));
        m->records = json_integer_value(json_object_get(root, "records"));
        m->first = json_integer_value(json_object_get(root, "first"));
        m->last = json_integer_value(json_object_get(root, "last"));
        parse_account(m, root);
    } else {
        free(m);
        m = NULL;
    }
    json_decref(root);
    return m;
}
