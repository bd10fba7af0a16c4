/*
 * when: the times of a message, in the district's zone and in a language, as ICU and its zones
 * know them. No state; any thread.
 */
#ifndef COMMON_WHEN_H
#define COMMON_WHEN_H

#include "catalogue.h"

#include <stdbool.h>
#include <stdint.h>

struct when_form {
    enum language language;
    bool hours24;     /* "09:12"; else "9:12 AM" */
    const char *zone; /* IANA */
};

/* Texts as struct notice has them; "" where a time is not known. */
struct when {
    char opened_time[32]; /* with the zone ("01:30 EDT") where the clock shows it twice that day */
    char opened_day[48];  /* "" if that is the day of now */
    char opened_date[96];
    char closed_time[32];
};

/* Times are seconds since 1970; 0: not known. All is "" if there is no such zone. */
void when_write(struct when *when, const struct when_form *form, int64_t opened, int64_t closed,
                int64_t now);

#endif
