/*
 * csv_lines: lines of a CSV export that are not rows: blank ones, Excel's "sep=;", and titles above
 * the header. Private to csv_source. No state.
 */
#ifndef LIAISON_FEED_CSV_LINES_H
#define LIAISON_FEED_CSV_LINES_H

#include "charset.h"
#include "mapping.h"

/* Whether the line is white space, or the mark with which DOS ended a file. */
bool csv_lines_is_blank(const char *line, size_t size);

/* The separator that a line "sep=;" names; '\0' for any other line. */
char csv_lines_separator(const char *line, size_t size);

/*
 * Which of the first lines of text (from 1) names all columns that the mapping reads; 0 if none
 * does. For an error that names the header's line.
 */
int csv_lines_find_header(const struct mapping *mapping, struct charset *charset, char delimiter,
                          const char *text, size_t size);

#endif
