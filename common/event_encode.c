/* event_encode: writes Liaison's JSON form by the rows, without building a tree. */
#include "event_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Goes on counting past the end of the buffer, so that one test at the end is enough. */
struct writer {
    char *out;
    size_t size;
    size_t used;
};

static void put(struct writer *w, const char *text, size_t size)
{
    if (w->used + size <= w->size)
        memcpy(w->out + w->used, text, size);
    w->used += size;
}

static void put_char(struct writer *w, char c)
{
    if (w->used < w->size)
        w->out[w->used] = c;
    w->used++;
}

static void put_text(struct writer *w, const char *text)
{
    const char *from = text;

    put_char(w, '"');
    for (; *text; text++) {
        char escape[8];
        int n;

        if ((unsigned char)*text >= 0x20 && *text != '"' && *text != '\\')
            continue;
        put(w, from, (size_t)(text - from));
        from = text + 1;
        n = *text == '"' || *text == '\\'
                ? snprintf(escape, sizeof(escape), "\\%c", *text)
                : snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*text);
        put(w, escape, (size_t)n);
    }
    put(w, from, (size_t)(text - from));
    put_char(w, '"');
}

static void put_whole(struct writer *w, int64_t value)
{
    char digits[24], *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    put(w, at, (size_t)(digits + sizeof(digits) - at));
}

/* Writes at most seven decimals (a centimetre on the ground), which most coordinates have. */
static bool put_short_real(struct writer *w, double value)
{
    static const double unit = 1e7;
    double scaled = nearbyint(fabs(value) * unit);
    char digits[8];
    int64_t whole, part;
    int n = 7;

    if (!(fabs(value) < 1e6) || scaled / unit != fabs(value))
        return false;
    whole = (int64_t)scaled / 10000000;
    part = (int64_t)scaled % 10000000;
    if (value < 0) /* not for -0.0: JSON parsers do not tell it from 0 */
        put_char(w, '-');
    put_whole(w, whole);
    if (part == 0)
        return true;
    for (; part % 10 == 0; part /= 10)
        n--;
    put_char(w, '.');
    for (int i = n - 1; i >= 0; i--, part /= 10)
        digits[i] = (char)('0' + part % 10);
    put(w, digits, (size_t)n);
    return true;
}

static void put_real(struct writer *w, double value)
{
    char text[32];
    int n;

    if (put_short_real(w, value))
        return;
    n = snprintf(text, sizeof(text), "%.17g", value);
    for (int i = 0; i < n; i++)
        put_char(w, text[i] == ',' ? '.' : text[i]); /* a locale may say otherwise */
}

static void put_time(struct writer *w, event_time time)
{
    char text[32];

    event_time_format(time, text);
    put_char(w, '"');
    put(w, text, strlen(text));
    put_char(w, '"');
}

static void put_type(struct writer *w, const struct event_type *type, const void *base);

static void put_list(struct writer *w, const struct event_row *row, const void *base)
{
    size_t count = *(const size_t *)event_member_of(base, row);

    put_char(w, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put_char(w, ',');
        if (row->type)
            put_type(w, row->type, event_item_of(base, row, i));
        else
            put_text(w, event_item_of(base, row, i));
    }
    put_char(w, ']');
}

static void put_value(struct writer *w, const struct event_row *row, const void *base)
{
    const void *member = event_member_of(base, row);
    const char *word;

    switch (row->kind) {
    case EVENT_ROW_ENUM:
        word = event_list_word(row->list, *(const uint8_t *)member);
        put_text(w, word ? word : "");
        break;
    case EVENT_ROW_TEXT:
        put_text(w, member);
        break;
    case EVENT_ROW_TIME:
        put_time(w, *(const event_time *)member);
        break;
    case EVENT_ROW_REAL:
        put_real(w, *(const double *)member);
        break;
    case EVENT_ROW_INT:
        put_whole(w, *(const int32_t *)member);
        break;
    case EVENT_ROW_FLAG:
        put(w, "true", 4);
        break;
    case EVENT_ROW_OBJECT:
        put_type(w, row->type, member);
        break;
    case EVENT_ROW_TEXTS:
    case EVENT_ROW_OBJECTS:
        put_list(w, row, base);
        break;
    case EVENT_ROW_KINDS:
        break;
    }
}

static void put_type(struct writer *w, const struct event_type *type, const void *base)
{
    bool first = true;

    put_char(w, '{');
    for (size_t i = 0; i < type->row_count; i++) {
        const struct event_row *row = &type->rows[i];

        if (!event_row_given(row, base))
            continue;
        if (!first)
            put_char(w, ',');
        first = false;
        put_char(w, '"');
        put(w, row->name, row->name_size);
        put(w, "\":", 2);
        put_value(w, row, base);
    }
    put_char(w, '}');
}

static int finish(struct writer *w)
{
    if (w->used >= w->size)
        return ERR_SIZE;
    w->out[w->used] = '\0';
    return (int)w->used;
}

int event_encode(const struct event *event, char *out, size_t size)
{
    struct writer w = {out, size, 0};

    put_type(&w, &event_type_event, event);
    return finish(&w);
}

int event_encode_list(const struct event *event, const char *name, char *out, size_t size)
{
    const struct event_row *row = event_row_find(&event_type_event, name, strlen(name));
    struct writer w = {out, size, 0};

    if (event_row_given(row, event))
        put_list(&w, row, event);
    return finish(&w);
}
