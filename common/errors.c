/* See error.h. */
#include "errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    enum err code;
    const char *name;
} names[] = {
    {ERR_NOMEM, "nomem"},     {ERR_IO, "io"},         {ERR_SYNTAX, "syntax"},
    {ERR_UTF8, "utf8"},       {ERR_DEPTH, "depth"},   {ERR_SIZE, "size"},
    {ERR_MISSING, "missing"}, {ERR_TYPE, "type"},     {ERR_RANGE, "range"},
    {ERR_VALUE, "value"},     {ERR_TIME, "time"},     {ERR_AGENCY, "agency"},
    {ERR_CONTENT, "content"}, {ERR_STATE, "state"},   {ERR_DB, "db"},
    {ERR_EXISTS, "exists"},   {ERR_ABSENT, "absent"},
};

const char *err_name(enum err code)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].code == code)
            return names[i].name;
    return "unknown";
}

/* A reason may hold a peer's field name or strerror text: it goes to logs and terminals. */
static void force_printable(char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

int error_set(struct error *error, enum err code, const char *field, const char *reason_fmt, ...)
{
    int os = errno;
    va_list args;

    if (!error)
        return code;
    error->os = code == ERR_IO ? os : 0;
    error->code = code;
    snprintf(error->field, sizeof(error->field), "%s", field ? field : "");
    va_start(args, reason_fmt);
    vsnprintf(error->reason, sizeof(error->reason), reason_fmt, args);
    va_end(args);
    force_printable(error->field);
    force_printable(error->reason);
    return code;
}
