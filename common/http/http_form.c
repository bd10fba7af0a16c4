#include "http_form.h"

#include <stdlib.h>
#include <string.h>

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

int http_form_decode(const char *text, size_t size, bool plus, char *out, size_t room)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        int octet = (unsigned char)text[i];
        if (octet == '%') {
            int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
            int low = i + 2 < size ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return ERR_SYNTAX;
            octet = high * 16 + low;
            i += 2;
        } else if (octet == '+' && plus) {
            octet = ' ';
        }
        if (length + 1 >= room)
            return ERR_SIZE;
        out[length++] = (char)octet;
    }
    out[length] = '\0';
    return (int)length;
}

/* One of the two sides of a pair, behind what was read so far. */
static int read_side(const char *text, size_t size, char **at)
{
    int length = http_form_decode(text, size, true, *at, size + 1);

    if (length < 0 || memchr(*at, '\0', (size_t)length) != NULL)
        return ERR_SYNTAX;
    *at += length + 1;
    return 0;
}

static int read_pair(struct http_form *form, const char *text, size_t size, char **at)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals == NULL ? size : (size_t)(equals - text);

    if (form->count == HTTP_FORM_MOST)
        return ERR_SIZE;
    struct http_pair *pair = &form->pair[form->count++];
    pair->name = *at;
    int result = read_side(text, name_size, at);
    pair->value = *at;
    if (result == 0)
        result =
            equals == NULL ? read_side("", 0, at) : read_side(equals + 1, size - name_size - 1, at);
    return result;
}

int http_form_read(struct http_form *form, const char *text, size_t size)
{
    const char *end = text + size;
    int result = 0;

    form->count = 0;
    form->text = malloc(size + HTTP_FORM_MOST * 2 + 1); /* each side ends with a NUL */
    if (form->text == NULL)
        return ERR_NOMEM;
    char *at = form->text;
    while (text < end && result == 0) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        size_t length = (size_t)((ampersand == NULL ? end : ampersand) - text);
        if (length > 0)
            result = read_pair(form, text, length, &at);
        text += length + (ampersand == NULL ? 0 : 1);
    }
    if (result != 0)
        http_form_free(form);
    return result;
}

void http_form_free(struct http_form *form)
{
    free(form->text);
    form->text = NULL;
    form->count = 0;
}

const char *http_form_value(const struct http_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->pair[i].name, name) == 0)
            return form->pair[i].value;
    return NULL;
}
