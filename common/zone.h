/*
 * zone: refuses abbreviations as names of time zones. In the United States zones go by
 * abbreviations, and systems know some of these as zones without daylight saving time: a time that
 * is read in such a zone is an hour wrong for half of the year. No state; safe on any thread.
 */
#ifndef LIAISON_ZONE_H
#define LIAISON_ZONE_H

#include "errors.h"

/* ERR_VALUE for such an abbreviation (EST, pdt, EST5EDT); error then names the field and the region
 * to write instead. 0 for all other names, whether such a zone exists or not. */
int zone_check_region(const char *name, const char *field, struct error *error);

#endif
