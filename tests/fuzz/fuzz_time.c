/* RFC 3339 times: formatting and parsing keep a parsed time, and any number can be formatted. */
#include "fuzz.h"

#include <string.h>

static void any_number(event_time time)
{
    event_time back;
    char text[32];

    memset(text, 'x', sizeof(text));
    event_time_format(time, text);
    fuzz_require(memchr(text, '\0', sizeof(text)) != NULL, "a formatted time ends");
    if (*text == '\0')
        return;
    fuzz_require(event_time_parse(text, strlen(text), &back) == 0 && back == time,
                 "a formatted time is parsed to itself");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    event_time time;
    int err = event_time_parse((const char *)data, size, &time);

    fuzz_require(err == 0 || err == ERR_TIME || err == ERR_RANGE, "the code is one of three");
    if (!err)
        any_number(time);
    if (size == sizeof(time)) {
        memcpy(&time, data, sizeof(time));
        any_number(time);
    }
    return 0;
}
