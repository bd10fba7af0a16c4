/* event_value: stores one value of one row from text or number, and names the field when it
 * refuses. */
#include "event_rows.h"
#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Writes "units[3].id" into out, cut off at its end. */
static void write_path(const struct event_where *where, char *out, size_t size)
{
    size_t used = 0;
    int n = 0;

    if (where->up) {
        write_path(where->up, out, size);
        used = strlen(out);
        n = snprintf(out + used, size - used, "%s", *out ? "." : "");
        used += (size_t)n;
    }
    if (used >= size)
        return;
    if (where->index < 0)
        snprintf(out + used, size - used, "%s", where->name);
    else
        snprintf(out + used, size - used, "%s[%ld]", where->name, where->index);
}

int event_fail(struct error *error, enum err code, const struct event_where *where,
               const char *reason_fmt, ...)
{
    char path[sizeof((struct error){0}.field)] = "";
    char reason[sizeof((struct error){0}.reason)];
    va_list args;

    if (!error)
        return code;
    if (where)
        write_path(where, path, sizeof(path));
    va_start(args, reason_fmt);
    vsnprintf(reason, sizeof(reason), reason_fmt, args);
    va_end(args);
    return error_set(error, code, path, "%s", reason);
}

void event_trim(const char **text, size_t *size)
{
    while (*size && (*text)[0] == ' ') {
        (*text)++;
        (*size)--;
    }
    while (*size && (*text)[*size - 1] == ' ')
        (*size)--;
}

int event_take_text(const struct event_row *row, char *out, const char *text, size_t size,
                    const struct event_where *where, struct error *error)
{
    const char *defect;

    event_trim(&text, &size);
    if (size > row->max)
        return event_fail(error, ERR_SIZE, where, "must be at most %zu octets long", row->max);
    defect = utf8_text_defect(text, size);
    if (defect)
        return event_fail(error, ERR_UTF8, where, "%s", defect);
    if (utf8_is_blank(text, size))
        size = 0;
    memcpy(out, text, size);
    out[size] = '\0';
    return 0;
}

int event_take_time(event_time *out, const char *text, size_t size, const struct event_where *where,
                    struct error *error)
{
    int err;

    *out = EVENT_TIME_NONE;
    if (size == 0)
        return 0;
    err = event_time_parse(text, size, out);
    if (err == ERR_RANGE)
        return event_fail(error, ERR_RANGE, where, "its year must have four digits");
    if (err)
        return event_fail(error, ERR_TIME, where,
                          "must be a time as 2026-11-23T09:12:04-08:00 (RFC 3339, with an offset)");
    return 0;
}

int event_take_word(const struct event_row *row, uint8_t *out, const char *text, size_t size,
                    const struct event_where *where, struct error *error)
{
    char words[120] = "";
    size_t used = 0;

    *out = event_list_value(row->list, text, size);
    if (*out || size == 0)
        return 0;
    for (size_t i = 0; i < row->list->count && used < sizeof(words); i++)
        used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", i ? ", " : "",
                                 row->list->words[i].word);
    return event_fail(error, ERR_VALUE, where, "must be one of %s", words);
}

int event_take_number(const struct event_row *row, void *out, double number,
                      const struct event_where *where, struct error *error)
{
    if (row->kind == EVENT_ROW_INT && isfinite(number) && number != trunc(number))
        return event_fail(error, ERR_TYPE, where, "must be a whole number");
    if (!(number >= row->low && number <= row->high))
        return event_fail(error, ERR_RANGE, where, "must be between %g and %g", row->low,
                          row->high);
    if (row->kind == EVENT_ROW_INT)
        *(int32_t *)out = (int32_t)number;
    else
        *(double *)out = number;
    return 0;
}
