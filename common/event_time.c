/* event_time: RFC 3339 to microseconds and back, by the proleptic Gregorian calendar. */
#include "event_rows.h"

#include <stdio.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

struct cursor {
    const char *at;
    const char *end;
};

static inline bool take_digits(struct cursor *c, int digits, int *out)
{
    unsigned value = 0;

    if (c->end - c->at < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        unsigned digit = (unsigned)(unsigned char)c->at[i] - '0';

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    c->at += digits;
    *out = (int)value;
    return true;
}

static inline bool take_one_of(struct cursor *c, const char *set)
{
    for (; c->at < c->end && *set; set++)
        if (*c->at == *set) {
            c->at++;
            return true;
        }
    return false;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01, counting years from March so that a leap day comes last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool take_date(struct cursor *c, event_time *out)
{
    int year, month, day;

    if (!take_digits(c, 4, &year) || !take_one_of(c, "-") || !take_digits(c, 2, &month) ||
        !take_one_of(c, "-") || !take_digits(c, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *out = days_from_date(year, month, day) * DAY;
    return true;
}

/* One to nine digits; what is finer than a microsecond is cut off. */
static bool take_fraction(struct cursor *c, event_time *out)
{
    event_time unit = SECOND / 10;
    int digits = 0, digit;

    *out = 0;
    if (!take_one_of(c, "."))
        return true;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; digits++, unit /= 10) {
        if (!take_digits(c, 1, &digit))
            return false;
        *out += digit * unit;
    }
    return digits >= 1 && digits <= 9;
}

static bool take_clock(struct cursor *c, event_time *out)
{
    int hour, minute, second;
    event_time fraction;

    if (!take_digits(c, 2, &hour) || !take_one_of(c, ":") || !take_digits(c, 2, &minute) ||
        !take_one_of(c, ":") || !take_digits(c, 2, &second) || !take_fraction(c, &fraction))
        return false;
    /* Microseconds since 1970 cannot express a leap second, and neither can PostgreSQL. */
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *out = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
    return true;
}

static bool take_offset(struct cursor *c, event_time *out)
{
    bool west;
    int hour, minute;

    *out = 0;
    if (take_one_of(c, "Zz"))
        return true;
    west = c->at < c->end && *c->at == '-';
    if (!take_one_of(c, "+-") || !take_digits(c, 2, &hour) || !take_one_of(c, ":") ||
        !take_digits(c, 2, &minute))
        return false;
    if (hour > 15 || minute > 59) /* PostgreSQL's bound */
        return false;
    *out = (hour * HOUR + minute * MINUTE) * (west ? -1 : 1);
    return true;
}

/* "99999-01-01...": well-formed except for a year of more than four digits. */
static bool has_long_year(struct cursor c)
{
    int digits = 0;

    for (; c.at < c.end && *c.at >= '0' && *c.at <= '9'; c.at++)
        digits++;
    return digits > 4 && c.at < c.end && *c.at == '-';
}

int event_time_parse(const char *text, size_t size, event_time *out)
{
    struct cursor c = {text, text + size};
    event_time date, clock, offset;

    if (has_long_year(c))
        return ERR_RANGE;
    if (!take_date(&c, &date) || !take_one_of(&c, "Tt ") || !take_clock(&c, &clock) ||
        !take_offset(&c, &offset) || c.at != c.end)
        return ERR_TIME;
    *out = date + clock - offset;
    return 0;
}

static void date_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2 ? 1 : 0);
}

static char *put_digits(char *out, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + digits;
}

void event_time_format(event_time time, char out[32])
{
    int64_t days = time / DAY, rest = time % DAY, year;
    int month, day, digits = 6;
    char *at = out;

    if (rest < 0) {
        rest += DAY;
        days--;
    }
    date_from_days(days, &year, &month, &day);
    if (time == EVENT_TIME_NONE || year < 1 || year > 9999) {
        *out = '\0';
        return;
    }
    at = put_digits(at, year, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    at = put_digits(at, day, 2);
    *at++ = 'T';
    at = put_digits(at, rest / HOUR, 2);
    *at++ = ':';
    at = put_digits(at, rest / MINUTE % 60, 2);
    *at++ = ':';
    at = put_digits(at, rest / SECOND % 60, 2);
    rest %= SECOND;
    if (rest) {
        for (; rest % 10 == 0; rest /= 10)
            digits--;
        *at++ = '.';
        at = put_digits(at, rest, digits);
    }
    *at++ = 'Z';
    *at = '\0';
}
