/* See localtime.h. */
#include "localtime.h"

#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY_S = 86400, ZONE_MAX = 40 };

static bool is_zone_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_+-/";

    return *name && *name != '/' && strlen(name) <= ZONE_MAX &&
           name[strspn(name, letters)] == '\0' && !strstr(name, "//");
}

int localtime_zone(const char *name, struct error *error)
{
    char path[128];
    int err = zone_check_region(name, "zone", error);

    if (err)
        return err;
    if (!is_zone_name(name))
        return error_set(error, ERR_VALUE, "zone",
                         "is not the name of a time zone, as America/Chicago");
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    if (access(path, R_OK) != 0)
        return error_set(error, ERR_VALUE, "zone",
                         "this machine knows no zone of that name; one is America/Chicago");
    if (setenv("TZ", name, 1) != 0)
        return error_set(error, ERR_NOMEM, "zone", "no memory");
    tzset();
    return 0;
}

/* The offset of the zone from UTC at an instant, in seconds. */
static long offset_at(time_t instant)
{
    struct tm local;

    return localtime_r(&instant, &local) ? local.tm_gmtoff : 0;
}

/*
 * The time can only have the offset of the day before or of the day after, because no zone changes
 * its clocks twice within two days. An offset is right if it applies at the resulting instant. If
 * neither is right, the time lies in the skipped hour; if two different ones are, in the repeated
 * hour.
 */
int localtime_to_utc(const struct tm *civil, event_time *utc, bool *doubled, struct error *error)
{
    struct tm plain = *civil;
    time_t as_utc, early, late;
    bool early_holds, late_holds;

    plain.tm_isdst = 0;
    as_utc = timegm(&plain);
    if (plain.tm_mday != civil->tm_mday || plain.tm_hour != civil->tm_hour ||
        plain.tm_min != civil->tm_min)
        return error_set(error, ERR_TIME, "", "no calendar has this date and time");
    early = as_utc - offset_at(as_utc - DAY_S);
    late = as_utc - offset_at(as_utc + DAY_S);
    early_holds = as_utc - early == offset_at(early);
    late_holds = as_utc - late == offset_at(late);
    if (!early_holds && !late_holds)
        return error_set(error, ERR_TIME, "", "the clocks of the zone skipped this time");
    *doubled = early_holds && late_holds && early != late;
    if (!early_holds || (late_holds && late < early))
        early = late;
    *utc = (event_time)early * 1000000;
    return 0;
}
