/* Events of iCalendar (RFC 5545) as rows: day, last_day, ends, summary. libical reads them, and
 * says when those that come again do. */
#include "sheet_private.h"

#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400, YEAR_S = 366 * DAY_S, EVENTS_MOST = 20000 };

struct reading {
    struct sheet *sheet;
    struct error *error;
    time_t first; /* of the event that is read, in UTC */
    int err;
};

static int put(struct reading *reading, struct sheet_row *row, const char *column, const char *text)
{
    int at = sheet_column(reading->sheet, column);

    if (at < 0)
        return error_set(reading->error, ERR_NOMEM, "", "no memory");
    return sheet_put(reading->sheet, row, (size_t)at, text, strlen(text), reading->error);
}

static int put_day(struct reading *reading, struct sheet_row *row, const char *column, time_t at)
{
    char text[16];
    struct tm day;

    gmtime_r(&at, &day);
    strftime(text, sizeof(text), "%Y-%m-%d", &day);
    return put(reading, row, column, text);
}

/* Of a time, only its own clock counts: school ends then where it is. */
static int put_clock(struct reading *reading, struct sheet_row *row, icaltimetype start)
{
    char text[16];

    if (icaltime_is_utc(start))
        return 0;
    snprintf(text, sizeof(text), "%02u:%02u", (unsigned)start.hour % 100,
             (unsigned)start.minute % 100);
    return put(reading, row, "ends", text);
}

/* One time at which the event takes place. */
static int put_event(struct reading *reading, icalcomponent *event, time_t since)
{
    icaltimetype start = icalcomponent_get_dtstart(event);
    icaltimetype end = icalcomponent_get_dtend(event); /* the day after the last */
    const char *title = icalcomponent_get_summary(event);
    struct sheet_row *row = sheet_add(reading->sheet, (long)reading->sheet->rows + 1);
    time_t day = icaltime_as_timet(start) + (since - reading->first);
    time_t length =
        icaltime_is_null_time(end) ? 0 : icaltime_as_timet(end) - icaltime_as_timet(start);
    time_t last = start.is_date && length > DAY_S ? day + length - DAY_S : day;
    int err = row ? put_day(reading, row, "day", day)
                  : error_set(reading->error, ERR_NOMEM, "", "no memory");

    if (!err)
        err = put_day(reading, row, "last_day", last);
    if (!err && !start.is_date)
        err = put_clock(reading, row, start);
    if (!err)
        err = put(reading, row, "whole_day", start.is_date ? "yes" : "no");
    return err ? err : put(reading, row, "summary", title ? title : "");
}

static void event_cb(icalcomponent *event, struct icaltime_span *span, void *ctx)
{
    struct reading *reading = ctx;

    if (!reading->err && reading->sheet->rows == EVENTS_MOST)
        reading->err = error_set(reading->error, ERR_SIZE, "", "holds too many events");
    if (!reading->err)
        reading->err = put_event(reading, event, span->start);
}

static void read_event(struct reading *reading, icalcomponent *event)
{
    icaltimetype start = icalcomponent_get_dtstart(event);
    time_t now = time(NULL);

    if (icaltime_is_null_time(start)) {
        reading->err = error_set(reading->error, ERR_MISSING, "DTSTART", "an event has none");
        return;
    }
    reading->first = icaltime_as_timet_with_zone(start, start.zone);
    icalcomponent_foreach_recurrence(event, icaltime_from_timet_with_zone(now - YEAR_S, 0, NULL),
                                     icaltime_from_timet_with_zone(now + 2 * YEAR_S, 0, NULL),
                                     event_cb, reading);
}

/* The events of a calendar, or of several in one file. */
static void read_calendar(struct reading *reading, icalcomponent *calendar)
{
    icalcomponent *part = icalcomponent_get_first_component(calendar, ICAL_ANY_COMPONENT);

    for (; part && !reading->err;
         part = icalcomponent_get_next_component(calendar, ICAL_ANY_COMPONENT)) {
        if (icalcomponent_isa(part) == ICAL_VEVENT_COMPONENT)
            read_event(reading, part);
        else if (icalcomponent_isa(part) == ICAL_VCALENDAR_COMPONENT)
            read_calendar(reading, part);
    }
}

int sheet_parse_ical(struct sheet *sheet, const char *text, size_t size, struct error *error)
{
    static const char *const named[] = {"day", "last_day", "ends", "whole_day", "summary"};
    struct reading reading = {.sheet = sheet, .error = error};
    char *copy = strndup(text, size); /* libical wants an end */
    icalcomponent *calendar;

    sheet->unit = "event";
    icalerror_set_errors_are_fatal(false);
    for (size_t i = 0; i < sizeof(named) / sizeof(*named); i++)
        if (sheet_column_add(sheet, named[i], 1) < 0)
            reading.err = error_set(error, ERR_NOMEM, "", "no memory");
    calendar = copy ? icalparser_parse_string(copy) : NULL;
    free(copy);
    if (!calendar)
        return error_set(error, ERR_SYNTAX, "", "is no iCalendar file");
    if (!reading.err)
        read_calendar(&reading, calendar);
    icalcomponent_free(calendar);
    return reading.err;
}
