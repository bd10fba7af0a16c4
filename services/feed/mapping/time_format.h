/*
 * time_format: the formats of strptime that a mapping may have. The C library accepts conversions
 * that it ignores (%Z, %U, %p beside %H) or reads only in part: a time would be wrong without an
 * error. So a format is checked when the mapping is read, and normalised: %F becomes %Y-%m-%d, %-d
 * becomes %d. No state; safe on any thread.
 */
#ifndef LIAISON_FEED_TIME_FORMAT_H
#define LIAISON_FEED_TIME_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

enum { TIME_FORMAT_MAX = 200 }; /* octets, with the NUL */

/*
 * Writes the format into out in the form that mapping_time_civil takes. False if the format has a
 * conversion that is not supported, has a part twice, or lacks a part that a time needs; why is
 * then the reason.
 */
bool time_format_take(const char *format, char out[TIME_FORMAT_MAX], char *why, size_t why_size);

/* Whether a zone's name (Z, UTC, EST ...) is written in the format. It would be skipped like any
 * other letters. zulu: the name means UTC. */
bool time_format_names_zone(const char *format, bool *zulu);

#endif
