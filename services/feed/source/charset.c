/* See charset.h. */
#include "charset.h"

#include "utf8.h"

#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct charset {
    bool utf8;   /* the first encoding is UTF-8 itself */
    bool marked; /* the input has a UTF-8 byte order mark */
    struct converter {
        bool open;
        iconv_t how;
    } first, second; /* first unless it is UTF-8; the fallback */
};

static const struct {
    const char *name;
    const char *iconv; /* NULL: UTF-8, no conversion */
} encodings[] = {
    {"utf-8", NULL},
    {"utf8", NULL},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    /* Text that is labelled as ISO 8859-1 often has Windows' curly quotes in place of control
     * characters. */
    {"latin1", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
};

static int find(const char *name)
{
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++)
        if (strcasecmp(encodings[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* Returns false if the name is unknown. Opens a converter if one is needed. */
static bool open_named(struct converter *converter, const char *name)
{
    int i = find(name);

    if (i < 0 || !encodings[i].iconv)
        return i >= 0;
    converter->how = iconv_open("UTF-8", encodings[i].iconv);
    converter->open = (intptr_t)converter->how != -1;
    return converter->open;
}

struct charset *charset_open(const char *name, const char *fallback, struct error *error)
{
    struct charset *charset = calloc(1, sizeof *charset);

    if (!charset) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    if (!open_named(&charset->first, name) ||
        (fallback && (!open_named(&charset->second, fallback) || !charset->second.open))) {
        error_set(error, ERR_VALUE, "encoding",
                  "one of utf-8, windows-1252, latin1; the fallback one of the latter two");
        charset_free(charset);
        return NULL;
    }
    charset->utf8 = !charset->first.open;
    return charset;
}

void charset_free(struct charset *charset)
{
    if (!charset)
        return;
    if (charset->first.open)
        iconv_close(charset->first.how);
    if (charset->second.open)
        iconv_close(charset->second.how);
    free(charset);
}

void charset_take_mark(struct charset *charset, bool marked)
{
    charset->marked = marked;
}

static bool is_utf8(const char *in, size_t size)
{
    uint32_t point;

    while (size > 0) {
        size_t step = utf8_step(in, size, &point);

        if (step == 0)
            return false;
        in += step;
        size -= step;
    }
    return true;
}

static int convert(iconv_t how, const char *in, size_t size, char *out, size_t room)
{
    union { /* iconv does not write to its input, but its parameter is not const */
        const char *in;
        char *from;
    } text = {in};
    char *to = out;
    size_t left = room - 1;

    iconv(how, NULL, NULL, NULL, NULL);
    if (iconv(how, &text.from, &size, &to, &left) == (size_t)-1)
        return left < 4 ? ERR_SIZE : ERR_UTF8;
    *to = '\0';
    return (int)(to - out);
}

static int copy(const char *in, size_t size, char *out, size_t room)
{
    if (size >= room)
        return ERR_SIZE;
    memcpy(out, in, size);
    out[size] = '\0';
    return (int)size;
}

/* Turns each run of white space into one space: a field may hold line ends, an event's text may
 * not. */
static int squeeze(char *text, int size)
{
    int kept = 0;

    for (int i = 0; i < size; i++) {
        bool space = strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0';

        if (!space)
            text[kept++] = text[i];
        else if (kept > 0 && text[kept - 1] != ' ')
            text[kept++] = ' ';
    }
    if (kept > 0 && text[kept - 1] == ' ')
        kept--;
    text[kept] = '\0';
    return kept;
}

int charset_read(struct charset *charset, const char *in, size_t size, char *out, size_t room)
{
    int got;

    if (!charset->utf8 && !(charset->marked && is_utf8(in, size)))
        got = convert(charset->first.how, in, size, out, room);
    else
        got = is_utf8(in, size) ? copy(in, size, out, room) : ERR_UTF8;
    if (got == ERR_UTF8 && charset->second.open)
        got = convert(charset->second.how, in, size, out, room);
    return got < 0 ? got : squeeze(out, got);
}
