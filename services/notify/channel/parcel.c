#include "parcel.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void parcel_free(struct parcel *parcel)
{
    if (!parcel)
        return;
    free(parcel->to);
    free(parcel->subject);
    free(parcel->text);
    free(parcel->html);
    free(parcel->content);
    free(parcel->message_id);
    free(parcel->root_id);
    free(parcel);
}

void parcel_sent(struct parcel *parcel)
{
    parcel->end = END_OK;
    parcel->reason = REASON_NONE;
    parcel->error[0] = '\0';
}

void parcel_failed(struct parcel *parcel, enum parcel_end end, enum reason reason,
                   const char *error_fmt, ...)
{
    va_list args;

    parcel->end = end;
    parcel->reason = reason;
    va_start(args, error_fmt);
    vsnprintf(parcel->error, sizeof parcel->error, error_fmt, args);
    va_end(args);
}

const char *parcel_end_name(enum parcel_end end)
{
    static const char *const names[] = {
        [END_OK] = "ok",
        [END_TEMPORARY] = "temporary",
        [END_PERMANENT] = "permanent",
        [END_UNKNOWN] = "unknown",
    };

    return names[end];
}
