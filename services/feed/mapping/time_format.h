/*
 * time_format: which formats of strptime a mapping may have. The C library takes conversions that
 * it then ignores (%Z, %U, %p beside %H) or reads by half; a time would be wrong and nobody would
 * be told. So a format is checked when the mapping is read, and brought to one form: %F becomes
 * %Y-%m-%d, %-d becomes %d. No state; safe on any thread.
 */
#ifndef LIAISON_FEED_TIME_FORMAT_H
#define LIAISON_FEED_TIME_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

enum { TIME_FORMAT_MAX = 200 }; /* octets, with the NUL */

/*
 * Writes the format into out in the form that mapping_time_civil takes. False if the format has a
 * conversion that is not read, says a part twice, or lacks one that a time must have; why then says
 * so.
 */
bool time_format_take(const char *format, char out[TIME_FORMAT_MAX], char *why, size_t why_size);

/* Whether a zone's name (Z, UTC, EST ...) is written out in the format. It would be passed over
 * like any other letters. zulu: it is one of UTC. */
bool time_format_names_zone(const char *format, bool *zulu);

#endif
