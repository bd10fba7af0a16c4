/* See zone.h. */
#include "zone.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *abbreviation, *region;
} regions[] = {
    {"EST", "America/New_York"},
    {"EDT", "America/New_York"},
    {"CST", "America/Chicago"},
    {"CDT", "America/Chicago"},
    {"MST", "America/Denver (in Arizona America/Phoenix)"},
    {"MDT", "America/Denver"},
    {"PST", "America/Los_Angeles"},
    {"PDT", "America/Los_Angeles"},
    {"AKST", "America/Anchorage"},
    {"AKDT", "America/Anchorage"},
    {"HST", "Pacific/Honolulu"},
};

/* EST and EST5 have no daylight saving time; EST5EDT has different rules for it than the region. */
int zone_check_region(const char *name, const char *field, struct error *error)
{
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
        size_t size = strlen(regions[i].abbreviation);

        if (strncasecmp(regions[i].abbreviation, name, size) != 0)
            continue;
        if (name[size] == '\0')
            return error_set(
                error, ERR_VALUE, field,
                "is an abbreviation, which knows no summer time: write its region, as %s",
                regions[i].region);
        if (isdigit((unsigned char)name[size]))
            return error_set(error, ERR_VALUE, field,
                             "is made of abbreviations and no region: write its region, as %s",
                             regions[i].region);
    }
    return 0;
}
