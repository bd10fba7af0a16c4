#include "when.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uchar.h>
#include <unicode/udat.h>
#include <unicode/ustring.h>

enum { TEXT_MOST = 96, ZONE_MOST = 64, HOUR_S = 3600 };

/* How a language writes what ICU has the words for; days as the page does (lib/clock.ts). */
static const struct {
    const char *locale, *hours24, *hours12, *day, *date;
} languages[LANGUAGES] = {
    [LANGUAGE_ENGLISH] = {"en_US", "HH:mm", "h:mm a", "EEE, MMM d", "EEEE, MMMM d, y"},
    [LANGUAGE_SPANISH] = {"es_US", "HH:mm", "h:mm a", "EEE d MMM", "EEEE, d 'de' MMMM 'de' y"},
};

/* What formats one message's times. */
struct clock {
    UDateFormat *format;
    UCalendar *calendar;
};

/* Narrow and other blanks become plain ones: programs of mail and telephones lack them. */
static void plain_blanks(UChar *text)
{
    for (; *text; text++)
        if (u_isspace(*text))
            *text = ' ';
}

static void put(const struct clock *clock, const char *pattern, int64_t at, char *out, size_t size)
{
    UErrorCode error = U_ZERO_ERROR;
    UChar wide[TEXT_MOST], text[TEXT_MOST];

    out[0] = '\0';
    u_charsToUChars(pattern, wide, (int32_t)strlen(pattern) + 1);
    udat_applyPattern(clock->format, false, wide, -1);
    udat_format(clock->format, (UDate)at * 1000, text, TEXT_MOST, NULL, &error);
    if (U_FAILURE(error) || error == U_STRING_NOT_TERMINATED_WARNING)
        return;
    plain_blanks(text);
    u_strToUTF8(out, (int32_t)size, NULL, text, -1, &error);
    if (U_FAILURE(error) || error == U_STRING_NOT_TERMINATED_WARNING)
        out[0] = '\0';
}

/* Of the zone at that time: how far it is ahead of UTC, in milliseconds. */
static int32_t offset_at(const struct clock *clock, int64_t at, UErrorCode *error)
{
    ucal_setMillis(clock->calendar, (UDate)at * 1000, error);
    return ucal_get(clock->calendar, UCAL_ZONE_OFFSET, error) +
           ucal_get(clock->calendar, UCAL_DST_OFFSET, error);
}

/* The clock shows this time twice: it is set back within the hour before or after. */
static bool comes_twice(const struct clock *clock, int64_t at)
{
    UErrorCode error = U_ZERO_ERROR;
    int32_t now = offset_at(clock, at, &error);

    return (offset_at(clock, at - HOUR_S, &error) > now ||
            offset_at(clock, at + HOUR_S, &error) < now) &&
           U_SUCCESS(error);
}

static int64_t day_number(const struct clock *clock, int64_t at)
{
    UErrorCode error = U_ZERO_ERROR;

    return (at + offset_at(clock, at, &error) / 1000) / 86400;
}

static void write_time(const struct clock *clock, const struct when_form *form, int64_t at,
                       char *out, size_t size)
{
    char pattern[TEXT_MOST];
    const char *time =
        form->hours24 ? languages[form->language].hours24 : languages[form->language].hours12;

    snprintf(pattern, sizeof pattern, "%s%s", time, comes_twice(clock, at) ? " zzz" : "");
    put(clock, pattern, at, out, size);
}

/* False: there is no such zone. */
static bool clock_open(struct clock *clock, const struct when_form *form)
{
    UErrorCode error = U_ZERO_ERROR;
    const char *locale = languages[form->language].locale;
    UChar zone[ZONE_MOST], known[ZONE_MOST];
    UBool is_known = false;

    *clock = (struct clock){0};
    if (strlen(form->zone) >= ZONE_MOST)
        return false;
    u_charsToUChars(form->zone, zone, (int32_t)strlen(form->zone) + 1);
    ucal_getCanonicalTimeZoneID(zone, -1, known, ZONE_MOST, &is_known, &error);
    if (U_FAILURE(error) || !is_known)
        return false;
    clock->format = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, zone, -1, (const UChar[]){'y', 0},
                              -1, &error);
    clock->calendar = ucal_open(zone, -1, locale, UCAL_GREGORIAN, &error);
    return U_SUCCESS(error);
}

static void clock_close(struct clock *clock)
{
    if (clock->format)
        udat_close(clock->format);
    if (clock->calendar)
        ucal_close(clock->calendar);
}

void when_write(struct when *when, const struct when_form *form, int64_t opened, int64_t closed,
                int64_t now)
{
    struct clock clock;

    *when = (struct when){.opened_time = ""};
    if (clock_open(&clock, form) && opened != 0) {
        write_time(&clock, form, opened, when->opened_time, sizeof when->opened_time);
        put(&clock, languages[form->language].date, opened, when->opened_date,
            sizeof when->opened_date);
        if (day_number(&clock, opened) != day_number(&clock, now))
            put(&clock, languages[form->language].day, opened, when->opened_day,
                sizeof when->opened_day);
        if (closed != 0)
            write_time(&clock, form, closed, when->closed_time, sizeof when->closed_time);
    }
    clock_close(&clock);
}
