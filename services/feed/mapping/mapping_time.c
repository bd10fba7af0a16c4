/* See mapping_time.h. */
#include "mapping_time.h"

#include "localtime.h"
#include "time_format.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Values of event_time_quality in dictionary.def. */
enum { QUALITY_EXACT = 1, QUALITY_MINUTE = 2, QUALITY_DOUBLED = 3, QUALITY_DAY = 4 };

static uint8_t format_quality(const char *format)
{
    static const struct {
        const char *conversion;
        uint8_t quality;
    } finest[] = {
        {"%S", QUALITY_EXACT},
        {"%M", QUALITY_MINUTE},
    };

    for (size_t i = 0; i < sizeof finest / sizeof finest[0]; i++)
        if (strstr(format, finest[i].conversion))
            return finest[i].quality;
    return QUALITY_DAY;
}

static int read_epoch(const char *text, event_time unit, event_time *time, struct error *error)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno || end == text || *end || llabs(number) > INT64_MAX / unit)
        return error_set(error, ERR_TIME, "", "is not a number of seconds since 1970");
    *time = number * unit;
    return 0;
}

/* Days since 1899-12-30 in local time, as spreadsheets count. */
static int read_excel(const char *text, event_time *time, uint8_t *quality, struct error *error)
{
    const double epoch_day = 25569, last_day = 2958466, day_s = 86400;
    char *end;
    double days = strtod(text, &end);
    struct tm civil;
    time_t seconds;
    bool doubled = false;
    int err;

    if (end == text || *end || text[strspn(text, "0123456789.")] != '\0' || days < 1 ||
        days >= last_day)
        return error_set(error, ERR_TIME, "", "is not a number of days since 1899");
    seconds = (time_t)llround((days - epoch_day) * day_s);
    if (!gmtime_r(&seconds, &civil))
        return error_set(error, ERR_TIME, "", "is not a number of days since 1899");
    err = localtime_to_utc(&civil, time, &doubled, error);
    *quality = doubled ? QUALITY_DOUBLED : QUALITY_EXACT;
    return err;
}

/* If the format begins with two or more numbers without a separator: how many digits they must
 * have; else 0. *size: octets of the format that they take. */
static size_t packed_digits(const char *format, size_t *size)
{
    static const char numbers[] = "YymdHIMS";
    size_t digits = 0, count = 0;

    for (*size = 0; format[*size] == '%' && format[*size + 1] && strchr(numbers, format[*size + 1]);
         *size += 2) {
        digits += format[*size + 1] == 'Y' ? 4 : 2;
        count++;
    }
    return count > 1 ? digits : 0;
}

/* Numbers without a separator must have all their digits: "2026111" could be either of two days,
 * and strptime would take one of them. */
static bool packed_are_whole(const char *text, const char *format)
{
    char before[TIME_FORMAT_MAX];
    struct tm scratch = {0};
    size_t size;

    for (size_t at = 0; format[at]; at += size) {
        size_t digits = packed_digits(format + at, &size);
        const char *from = text;

        if (size == 0)
            size = format[at] == '%' && format[at + 1] ? 2 : 1;
        if (digits == 0)
            continue;
        snprintf(before, sizeof before, "%.*s", (int)at, format);
        from = strptime(text, before, &scratch);
        if (!from)
            return false;
        from += strspn(from, " ");
        if (strspn(from, "0123456789") != digits)
            return false;
    }
    return true;
}

/* As strptime, but refuses numbers without a separator that lack digits. */
static const char *read_part(const char *text, const char *format, struct tm *civil)
{
    return packed_are_whole(text, format) ? strptime(text, format, civil) : NULL;
}

/* A day of the week that does not match the date means that one of the two is wrong. */
static bool weekday_fits(const char *format, const struct tm *civil)
{
    struct tm plain = *civil;

    if (!strstr(format, "%a"))
        return true;
    timegm(&plain);
    return plain.tm_wday == civil->tm_wday;
}

/* Reads a fraction up to microseconds. Returns the end of the digits, or NULL if there are none. */
static const char *read_fraction(const char *text, event_time *fraction)
{
    event_time unit = 100000;

    if (!isdigit((unsigned char)*text))
        return NULL;
    for (; isdigit((unsigned char)*text); text++, unit /= 10)
        *fraction += (*text - '0') * unit;
    return text;
}

/* Removes the fraction from text and format: strptime must see the hour and a later AM or PM in one
 * call. */
static bool take_fraction(const char *text, const char *format, char *plain_text,
                          char *plain_format, event_time *fraction)
{
    const char *point = strstr(format, "%f"), *from, *end;
    struct tm scratch = {.tm_mday = 1};

    snprintf(plain_format, TIME_FORMAT_MAX, "%.*s", (int)(point - format), format);
    from = read_part(text, plain_format, &scratch);
    end = from ? read_fraction(from, fraction) : NULL;
    if (!end || strlen(text) >= MAPPING_TEXT)
        return false;
    snprintf(plain_text, MAPPING_TEXT, "%.*s%s", (int)(from - text), text, end);
    snprintf(plain_format, TIME_FORMAT_MAX, "%.*s%s", (int)(point - format), format, point + 2);
    return true;
}

bool mapping_time_civil(const char *text, const char *format, struct tm *civil,
                        event_time *fraction)
{
    char plain_text[MAPPING_TEXT], plain_format[TIME_FORMAT_MAX];

    *fraction = 0;
    if (strstr(format, "%f")) {
        if (!take_fraction(text, format, plain_text, plain_format, fraction))
            return false;
        text = plain_text;
        format = plain_format;
    }
    text = read_part(text, format, civil);
    return text && *text == '\0' && weekday_fits(format, civil);
}

static int read_format(const struct mapping *mapping, const char *text, event_time *time,
                       uint8_t *quality, struct error *error)
{
    struct tm civil = {.tm_mday = 1};
    event_time fraction;
    bool doubled = false;
    int err;

    if (!mapping_time_civil(text, mapping->time_format, &civil, &fraction))
        return error_set(error, ERR_TIME, "", "is not a time of the mapping's format");
    *quality = format_quality(mapping->time_format);
    if (strstr(mapping->time_format, "%z")) {
        long offset = civil.tm_gmtoff;
        int day = civil.tm_mday;

        *time = ((event_time)timegm(&civil) - offset) * 1000000 + fraction;
        return civil.tm_mday == day ? 0
                                    : error_set(error, ERR_TIME, "", "no calendar has this date");
    }
    err = localtime_to_utc(&civil, time, &doubled, error);
    if (err)
        return err;
    *time += fraction;
    if (doubled)
        *quality = QUALITY_DOUBLED;
    return 0;
}

int mapping_time_read(const struct mapping *mapping, const char *text, event_time *time,
                      uint8_t *quality, struct error *error)
{
    int err = ERR_STATE;

    *quality = QUALITY_EXACT;
    switch (mapping->time_kind) {
    case MAPPING_TIME_FORMAT:
        err = read_format(mapping, text, time, quality, error);
        break;
    case MAPPING_TIME_RFC3339:
        err = event_time_parse(text, strlen(text), time);
        if (err)
            error_set(error, err, "", "is not a time as in RFC 3339, with its offset");
        break;
    case MAPPING_TIME_EPOCH:
        err = read_epoch(text, 1000000, time, error);
        break;
    case MAPPING_TIME_EPOCH_MS:
        err = read_epoch(text, 1000, time, error);
        break;
    case MAPPING_TIME_EXCEL:
        err = read_excel(text, time, quality, error);
        break;
    case MAPPING_TIME_NONE:
        error_set(error, err, "", "the mapping has no [time] format");
        break;
    }
    if (!err)
        *time += mapping->skew_s * INT64_C(1000000);
    return err;
}
