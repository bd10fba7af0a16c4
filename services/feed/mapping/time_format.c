/* See time_format.h. */
#include "time_format.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum part {
    YEAR = 1,
    MONTH = 2,
    DAY = 4,
    HOUR = 8,       /* of 24 */
    HALF_HOUR = 16, /* of 12 */
    HALF = 32,      /* AM or PM */
    MINUTE = 64,
    SECOND = 128,
    FRACTION = 256,
    OFFSET = 512,
    WEEKDAY = 1024,
};

/* The conversions that are read, and the parts of a time that each one gives. */
static const struct {
    char letter;
    const char *form;
    unsigned parts;
} conversions[] = {
    {'Y', "%Y", YEAR},
    {'y', "%y", YEAR},
    {'m', "%m", MONTH},
    {'b', "%b", MONTH},
    {'B', "%b", MONTH},
    {'h', "%b", MONTH},
    {'d', "%d", DAY},
    {'e', "%d", DAY},
    {'a', "%a", WEEKDAY},
    {'A', "%a", WEEKDAY},
    {'H', "%H", HOUR},
    {'k', "%H", HOUR},
    {'I', "%I", HALF_HOUR},
    {'l', "%I", HALF_HOUR},
    {'p', "%p", HALF},
    {'M', "%M", MINUTE},
    {'S', "%S", SECOND},
    {'f', "%f", FRACTION},
    {'z', "%z", OFFSET},
    {'n', " ", 0},
    {'t', " ", 0},
    {'F', "%Y-%m-%d", YEAR | MONTH | DAY},
    {'D', "%m/%d/%y", YEAR | MONTH | DAY},
    {'x', "%m/%d/%y", YEAR | MONTH | DAY},
    {'T', "%H:%M:%S", HOUR | MINUTE | SECOND},
    {'X', "%H:%M:%S", HOUR | MINUTE | SECOND},
    {'R', "%H:%M", HOUR | MINUTE},
    {'r', "%I:%M:%S %p", HALF_HOUR | HALF | MINUTE | SECOND},
    {'c', "%a %b %d %H:%M:%S %Y", WEEKDAY | MONTH | DAY | HOUR | MINUTE | SECOND | YEAR},
};

/* Conversions that people may need but cannot use, and what to do instead. */
static const struct {
    char letter;
    const char *hint;
} hints[] = {
    {'Z', "a zone's name is not read: export the offset and write %z, or cut the name off by "
          "[split]"},
    {'s', "seconds since 1970 are format = epoch"},
    {'P', "AM and PM are %p, in capitals or not"},
    {'N', "the fraction of a second is %f"},
    {'L', "the fraction of a second is %f"},
    {'C', "a century alone is not read: write %Y"},
};

static bool refuse(char *why, size_t size, char letter)
{
    for (size_t i = 0; i < COUNT_OF(hints); i++)
        if (hints[i].letter == letter) {
            snprintf(why, size, "%%%c: %s", letter, hints[i].hint);
            return false;
        }
    snprintf(why, size, "%%%c is not read: a time of it would be wrong",
             isprint((unsigned char)letter) ? letter : '?');
    return false;
}

static bool add(char out[TIME_FORMAT_MAX], size_t *used, const char *text, size_t size)
{
    if (*used + size >= TIME_FORMAT_MAX)
        return false;
    memcpy(out + *used, text, size);
    *used += size;
    out[*used] = '\0';
    return true;
}

static const char *missing(unsigned parts)
{
    static const struct {
        unsigned has, needs;
        const char *what;
    } rules[] = {
        {0, YEAR, "has no year (%Y)"},
        {0, MONTH, "has no month (%m)"},
        {0, DAY, "has no day (%d)"},
        {HALF, HALF_HOUR, "has %p without %I: beside %H it would be ignored"},
        {HALF_HOUR, HALF, "has %I without %p: morning or evening?"},
        {MINUTE, HOUR | HALF_HOUR, "has minutes and no hour (%H)"},
        {SECOND, MINUTE, "has seconds and no minutes (%M)"},
        {FRACTION, SECOND, "has a fraction (%f) and no seconds (%S)"},
        {OFFSET, HOUR | HALF_HOUR, "has an offset (%z) and no hour (%H)"},
    };

    if ((parts & HOUR) && (parts & HALF_HOUR))
        return "has the hour twice";
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        if ((parts & rules[i].has) == rules[i].has && !(parts & rules[i].needs))
            return rules[i].what;
    return NULL;
}

bool time_format_take(const char *format, char out[TIME_FORMAT_MAX], char *why, size_t why_size)
{
    unsigned parts = 0;
    size_t used = 0;
    const char *lacks;

    *out = '\0';
    for (const char *at = format; *at; at++) {
        const char *text = at;
        size_t found = 0, size = 1;

        if (*at == '%') {
            at++;
            at += strspn(at, "-_0^#"); /* flags of strftime, without effect when reading */
            while (found < COUNT_OF(conversions) && conversions[found].letter != *at)
                found++;
            if (found == COUNT_OF(conversions))
                return refuse(why, why_size, *at);
            if (parts & conversions[found].parts) {
                snprintf(why, why_size, "%%%c says again what stands before it", *at);
                return false;
            }
            parts |= conversions[found].parts;
            text = conversions[found].form;
            size = strlen(text);
        }
        if (!add(out, &used, text, size)) {
            snprintf(why, why_size, "is longer than %d octets", TIME_FORMAT_MAX - 1);
            return false;
        }
    }
    lacks = missing(parts);
    if (lacks)
        snprintf(why, why_size, "%s", lacks);
    return !lacks;
}

bool time_format_names_zone(const char *format, bool *zulu)
{
    static const char *const names[] = {"Z",   "UTC", "GMT", "EST", "EDT", "ET",   "CST",
                                        "CDT", "CT",  "MST", "MDT", "MT",  "PST",  "PDT",
                                        "PT",  "AST", "ADT", "HST", "HDT", "AKST", "AKDT"};
    size_t size;

    for (const char *at = format; *at; at += size) {
        size = *at == '%' ? 2 : 0;
        if (size == 2)
            continue;
        while (isalpha((unsigned char)at[size]))
            size++;
        for (size_t i = 0; i < COUNT_OF(names); i++)
            if (strlen(names[i]) == size && strncasecmp(names[i], at, size) == 0) {
                *zulu = i < 3;
                return true;
            }
        size += size == 0;
    }
    return false;
}
