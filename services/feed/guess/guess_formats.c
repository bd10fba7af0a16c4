/* See guess_formats.h. */
#include "guess_formats.h"

#include "event.h"
#include "mapping_time.h"

#include <string.h>
#include <time.h>

enum { OLDEST_YEAR = 1900, NEWEST_YEAR = 2100 };
static const double GOOD_SHARE = 0.98; /* of the values must fit a format */
enum { SHORT_SAMPLE = 10 };            /* of fewer values, every one must fit */

/* Formats to the second come before those to the minute, and the month comes first if both orders
 * are possible. */
const struct guess_format guess_formats[] = {
    {"rfc3339", GUESS_BOTH, true, NULL},
    {"%Y-%m-%d %H:%M:%S %z", GUESS_BOTH, true, NULL},
    {"%Y-%m-%dT%H:%M:%S%z", GUESS_BOTH, true, NULL},
    {"%Y-%m-%dT%H:%M:%S.000", GUESS_BOTH, false, NULL},
    {"%Y-%m-%dT%H:%M:%S.%f", GUESS_BOTH, false, NULL},
    {"%Y-%m-%dT%H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M:%S.000", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M:%S.%f", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%dT%H:%M", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H%M", GUESS_BOTH, false, NULL},
    {"%Y/%m/%d %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y/%m/%d %H:%M", GUESS_BOTH, false, NULL},
    {"%m/%d/%Y %I:%M:%S %p", GUESS_BOTH, false, "%d/%m/%Y %I:%M:%S %p"},
    {"%m/%d/%Y %I:%M %p", GUESS_BOTH, false, "%d/%m/%Y %I:%M %p"},
    {"%m/%d/%Y %H:%M:%S.%f", GUESS_BOTH, false, "%d/%m/%Y %H:%M:%S.%f"},
    {"%m/%d/%Y %H:%M:%S", GUESS_BOTH, false, "%d/%m/%Y %H:%M:%S"},
    {"%m/%d/%Y %H:%M", GUESS_BOTH, false, "%d/%m/%Y %H:%M"},
    {"%m/%d/%Y %H%M", GUESS_BOTH, false, "%d/%m/%Y %H%M"},
    {"%m/%d/%y %H:%M:%S", GUESS_BOTH, false, "%d/%m/%y %H:%M:%S"},
    {"%m/%d/%y %H:%M", GUESS_BOTH, false, "%d/%m/%y %H:%M"},
    {"%m/%d/%y %H%M", GUESS_BOTH, false, "%d/%m/%y %H%M"},
    {"%d/%m/%Y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %I:%M %p", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %H%M", GUESS_BOTH, false, NULL},
    {"%d/%m/%y %H:%M", GUESS_BOTH, false, NULL},
    {"%d.%m.%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d.%m.%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%d-%b-%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d-%b-%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%b %d %Y %I:%M%p", GUESS_BOTH, false, NULL},
    {"%Y%m%d%H%M%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%Y/%m/%d %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%Y/%m/%d %H:%M:%S%z", GUESS_BOTH, true, NULL},
    {"%Y/%m/%d %H:%M:%S %z", GUESS_BOTH, true, NULL},
    {"%m/%d/%Y %H:%M:%S %z", GUESS_BOTH, true, NULL},
    {"%m/%d/%Y %I:%M:%S.%f %p", GUESS_BOTH, false, NULL},
    {"%m/%d/%Y %I:%M:%S%p", GUESS_BOTH, false, "%d/%m/%Y %I:%M:%S%p"},
    {"%m/%d/%Y %I:%M%p", GUESS_BOTH, false, "%d/%m/%Y %I:%M%p"},
    {"%m/%d/%y %I:%M:%S %p", GUESS_BOTH, false, "%d/%m/%y %I:%M:%S %p"},
    {"%m/%d/%y %I:%M %p", GUESS_BOTH, false, "%d/%m/%y %I:%M %p"},
    {"%m/%d/%Y, %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%m/%d/%Y, %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%m-%d-%Y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%m-%d-%Y %H:%M:%S", GUESS_BOTH, false, "%d-%m-%Y %H:%M:%S"},
    {"%m-%d-%Y %H:%M", GUESS_BOTH, false, "%d-%m-%Y %H:%M"},
    {"%d-%m-%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d-%m-%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %I:%M:%S%p", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %I:%M%p", GUESS_BOTH, false, NULL},
    {"%d/%m/%y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d.%m.%y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d.%m.%y %H:%M", GUESS_BOTH, false, NULL},
    {"%H:%M:%S %m/%d/%Y", GUESS_BOTH, false, "%H:%M:%S %d/%m/%Y"},
    {"%H:%M:%S %m/%d/%y", GUESS_BOTH, false, "%H:%M:%S %d/%m/%y"},
    {"%H:%M %m/%d/%Y", GUESS_BOTH, false, "%H:%M %d/%m/%Y"},
    {"%H:%M %m/%d/%y", GUESS_BOTH, false, "%H:%M %d/%m/%y"},
    {"%H:%M:%S %Y-%m-%d", GUESS_BOTH, false, NULL},
    {"%H:%M:%S %d/%m/%Y", GUESS_BOTH, false, NULL},
    {"%d-%b-%Y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%d-%b-%y %I.%M.%S.%f %p", GUESS_BOTH, false, NULL},
    {"%d-%b-%y %I.%M.%S %p", GUESS_BOTH, false, NULL},
    {"%d-%b-%y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d-%b-%y %H:%M", GUESS_BOTH, false, NULL},
    {"%d-%b-%y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%d %b %Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d %b %Y %H:%M", GUESS_BOTH, false, NULL},
    {"%d%b%Y:%H:%M:%S", GUESS_BOTH, false, NULL},
    {"%b %d, %Y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%b %d, %Y %I:%M %p", GUESS_BOTH, false, NULL},
    {"%b %d, %Y, %I:%M %p", GUESS_BOTH, false, NULL},
    {"%b %d, %Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%b %d, %Y %H:%M", GUESS_BOTH, false, NULL},
    {"%b %d %Y %I:%M:%S%p", GUESS_BOTH, false, NULL},
    {"%A, %B %d, %Y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%A, %B %d, %Y %I:%M %p", GUESS_BOTH, false, NULL},
    {"%a %b %d %H:%M:%S %Y", GUESS_BOTH, false, NULL},
    {"%Y%m%d %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y%m%d %H:%M", GUESS_BOTH, false, NULL},
    {"%Y%m%d %H%M%S", GUESS_BOTH, false, NULL},
    {"%Y%m%d %H%M", GUESS_BOTH, false, NULL},
    {"%Y%m%dT%H%M%S", GUESS_BOTH, false, NULL},
    {"%Y.%m.%d %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d", GUESS_DATE, false, NULL},
    {"%Y/%m/%d", GUESS_DATE, false, NULL},
    {"%m/%d/%Y", GUESS_DATE, false, "%d/%m/%Y"},
    {"%m/%d/%y", GUESS_DATE, false, "%d/%m/%y"},
    {"%d/%m/%Y", GUESS_DATE, false, NULL},
    {"%d.%m.%Y", GUESS_DATE, false, NULL},
    {"%d-%b-%Y", GUESS_DATE, false, NULL},
    {"%d-%b-%y", GUESS_DATE, false, NULL},
    {"%m-%d-%Y", GUESS_DATE, false, "%d-%m-%Y"},
    {"%d-%m-%Y", GUESS_DATE, false, NULL},
    {"%d/%m/%y", GUESS_DATE, false, NULL},
    {"%d.%m.%y", GUESS_DATE, false, NULL},
    {"%b %d, %Y", GUESS_DATE, false, NULL},
    {"%d %b %Y", GUESS_DATE, false, NULL},
    {"%A, %B %d, %Y", GUESS_DATE, false, NULL},
    {"%H:%M:%S", GUESS_CLOCK, false, NULL},
    {"%I:%M:%S %p", GUESS_CLOCK, false, NULL},
    {"%H:%M", GUESS_CLOCK, false, NULL},
    {"%I:%M %p", GUESS_CLOCK, false, NULL},
    {"%I:%M:%S%p", GUESS_CLOCK, false, NULL},
    {"%I:%M%p", GUESS_CLOCK, false, NULL},
    {"%H:%M:%S.%f", GUESS_CLOCK, false, NULL},
};
const size_t guess_format_count = sizeof guess_formats / sizeof guess_formats[0];

const struct guess_format guess_numerics[GUESS_NUMERICS] = {
    [GUESS_EPOCH] = {"epoch", GUESS_BOTH, true, NULL},
    [GUESS_EPOCH_MS] = {"epoch_ms", GUESS_BOTH, true, NULL},
    [GUESS_EXCEL] = {"excel", GUESS_BOTH, false, NULL},
    [GUESS_PACKED_DATE] = {"%Y%m%d", GUESS_DATE, false, NULL},
    [GUESS_PACKED_BOTH] = {"%Y%m%d%H%M", GUESS_BOTH, false, NULL},
    [GUESS_PACKED_CLOCK] = {"%H%M", GUESS_CLOCK, false, NULL},
    [GUESS_PACKED_CLOCK_S] = {"%H%M%S", GUESS_CLOCK, false, NULL},
};

static bool fits(const char *text, const char *format, enum guess_time_part part)
{
    struct tm civil = {.tm_mday = 1, .tm_year = 100};
    event_time time;
    int day;

    if (strcmp(format, "rfc3339") == 0)
        return event_time_parse(text, strlen(text), &time) == 0;
    if (!mapping_time_civil(text, format, &civil, &time) || civil.tm_year + 1900 < OLDEST_YEAR ||
        civil.tm_year + 1900 > NEWEST_YEAR)
        return false;
    day = civil.tm_mday;
    civil.tm_isdst = 0;
    return part == GUESS_CLOCK || (timegm(&civil) != -1 && civil.tm_mday == day);
}

/* How many values may fail to fit a format. */
static size_t misses_allowed(size_t filled)
{
    size_t share = (size_t)((1 - GOOD_SHARE) * (double)filled);

    return filled >= SHORT_SAMPLE && share == 0 ? 1 : share;
}

static bool holds(const struct guess_table *table, size_t index, const char *format,
                  enum guess_time_part part, size_t allowed)
{
    size_t misses = 0, filled = 0;

    for (size_t row = 0; row < guess_table_rows(table); row++) {
        const char *text = guess_table_at(table, row, index);

        filled += *text != '\0';
        if (*text && !fits(text, format, part) && ++misses > allowed)
            return false;
    }
    return filled > 0;
}

/* Whether all times of day are 0:00: a program wrote dates as times. */
static bool is_midnight(const struct guess_table *table, size_t index, const char *format)
{
    size_t count = 0;

    for (size_t row = 0; row < guess_table_rows(table); row++) {
        const char *text = guess_table_at(table, row, index);
        struct tm civil = {.tm_mday = 1};
        event_time fraction;

        if (!*text || !mapping_time_civil(text, format, &civil, &fraction))
            continue;
        if (civil.tm_hour || civil.tm_min || civil.tm_sec)
            return false;
        count++;
    }
    return count > 1;
}

/* The number of years from the first to the last, by a format that nearly all values fit. */
static int count_years(const struct guess_table *table, size_t index, const char *format)
{
    int first = NEWEST_YEAR, last = OLDEST_YEAR;

    for (size_t row = 0; row < guess_table_rows(table); row++) {
        struct tm civil = {0};
        event_time fraction;

        if (!mapping_time_civil(guess_table_at(table, row, index), format, &civil, &fraction))
            continue;
        first = civil.tm_year + 1900 < first ? civil.tm_year + 1900 : first;
        last = civil.tm_year + 1900 > last ? civil.tm_year + 1900 : last;
    }
    return last > first ? last - first : 0;
}

static void take_format(struct guess_column *column, const struct guess_table *table, size_t index,
                        size_t allowed)
{
    for (size_t i = 0; i < guess_format_count && column->format < 0; i++) {
        const struct guess_format *format = &guess_formats[i];

        if (!holds(table, index, format->text, format->part, allowed))
            continue;
        column->format = (int)i;
        column->either = format->other && holds(table, index, format->other, format->part, allowed);
        column->midnight = format->part == GUESS_BOTH && is_midnight(table, index, format->text);
        column->years = count_years(table, index, format->text);
    }
}

/* A format that all values fit comes before one that nearly all fit. Of the two orders of day and
 * month, the one that fits every value is taken. */
void guess_formats_find(struct guess_column *column, const struct guess_table *table, size_t index)
{
    size_t allowed = misses_allowed(column->filled);

    column->format = -1;
    if ((1 - column->digit) * (double)column->filled > (double)allowed + 0.5)
        return;
    take_format(column, table, index, 0);
    take_format(column, table, index, allowed);
}
