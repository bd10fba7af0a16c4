/*
 * zone: what a time zone is not called. Clocks in the United States go by abbreviations, and a
 * machine knows some of them as zones that have no summer time: a time that is read in them is an
 * hour wrong for half of the year. No state; safe on any thread.
 */
#ifndef LIAISON_ZONE_H
#define LIAISON_ZONE_H

#include "fault.h"

/* ERR_VALUE for such an abbreviation (EST, pdt, EST5EDT), the fault naming the field and the region
 * to write instead; 0 for all other names, whether there is a zone of that name or not. */
int zone_check_region(const char *name, const char *field, struct fault *fault);

#endif
